using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>Finds numbers in prose: with thousands, decimals, simple fractions, a percent sign, whole mixed numbers.</summary>
internal static partial class Numbers
{
    /// <summary>The numbers of a text in their order; what is denied ("not 43", "43 is wrong") is left out.</summary>
    internal static List<Span> All(string text, int from, int to)
    {
        var found = new List<Span>();
        for (var match = Form().Match(text, from, to - from); match.Success; match = match.NextMatch())
        {
            var (start, end) = (match.Index, match.Index + match.Length);
            while (end > start && text[end - 1] is ',' or '.') end--;
            if (start > from && text[start] is '-' or '+' && IsPart(text[start - 1])) start++; // a difference, not a sign
            if (start > from && (char.IsAsciiLetter(text[start - 1]) || text[start - 1] is '_' or '^')) continue;
            if (!Denied().IsMatch(text.AsSpan(Math.Max(from, start - 12), start - Math.Max(from, start - 12)))
                && !TakenBack().IsMatch(text.AsSpan(end, Math.Min(40, to - end))))
                found.Add(new Span(start, end));
        }
        return found;
    }

    /// <summary>The number with which a text begins after a currency sign; empty where it does not.</summary>
    internal static Span Leading(string text)
    {
        var match = Begin().Match(text);
        if (!match.Success) return default;
        var number = match.Groups["n"];
        var end = number.Index + number.Length;
        while (end > number.Index && text[end - 1] is ',' or '.') end--;
        return new Span(number.Index, end);
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c is ')' or ']';

    private const string Digits = @"(?:\d+(?:[.,]\d+)*|\.\d+)";
    private const string Whole = $@"[-+−]?{Digits}(?:[eE][-+]?\d+(?![A-Za-z]))?";
    private const string Number = $@"{Whole}(?:[ ]\d+/\d+|[ ]?/[ ]?{Digits})?(?:[ ]?\\?%)?";

    [GeneratedRegex(Number)]
    private static partial Regex Form();

    [GeneratedRegex($@"^\s*(?:\\?\$|€|£|¥)?\s*(?<n>{Number})")]
    private static partial Regex Begin();

    [GeneratedRegex(@"^[\s$)*]*(?:(?:is|was)(?:\s+not|n't)\s+(?:the|my|our|a|an|correct|right|valid|possible)\b"
        + @"|(?:is|was)\s+(?:wrong|incorrect|false)\b|(?:cannot|can't)\s+be\s+(?:the|right|correct)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex TakenBack();

    [GeneratedRegex(@"(?:\bnot|n't|\binstead of|\brather than)\s+(?:\\?\$)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Denied();
}
