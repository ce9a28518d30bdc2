using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tasks;

/// <summary>
/// The normal form of an answer that Minerva compares (Lewkowycz et al. 2022, appendix D.1), a spelling and no value: the right
/// side of the last equals sign, without units, articles, blanks and the marks of formulas.
/// </summary>
internal static partial class MinervaForm
{
    private static readonly (string From, string To)[] Replaced =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), (@"\$", ""), (@"\ ", ""), (" ", ""), ("mbox", "text"), (@",\text{and}", ","),
        (@"\text{and}", ","), (@"\text{m}", @"\text{}"),
    ];

    /// <summary>Removed one after the other; what a removal joins may be removed by the next.</summary>
    private static readonly string[] Removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", @"\ldots", "sue", "points",
        "feet", "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students",
        "childrentickets", "multiples", @"\text{s}", @"\text{.}", "\\text{\ns}", @"\text{}^2", @"\text{}^3", "\\text{\n}",
        @"\text{}", @"\mathrm{th}", @"^\circ", @"^{\circ}", @"\;", @",\!", "{,}", "\"", @"\dots",
    ];

    /// <param name="answer">The answer as it stands.</param>
    /// <param name="feet">Whether <c>ft</c> is a unit: it is for Minerva, not for DAPO.</param>
    public static string Of(string answer, bool feet)
    {
        var text = new StringBuilder(answer[(answer.LastIndexOf('=') + 1)..]);
        foreach (var (from, to) in Replaced) text.Replace(from, to);
        foreach (var word in Removed)
        {
            if (feet || word != "ft") text.Replace(word, "");
        }
        var form = Lines(text.ToString(), Formula);
        foreach (var command in new[] { @"\text{", @"\textbf{", @"\overline{" })
            form = Lines(form, line => Unwrap(line, command, toLast: false));
        form = Lines(form, line => Unwrap(line, @"\boxed{", toLast: true));
        form = ShortRoot().Replace(ShortFraction().Replace(form, "frac{$1}{$2}"), "sqrt{$1}").Replace("$", "");
        var digits = form.Replace(",", "");
        return digits.Length > 0 && digits.All(char.IsDigit) ? digits : form.Trim();
    }

    private static string Lines(string text, Func<string, string> change) =>
        text.Contains('\n') ? string.Join('\n', text.Split('\n').Select(change)) : change(text);

    /// <summary>Of a line with a formula, the formula alone.</summary>
    private static string Formula(string line) => line.Split('$', 3) is [_, var formula, _] ? $"${formula}$" : line;

    /// <summary>What a command holds up to the next, or the last, closing brace, without it.</summary>
    private static string Unwrap(string line, string command, bool toLast)
    {
        var result = new StringBuilder();
        var done = 0;
        while (line.IndexOf(command, done, StringComparison.Ordinal) is >= 0 and var at)
        {
            var start = at + command.Length;
            var end = toLast ? line.LastIndexOf('}') : line.IndexOf('}', start);
            if (end < start) break;
            result.Append(line, done, at - done).Append(line, start, end - start);
            done = end + 1;
        }
        return result.Append(line, done, line.Length - done).ToString();
    }

    /// <summary>A character beyond the first plane is one, as it is in Python.</summary>
    private const string Astral = @"[\uD800-\uDBFF][\uDC00-\uDFFF]";

    [GeneratedRegex($"frac({Astral}|[^{{])({Astral}|.)")]
    private static partial Regex ShortFraction();

    [GeneratedRegex($"sqrt({Astral}|[^{{])")]
    private static partial Regex ShortRoot();
}
