using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>
/// Letters of choices. A letter counts where brackets, bold type, a field or words like "the answer is" show that it is meant; a
/// capital that may be a word, as in "A car" or "I think", does not.
/// </summary>
internal static partial class ChoiceLetters
{
    private const string Open =
        @"(?>(?:\*\*|\\(?:text(?:bf|rm|it)?|mathrm|mathbf|boxed) ?\{|\$|\\\(|\(|\[|\{|[""'`]|[ \t])*)";

    private const string Close = @"(?>(?:\*\*|\}|\$|\\\)|\)|\]|[""'`])*)";

    private const string Sought = $@"{Open}(?<l>[A-Z])(?![A-Za-z0-9']){After}";

    /// <summary>"is" or a colon, with blanks, line ends and marks of bold type around.</summary>
    private const string Is =
        @"(?>[\s*""]*)(?i:is|[:\uFF1A]|would be|must be|should be|[是选为])(?>[\s:*]*)(?i:option |choice |\()?";

    /// <summary>
    /// What must follow a letter: the end of the line, punctuation or a word that goes on about it; not another letter after
    /// "or", "and" or a comma.
    /// </summary>
    private const string After =
        $@"(?!{Close}[ \t]*(?:,|/|&|(?:and|or)\b)[ \t]*(?:(?i:maybe|perhaps|possibly|even|also)[ \t]+)?{Open}[A-Z](?![A-Za-z']))"
        + Denied
        + @"(?=[ \t]*(?:$|[\n\r.,;:!?)\]}""'*$\\–—-]|(?:because|since|as|for|due|with|which|and|not|is|\()(?:\W|$)))";

    /// <summary>Not before what says that the letter is wrong.</summary>
    private const string Denied =
        $@"(?!{Close}[ \t]*(?i:(?:is|was)(?:[ \t]+(?:not|wrong|incorrect|false)\b|n't\b)|cannot\b|can't\b))";

    /// <summary>The letter, in capitals, where a text is nothing else but it and its brackets; null otherwise.</summary>
    internal static string? Alone(string text) =>
        text.Length <= 40 && WholeText().Match(text) is { Success: true } m ? m.Groups["l"].Value : null;

    /// <summary>
    /// The letter at the head of a short text, such as <c>C: 42 m/s</c>, <c>(B) 7</c> or <c>**D**. because</c>.
    /// </summary>
    internal static string? Leading(string text) =>
        text.Length <= 2000 && Head().Match(text) is { Success: true } m ? m.Groups["l"].Value : null;

    /// <summary>The last field <c>"answer": "C"</c>.</summary>
    internal static ExtractedAnswer? Field(string text) => Last(FieldForm().Matches(text), AnswerPlace.Field);

    /// <summary>The last "answer is (C)", "Answer: C", "option C is correct".</summary>
    internal static ExtractedAnswer? Told(string text)
    {
        var final = Last(FinalForm().Matches(text), AnswerPlace.FinalAnswer);
        return final ?? Last(ToldForm().Matches(text).Concat(OptionForm().Matches(text)).OrderBy(m => m.Index),
            AnswerPlace.Answer);
    }

    /// <summary>
    /// The last line that holds a letter only, or the letter with a full stop or bracket that a text begins with, or the one
    /// letter that stands in brackets or bold type anywhere, where no other does.
    /// </summary>
    internal static ExtractedAnswer? Shown(string text)
    {
        if (Last(LineForm().Matches(text), AnswerPlace.Letter) is { } line) return line;
        if (StartForm().Match(text) is { Success: true } start) return Of(start, AnswerPlace.Letter);
        var marked = MarkedForm().Matches(text);
        return marked.Select(m => m.Groups["l"].Value).Distinct().Count() == 1 ? Of(marked[^1], AnswerPlace.Letter) : null;
    }

    private static ExtractedAnswer? Last(IEnumerable<Match> matches, AnswerPlace how) =>
        matches.LastOrDefault() is { } match ? Of(match, how) : null;

    private static ExtractedAnswer Of(Match match, AnswerPlace how)
    {
        var letter = match.Groups["l"];
        return new ExtractedAnswer(letter.Value, how, letter.Index, letter.Length);
    }

    [GeneratedRegex($@"^\s*{Open}(?<l>[A-Z]){Close}\s*[.:]?\s*{Close}\s*$")]
    private static partial Regex WholeText();

    [GeneratedRegex(
        $@"^\s*{Open}(?<l>[A-Z])(?!{Close}[.,:;]?\s*(?:,|/|&|(?:and|or)\b)?[ \t]*{Open}[A-Z](?![A-Za-z']))"
        + @"(?:\*\*|\}|\$|\\\)|\)|\]|[.:])(?![A-Za-z0-9])")]
    private static partial Regex Head();

    [GeneratedRegex(@"[""'](?:[Aa]nswer|ANSWER)[""']\s*:\s*[""']\(?(?<l>[A-Z])\)?\.?[""']")]
    private static partial Regex FieldForm();

    [GeneratedRegex($@"\b(?i:final\s+(?:answer|choice)){Is}{Sought}", RegexOptions.Multiline)]
    private static partial Regex FinalForm();

    [GeneratedRegex(
        $@"(?:\b(?i:answer|(?:correct|right|best)\s+(?:option|choice|one)|option|choice)|答案){Is}{Sought}",
        RegexOptions.Multiline)]
    private static partial Regex ToldForm();

    [GeneratedRegex($@"\b(?i:option|choice|answer)[ ]{Open}(?<l>[A-Z]){Close}\s+(?i:is|must be)\s+(?i:the\s+)?"
        + @"(?i:correct|right|best|true)\b")]
    private static partial Regex OptionForm();

    [GeneratedRegex($@"^{Open}(?<l>[A-Z]){Close}[ \t]*[.:]?{Close}[ \t]*\r?$", RegexOptions.Multiline)]
    private static partial Regex LineForm();

    [GeneratedRegex(@"^\s*(?:\*\*)?\(?(?<l>[A-Z])" + Denied + @"(?:\)|\.|\*\*)(?=\s|$|\*)")]
    private static partial Regex StartForm();

    [GeneratedRegex(@"(?<![A-Za-z0-9\\_])(?:\((?<l>[A-Z])" + Denied + @"\)|\*\*\(?(?<l>[A-Z])" + Denied
        + @"\)?\.?\*\*)(?![A-Za-z0-9])")]
    private static partial Regex MarkedForm();
}
