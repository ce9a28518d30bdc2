using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>What an answer looks like, judged by the reference answer.</summary>
public enum AnswerForm
{
    /// <summary>A formula or anything else.</summary>
    Expression,

    /// <summary>A number in digits, with what belongs to it: fractions, roots, units.</summary>
    Number,

    /// <summary>The letter of a choice.</summary>
    Choice,

    /// <summary>Words.</summary>
    Words,

    /// <summary>Members in brackets: a tuple, an interval, a set.</summary>
    Brackets,
}

/// <summary>What to look for in a text. It never says which answer, only which kind.</summary>
/// <param name="Form">What the answer looks like.</param>
/// <param name="Percent">Whether the reference is a percentage: then a percent sign behind the answer belongs to it.</param>
public readonly partial record struct AnswerHint(AnswerForm Form, bool Percent = false)
{
    private const int Enough = 2000;

    /// <summary>Judges by the reference answer.</summary>
    public static AnswerHint Of(string gold)
    {
        var text = (gold.Length > Enough ? gold[..Enough] : gold).Trim().Trim('$').Trim();
        var percent = text.Contains('%') || PercentWord().IsMatch(text);
        return new AnswerHint(FormOf(text), percent);
    }

    private static AnswerForm FormOf(string text)
    {
        // A bare letter far down the alphabet is a variable.
        if (ChoiceLetters.Alone(text) is { } letter && (text.Length > 1 || letter[0] <= 'J')) return AnswerForm.Choice;
        var bare = Command().Replace(TextGroup().Replace(text, ""), "");
        var digits = bare.Any(char.IsAsciiDigit);
        if (digits && bare.IndexOfAny(['=', '<', '>', ';', ':']) < 0 && !bare.Any(char.IsAsciiLetter)
            && !bare.Contains(", ", StringComparison.Ordinal) && bare.IndexOfAny(['(', '[']) < 0)
            return AnswerForm.Number;
        if (text.StartsWith('(') || text.StartsWith('[') || text.StartsWith(@"\left", StringComparison.Ordinal)
            || text.StartsWith(@"\{", StringComparison.Ordinal))
            return AnswerForm.Brackets;
        var words = TextGroup().IsMatch(text) || Word().IsMatch(text);
        return words && !digits && !text.Contains('=') ? AnswerForm.Words : AnswerForm.Expression;
    }

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mbox|mathrm|textnormal)\s*\{[^{}]*\}")]
    private static partial Regex TextGroup();

    [GeneratedRegex(@"\\[A-Za-z]+")]
    private static partial Regex Command();

    [GeneratedRegex(@"^[A-Za-z][a-z]+(?:[ '-][A-Za-z]+)*$")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?:percent|pct)", RegexOptions.IgnoreCase)]
    private static partial Regex PercentWord();
}
