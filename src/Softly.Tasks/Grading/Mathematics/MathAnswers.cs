using System.Text.RegularExpressions;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// Compares mathematical answers: LaTeX or plain text in, a verdict with its reason out. Nothing is thrown and nothing hangs.
/// The verdict depends on the two texts and the options alone, but for one thing: what takes more than half a second of wall time
/// ends in <see cref="Verdict.OverBudget"/>, on a busy machine sooner than on an idle one.
/// </summary>
public static partial class MathAnswers
{
    /// <summary>Whether an answer, already cut out of what a model wrote, is the wanted one.</summary>
    /// <param name="wanted">The reference answer.</param>
    /// <param name="given">The answer to judge.</param>
    /// <param name="options">Where people differ; none: for evaluation.</param>
    public static Judgement Judge(string wanted, string given, MathOptions? options = null)
    {
        options ??= new MathOptions();
        var effort = new Effort();
        try
        {
            return Judge(wanted, given, options, effort);
        }
        catch (OverBudgetException e)
        {
            return new Judgement(Verdict.OverBudget, e.Message, Short(wanted), Short(given), effort.Elapsed);
        }
        catch (Exception e) when (e is ArithmeticException or ArgumentException or InvalidOperationException or FormatException
            or InsufficientExecutionStackException or IndexOutOfRangeException or InvalidCastException or NullReferenceException)
        {
            // grading never throws; what gets here is a fault of ours, and says so
            return new Judgement(Verdict.Failed, $"the comparison failed: {e.Message}", Short(wanted), Short(given),
                effort.Elapsed);
        }
    }

    /// <summary>Whether two answers are one, whichever is called the reference.</summary>
    public static bool Same(string a, string b, MathOptions? options = null) =>
        a == b || Judge(a, b, options).IsRight && Judge(b, a, options).IsRight;

    private static Judgement Judge(string wanted, string given, MathOptions options, Effort effort)
    {
        Judgement End(Verdict verdict, string rule, string? read = null, string? readGiven = null) =>
            new(verdict, rule, read ?? Short(wanted), readGiven ?? Short(given), effort.Elapsed);

        if (string.IsNullOrWhiteSpace(given)) return End(Verdict.NoAnswer, "there is nothing to judge");
        if (given.Length > 16 * Effort.MaxLength || wanted.Length > 16 * Effort.MaxLength)
            return given == wanted ? End(Verdict.Right, "the same text") : End(Verdict.OverBudget, "the answer is too long");
        var (cleanWanted, cleanGiven) = (Clean(wanted), Clean(given));
        if (cleanGiven.Length == 0) return End(Verdict.NoAnswer, "there is nothing to judge");
        if (Spelling.Formula(cleanWanted) == Spelling.Formula(cleanGiven)) return End(Verdict.Right, "the same text");
        if (cleanGiven.Length > Effort.MaxLength || cleanWanted.Length > Effort.MaxLength)
            return End(Verdict.OverBudget, $"the answer has more than {Effort.MaxLength} characters");
        if (Choice(cleanWanted, bare: true) is { } letter && Choice(cleanGiven, bare: false) is { } chosen)
            return End(letter == chosen ? Verdict.Right : Verdict.Wrong, "the letter of a choice", $"{letter}", $"{chosen}");

        var groups = true;
        while (true)
        {
            var (node, reason) = Read(cleanWanted, groups, options, effort);
            var (other, otherReason) = Read(cleanGiven, groups, options, effort);
            if (node is null or Words || other is null)
            {
                // of mathematics nothing may be left out, of words articles and the like
                if (node is null or Words && cleanWanted.Any(char.IsLetter)
                    && Spelling.Words(cleanWanted) == Spelling.Words(cleanGiven)
                    || Faces().Replace(Spelling.Formula(cleanWanted), "") == Faces().Replace(Spelling.Formula(cleanGiven), ""))
                    return End(Verdict.Right, "the same words", node?.ToString(), other?.ToString());
                if (other is null) return End(Verdict.Unparsable, otherReason!, node?.ToString());
                if (node is null)
                    return End(Verdict.Wrong, $"another text; the reference cannot be read: {reason}", null, other.ToString());
            }
            if (!options.AllowUnevaluated && IsUnevaluated(other) && !IsUnevaluated(node))
                return End(Verdict.Wrong, "the answer is not worked out", node.ToString(), other.ToString());
            var comparison = new Comparison(options, effort);
            var right = comparison.Same(node, other);
            // 100,200,300 may be a list, too
            if (!right && groups && (SeveralGroups().IsMatch(cleanWanted) || SeveralGroups().IsMatch(cleanGiven)))
            {
                groups = false;
                continue;
            }
            return End(right ? Verdict.Right : Verdict.Wrong, comparison.Rule, node.ToString(), other.ToString());
        }
    }

    private static string Clean(string text) =>
        TimeOfDay().Replace(Spelling.Clean(Spelling.WithoutNestedBrackets(text)), m =>
            $@" \text{{{char.ToUpperInvariant(m.Groups["half"].Value[0])}M}}");

    private static (Node? Node, string? Reason) Read(string text, bool groups, MathOptions options, Effort effort)
    {
        try
        {
            return (Parser.Read(text, groups, options, effort), null);
        }
        catch (UnreadableException e)
        {
            return (null, e.Message);
        }
    }

    private static bool IsUnevaluated(Node node) =>
        node.Has(n => n is Series or Unevaluated or Call { Function: "gcd" or "lcm" });

    /// <summary>The letter of a multiple choice; a bare one must be a capital up to J.</summary>
    private static char? Choice(string text, bool bare)
    {
        var plain = Faces().Replace(text, "").Replace("{", "").Replace("}", "").Trim();
        var match = Letter().Match(plain);
        if (!match.Success) return null;
        var letter = match.Groups["letter"].Value[0];
        if (bare && !(char.IsAsciiLetterUpper(letter) && letter <= 'J')) return null;
        var rest = match.Groups["rest"].Value.Trim();
        if (rest.Length > 0 && (bare || OtherChoice().IsMatch(rest) || Denial().IsMatch(rest))) return null;
        if (!bare && plain is "e" or "i") return null; // a number
        return char.ToUpperInvariant(letter);
    }

    private static string Short(string text) => text.Length <= 200 ? text : text[..197] + "…";

    [GeneratedRegex(@"(?<![\d,])[1-9]\d{0,2}(,\d{3}){2,}(?!\d)")]
    private static partial Regex SeveralGroups();

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mbox|mathrm|mathbf|mathit|bf|rm)(?![a-zA-Z])")]
    private static partial Regex Faces();

    /// <summary>AM and PM behind a number; small letters without points only behind a time.</summary>
    [GeneratedRegex(@"(?<=\d)[ ~]*(?:(?<half>[AP])M|(?<half>[AaPp])\.[Mm]\.?"
        + @"|(?<=:\d\d[ ~]*|\d[ ~]+)(?<half>[ap])m)(?![A-Za-z}^_])",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimeOfDay();

    [GeneratedRegex(@"^(?:(?:option|choice|answer)\s*:?\s*)?"
        + @"(?:\(\s*(?<letter>[A-Za-z])\s*\)|(?<letter>[A-Za-z]))(?:(?:[.:)]|(?<=\)))(?<rest>.*))?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Letter();

    /// <summary>What takes a letter back; "not enough" and the like are the text of a choice.</summary>
    [GeneratedRegex(@"^(?:is|was)(?:\s+(?:not\b|wrong\b|incorrect\b|false\b)|n't\b)|^(?:wrong|incorrect)\W*$|^no\s*[,;.!]"
        + @"|^not\s+\(?[A-J]\b|\bit(?:'s|\s+is)\s+\(?[B-J]\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Denial();

    [GeneratedRegex(@"^(?:,|and\b|or\b|/|&)|(?<![A-Za-z\\])\(?[A-J]\s*[).]|^[.:)]|^\(?[A-J]\W*$", RegexOptions.CultureInvariant)]
    private static partial Regex OtherChoice();
}
