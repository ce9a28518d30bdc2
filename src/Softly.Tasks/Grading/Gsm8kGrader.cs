using System.Buffers;

namespace Softly.Tasks;

/// <summary>
/// Reads a number as GSM8K's users do. Strict: what follows the last <c>#### </c>, commas removed, must be the reference answer
/// character by character (verl's rule). Flexible: the last number anywhere must have the reference answer's value; a currency
/// sign, commas, punctuation behind it and zeros that change nothing do not count.
/// </summary>
/// <remarks>
/// The flexible rule is wider than verl's, which takes a full stop behind the number into the answer and so refuses
/// <c>It is 72.</c>; whatever verl's accepts, it accepts too.
/// </remarks>
/// <param name="flexible">Any last number instead of the one after <c>####</c>.</param>
public sealed class Gsm8kGrader(bool flexible = false) : IGrader
{
    private const string Mark = "#### ";
    private static readonly SearchValues<char> NumberChars = SearchValues.Create("0123456789.,");

    /// <inheritdoc />
    public string Name => flexible ? "gsm8k-flexible" : "gsm8k";

    /// <inheritdoc />
    public string PromptSuffix => " Let's think step by step and output the final answer after \"####\".";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        if ((flexible ? LastNumber(completion) : Marked(completion)) is not { } given)
            return new Grade(0, Verdict.NoAnswer, flexible ? "no number" : "no '#### ' with a number");
        var right = flexible ? PlainNumber.Of(given) == PlainNumber.Of(answer) : given.Replace(",", "") == answer;
        return right
            ? new Grade(1, Verdict.Right, $"gives {answer}", given)
            : new Grade(0, Verdict.Wrong, $"gives {given}, not {answer}", given);
    }

    /// <summary>The number behind the last mark that has one.</summary>
    private static string? Marked(string text)
    {
        for (var end = text.Length; end > 0;)
        {
            var mark = text.AsSpan(0, end).LastIndexOf(Mark);
            if (mark < 0) return null;
            var start = mark + Mark.Length;
            var digits = start < text.Length && text[start] == '-' ? start + 1 : start;
            var length = Run(text.AsSpan(digits));
            if (length > 0) return text[start..(digits + length)];
            end = start - 1;
        }
        return null;
    }

    /// <summary>What ends at the last digit, with its sign; punctuation behind it is left out.</summary>
    private static string? LastNumber(string text)
    {
        var end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        if (end == 0) return null;
        var start = end;
        while (start > 0 && NumberChars.Contains(text[start - 1])) start--;
        if (start > 0 && text[start - 1] == '-') start--;
        return text[start..end];
    }

    private static int Run(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExcept(NumberChars) is >= 0 and var other ? other : text.Length;
}
