using System.Globalization;
using System.Text;

namespace Softly.Runs.Reports;

/// <summary>Columns that text takes on a terminal, and breaking text to fit them.</summary>
internal static class TextWidth
{
    /// <summary>Columns: none for combining marks, two for East Asian wide characters and emoji, else one.</summary>
    public static int Of(string text) => text.EnumerateRunes().Sum(Of);

    /// <summary>Control characters as visible pictures, so that no text can steer the terminal.</summary>
    public static string Visible(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(rune.Value switch
            {
                < 0x20 => new Rune(0x2400 + rune.Value),
                0x7F => new Rune('␡'),
                _ when Rune.IsControl(rune) => Rune.ReplacementChar,
                _ => rune,
            });
        }
        return result.ToString();
    }

    /// <summary>
    /// Lines of at most <paramref name="width"/> columns, broken at spaces outside [brackets]; longer words are cut.
    /// </summary>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        width = Math.Max(width, 2);
        var lines = new List<string>();
        var line = "";
        foreach (var unit in Units(text).SelectMany(u => Cut(u, width)))
        {
            if (line.Length > 0 && Of(line) + 1 + Of(unit) <= width) line += " " + unit;
            else
            {
                if (line.Length > 0) lines.Add(line);
                line = unit;
            }
        }
        if (line.Length > 0 || lines.Count == 0) lines.Add(line);
        return lines;
    }

    /// <summary>Columns of the longest piece that <see cref="Wrap"/> does not break at a space.</summary>
    public static int OfLongestUnit(string text) => Units(text).Select(Of).DefaultIfEmpty(0).Max();

    /// <summary>At most <paramref name="width"/> columns, the end replaced by an ellipsis where it is longer.</summary>
    public static string Shorten(string text, int width) =>
        Of(text) <= width ? text : Cut(text, Math.Max(2, width - 1)).First().TrimEnd() + "…";

    private static IEnumerable<string> Units(string text)
    {
        var start = 0;
        var depth = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '[') depth++;
            if (i < text.Length && text[i] == ']') depth = Math.Max(0, depth - 1);
            if (i < text.Length && (text[i] is not (' ' or '\n') || (depth > 0 && text.IndexOf(']', i) >= 0))) continue;
            if (i > start) yield return text[start..i];
            start = i + 1;
        }
    }

    private static IEnumerable<string> Cut(string unit, int width)
    {
        var piece = new StringBuilder();
        var used = 0;
        foreach (var rune in unit.EnumerateRunes())
        {
            if (used + Of(rune) > width)
            {
                yield return piece.ToString();
                piece.Clear();
                used = 0;
            }
            piece.Append(rune.ToString());
            used += Of(rune);
        }
        yield return piece.ToString();
    }

    private static int Of(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
            or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
            or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD) ? 2 : 1,
    };
}
