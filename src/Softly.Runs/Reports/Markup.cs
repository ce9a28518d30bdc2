using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Runs.Reports;

/// <summary>Text and numbers made safe for HTML and SVG, in attributes as well as between tags.</summary>
internal static partial class Markup
{
    /// <summary>Plain text: nothing in it can be read as markup, and characters that are not text become U+FFFD.</summary>
    public static string Escape(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                '\n' or '\t' => result.Append((char)rune.Value),
                _ when Rune.IsControl(rune) => result.Append('\uFFFD'),
                _ => result.Append(rune.ToString()),
            };
        }
        return result.ToString();
    }

    /// <summary>Escaped text in which `backticks` become code and **stars** become strong; intervals do not break.</summary>
    public static string Inline(string text) =>
        Interval().Replace(Pair(Pair(Escape(text), "`", "code"), "**", "strong"), "[$1,&nbsp;$2]");

    /// <summary>A coordinate: at most two decimals, never NaN, never "-0".</summary>
    public static string Coordinate(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), value, "a coordinate must be a number");
        return (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);
    }

    private static string Pair(string text, string mark, string tag)
    {
        var parts = text.Split(mark);
        if (parts.Length < 3) return text;
        var result = new StringBuilder(parts[0]);
        for (var i = 1; i < parts.Length; i++)
        {
            var last = i == parts.Length - 1;
            if (i % 2 == 0) result.Append(parts[i]);
            else if (last) result.Append(mark).Append(parts[i]); // a mark without its partner stays as it is
            else result.Append('<').Append(tag).Append('>').Append(parts[i]).Append("</").Append(tag).Append('>');
        }
        return result.ToString();
    }

    [GeneratedRegex(@"\[([−+\d.∞]+), ([−+\d.∞]+)\]")]
    private static partial Regex Interval();
}
