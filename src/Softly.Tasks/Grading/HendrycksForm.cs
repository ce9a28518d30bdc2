using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tasks;

/// <summary>The normal form of an answer for <see cref="HendrycksGrader"/>: spelling, not value.</summary>
internal static partial class HendrycksForm
{
    private const string Fraction = @"\frac";
    private const string Root = @"\sqrt";
    private const string UnitMark = @"\text{ ";

    /// <summary>The order of the steps is part of the rule.</summary>
    /// <returns>The form; null where a text has no form: two units, or a root or fraction of nothing at its end.</returns>
    public static string? Of(string text)
    {
        var form = new StringBuilder(text)
            .Replace("\n", "").Replace(@"\!", "").Replace(@"\\", @"\")
            .Replace("tfrac", "frac").Replace("dfrac", "frac")
            .Replace(@"\left", "").Replace(@"\right", "")
            .Replace(@"^{\circ}", "").Replace(@"^\circ", "").Replace(@"\$", "")
            .ToString();
        var units = form.Split(UnitMark);
        if (units.Length > 2) return null;
        form = units[0].Replace(@"\\%", "").Replace(@"\%", "").Replace(" .", " 0.").Replace("{.", "{0.");
        if (form.Length == 0) return form;
        if (form[0] == '.') form = "0" + form;
        if (form.Split('=') is [{ Length: <= 2 }, var right]) form = right;
        if (Roots(form) is not { } rooted || Fractions(rooted.Replace(" ", "")) is not { } whole) return null;
        return whole == "0.5" ? @"\frac{1}{2}" : PlainQuotient().Replace(whole, @"\frac{$1}{$2}");
    }

    /// <summary>Braces around the single character under a root that has none.</summary>
    private static string? Roots(string text)
    {
        var parts = text.Split(Root);
        if (parts.Skip(1).Any(p => p.Length == 0)) return null;
        return string.Concat(parts.Select((p, i) => i == 0 ? p : p[0] == '{' ? Root + p : $"{Root}{{{p[0]}}}{p[1..]}"));
    }

    /// <summary>
    /// Braces around the single characters of fractions like \frac12 and \frac1{72}; \frac{72}1 stays as it is.
    /// </summary>
    private static string? Fractions(string text)
    {
        var parts = text.Split(Fraction);
        var fixedText = new StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            if (part.Length == 0) return null;
            if (part[0] != '{' && part.Length < 2) return text; // half a fraction: nothing of the text is touched
            fixedText.Append(Fraction);
            if (part[0] == '{') fixedText.Append(part);
            else if (part[1] == '{') fixedText.Append($"{{{part[0]}}}{part[1..]}");
            else fixedText.Append($"{{{part[0]}}}{{{part[1]}}}{part[2..]}");
        }
        return fixedText.ToString();
    }

    /// <summary>Nothing but two whole numbers as a program would write them, with a slash between.</summary>
    [GeneratedRegex(@"^(0|-?[1-9][0-9]*)/(0|-?[1-9][0-9]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainQuotient();
}
