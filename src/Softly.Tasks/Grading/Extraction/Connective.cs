using System.Buffers;
using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>Whether what stands between two parts makes one answer of them.</summary>
internal static partial class Connective
{
    private static readonly SearchValues<char> Ends = SearchValues.Create(".!?:0123456789");
    private static readonly SearchValues<char> Blanks = SearchValues.Create(" ,;&\n\r\t");

    private const int Longest = 80;
    private const int MostWords = 3;

    /// <summary>
    /// Whether there is nothing between but blanks, marks of formulas and "and", "or" or a comma; or a few words with one of
    /// these, as in <c>\boxed{1} papers and \boxed{2} bins</c>, none of which tells, denies or corrects something; or the names
    /// of what follows, as in <c>x = \boxed{1}, y = \boxed{2}</c>.
    /// </summary>
    internal static bool Joins(ReadOnlySpan<char> between)
    {
        if (between.Length > Longest) return false;
        var text = Marks().Replace(TextCommand().Replace(between.ToString(), " "), " ");
        text = Name().Replace(text, " ");
        if (text.AsSpan().ContainsAny(Ends)) return false;
        var words = Word().Matches(text);
        var links = words.Count(w => Link().IsMatch(w.Value));
        if (Word().Replace(text, "").AsSpan().ContainsAnyExcept(Blanks)) return false;
        if (links == words.Count) return true;
        var linked = links > 0 || text.AsSpan().IndexOfAny(",;&") >= 0;
        return linked && words.Count - links <= MostWords && !words.Any(w => Telling().IsMatch(w.Value));
    }

    /// <summary>Whether it is an "and", "or" or comma and nothing else.</summary>
    internal static bool IsLink(ReadOnlySpan<char> between) => between.Length <= 12 && BareLink().IsMatch(between.ToString());

    [GeneratedRegex(@"^\s*(?:,\s*)?(?:and|or)\s+$|^\s*,\s+$", RegexOptions.IgnoreCase)]
    private static partial Regex BareLink();

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mbox|mathrm|textnormal)\b|[{}]")]
    private static partial Regex TextCommand();

    [GeneratedRegex(@"\\q?quad\b|\\(?:left|right|displaystyle|hspace|space|hfill)\b|\\[()\[\],;:! \\]|[$*~]")]
    private static partial Regex Marks();

    [GeneratedRegex(@"(?<![A-Za-z])[A-Za-z](?:_\{?[A-Za-z0-9]+\}?)?'?\s*=")]
    private static partial Regex Name();

    [GeneratedRegex(@"[^\W\d_]+")]
    private static partial Regex Word();

    [GeneratedRegex("^(?:and|or)$", RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    [GeneratedRegex(
        "^(?:not|no|nor|but|instead|rather|actually|really|correct|corrected|wrong|incorrect|wait|sorry|oops|hmm|should|is|are|"
            + "was|were|be|been|being|then|thus|so|therefore|hence|because|since|which|that|gives?|gets?|got|equals?|have|"
            + "has|had|thought|after|before|first|later|final|finally|now|we|i|it|this|check|checking|yields?|becomes?|means?|"
            + "implies|"
            + "to|from|plus|minus|times|of|the|answer|however|again|or rather)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Telling();
}
