using System.Buffers;
using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>
/// Finds what a text itself calls its answer: "final answer is", "Final Answer:", "answer:", "the answer is". What follows is
/// taken whole up to the end of the sentence, so that "3 or 5" stays two numbers.
/// </summary>
internal static partial class Statements
{
    /// <summary>No more places than these are looked at, from the end.</summary>
    private const int MostPlaces = 64;

    private static readonly SearchValues<char> Openers = SearchValues.Create("-+−.([{\\$€£√π∞");

    private const int Longest = 400;
    private const int MostWords = 8;

    /// <summary>
    /// The last statement of a final answer, or the last of an answer, that is followed by one; none before a position.
    /// </summary>
    internal static ExtractedAnswer? Find(string text, AnswerHint hint, bool finalOnly = false, int after = 0)
    {
        ExtractedAnswer? answer = null;
        var places = 0;
        for (var end = text.Length; end > after && places < MostPlaces; places++)
        {
            var at = text.AsSpan(after, end - after).LastIndexOf("answer", StringComparison.OrdinalIgnoreCase);
            if (at < 0) break;
            at += after;
            end = at;
            var final = IsFinal(text, at);
            if ((finalOnly || answer is not null) && !final) continue;
            if (Follows(text, at, final) is not { } start) continue;
            if (Within(text, start, Math.Min(text.Length, start + Longest), hint) is not { IsEmpty: false } content) continue;
            var found = Answer(text, content, final ? AnswerPlace.FinalAnswer : AnswerPlace.Answer);
            if (final) return found;
            answer = found;
        }
        return finalOnly ? null : answer;
    }

    /// <summary>The last line that begins with a mark and an answer behind it.</summary>
    internal static ExtractedAnswer? Marked(string text, string mark, AnswerPlace how, AnswerHint hint)
    {
        var places = 0;
        for (var end = text.Length; end > 0 && places < MostPlaces; places++)
        {
            var at = text.AsSpan(0, end).LastIndexOf(mark);
            if (at < 0) return null;
            end = at;
            if (at > 0 && text[at - 1] is not ('\n' or ' ')) continue;
            if (how == AnswerPlace.Line && at > 0 && text[at - 1] != '\n') continue;
            var stop = text.AsSpan(at).IndexOf('\n') is >= 0 and var line ? at + line : text.Length;
            stop = Math.Min(stop, at + Longest);
            var start = at + mark.Length;
            if (how == AnswerPlace.Line && Numbers.Leading(text[start..stop]).IsEmpty) continue;
            if (Within(text, start, stop, hint) is { IsEmpty: false } content) return Answer(text, content, how);
        }
        return null;
    }

    private static ExtractedAnswer Answer(string text, Span content, AnswerPlace how) =>
        new(Plain(text[content.Start..content.End]), how, content.Start, content.End - content.Start);

    /// <summary>Formulas without their marks, so that <c>$3$ and $5$</c> is <c>3 and 5</c>.</summary>
    internal static string Plain(string answer)
    {
        var formulas = Formulas.All(answer);
        if (formulas.Count == 0) return answer.Trim();
        var text = new System.Text.StringBuilder();
        var done = 0;
        foreach (var (whole, inside) in formulas)
        {
            text.Append(answer, done, whole.Start - done).Append(answer.AsSpan(inside.Start, inside.End - inside.Start).Trim());
            done = whole.End;
        }
        return text.Append(answer, done, answer.Length - done).ToString().Trim();
    }

    private static bool IsFinal(string text, int at)
    {
        var before = text.AsSpan(0, at).TrimEnd();
        return before.EndsWith("final", StringComparison.OrdinalIgnoreCase)
            && (before.Length == 5 || !char.IsLetter(before[^6]));
    }

    /// <summary>Where the answer begins that is announced here; null where nothing is announced.</summary>
    private static int? Follows(string text, int at, bool final)
    {
        if (at > 0 && char.IsLetterOrDigit(text[at - 1])) return null;
        var rest = text.Substring(at, Math.Min(Longest, text.Length - at));
        if (Announces().Match(rest) is { Success: true } says) return at + says.Length;
        var line = text.AsSpan(0, at).LastIndexOf('\n') + 1;
        var before = text.AsSpan(line, at - line).Trim(" *#_");
        var alone = before.IsEmpty || (final && before.Length == "final".Length);
        return alone && Heading().Match(rest) is { Success: true } heading ? at + heading.Length : null;
    }

    private static Span? Within(string text, int start, int stop, AnswerHint hint)
    {
        var part = text[start..stop];
        start += Opening().Match(part).Length;
        part = text[start..stop];
        if (part.Length == 0 || Denial().IsMatch(part)) return null;
        if (hint.Form == AnswerForm.Choice)
        {
            if (ChoiceLetters.Leading(Sentence(part)) is null && ChoiceLetters.Alone(Sentence(part)) is null) return null;
            var letter = part.AsSpan().IndexOfAnyInRange('A', 'Z') + start;
            return new Span(letter, letter + 1);
        }
        if (Run(text, start, stop) is { } run) return WithPercent(text, run, hint);
        var sentence = Sentence(part);
        if (sentence.Length == 0) return null;
        var span = new Span(start, start + sentence.Length);
        if (Starts(sentence)) return Short(text, span, hint);
        // "The largest n is 34": what comes after the last verb.
        var verbs = Verb().Matches(sentence);
        if (verbs.Count > 0)
        {
            var from = start + verbs[^1].Index + verbs[^1].Length;
            if (from < span.End)
            {
                from += Opening().Match(text[from..span.End]).Length;
                if (Denial().IsMatch(text[from..span.End])) return null;
                if (Run(text, from, span.End) is { } told) return WithPercent(text, told, hint);
                if (Starts(text[from..span.End]) || hint.Form is AnswerForm.Words)
                    return Short(text, new Span(from, span.End), hint);
            }
        }
        if (hint.Form == AnswerForm.Words) return Short(text, span, hint);
        var numbers = Numbers.All(text, span.Start, span.End);
        var formulas = Formulas.All(text[..span.End], span.Start).Where(f => HasDigit(text, f.Inside)).ToList();
        if (formulas.Count == 1 && numbers.All(n => n.Start >= formulas[0].Whole.Start && n.End <= formulas[0].Whole.End))
            return formulas[0].Inside;
        if (hint.Form == AnswerForm.Number) return numbers.Count == 1 && formulas.Count == 0 ? numbers[0] : null;
        return verbs.Count == 0 && Words(sentence) <= MostWords ? Short(text, span, hint) : null;
    }

    /// <summary>Formulas from here on, as far as only connectives stand between.</summary>
    private static Span? Run(string text, int start, int stop)
    {
        if (start >= stop || Formulas.At(text, start) is not { } first) return null;
        var end = first.Whole.End;
        while (end < stop)
        {
            var next = text.AsSpan(end, stop - end).IndexOfAny('$', '\\');
            if (next < 0 || !Connective.Joins(text.AsSpan(end, next)) || Formulas.At(text, end + next) is not { } more) break;
            end = more.Whole.End;
        }
        return new Span(start, end);
    }

    private static Span WithPercent(string text, Span span, AnswerHint hint) =>
        hint.Percent && PercentBehind().Match(text, span.End, Math.Min(20, text.Length - span.End)) is { Success: true } sign
            ? new Span(span.Start, sign.Index + sign.Length)
            : span;

    /// <summary>A sentence as it is, or the number that it begins with where it goes on for long.</summary>
    private static Span? Short(string text, Span span, AnswerHint hint)
    {
        while (!span.IsEmpty && text[span.End - 1] is ' ' or '.' or '*' or '"' or ',' or '`' or '_')
            span = span with { End = span.End - 1 };
        if (span.IsEmpty) return null;
        var sentence = span.Of(text);
        if (Words(sentence) <= MostWords) return span;
        if (hint.Form != AnswerForm.Number || Numbers.Leading(sentence) is not { IsEmpty: false } number) return null;
        var rest = sentence[number.End..];
        return Alternative().IsMatch(rest) ? null : new Span(span.Start + number.Start, span.Start + number.End);
    }

    /// <summary>Up to the end of the sentence or line, or to a clause that goes on about the answer.</summary>
    private static string Sentence(string part)
    {
        var end = part.Length;
        var open = 0;
        for (var i = 0; i < part.Length; i++)
        {
            var c = part[i];
            if (c is '(' or '[' or '{') open++;
            if (c is ')' or ']' or '}') open--;
            var last = i + 1 == part.Length || char.IsWhiteSpace(part[i + 1]) || part[i + 1] is '*' or '"' or '<';
            var stops = c is '.' or '!' or '?' || (c == ';' && open <= 0);
            if ((c == '\n' && i > 0) || (stops && last) || (c == '<' && i + 1 < part.Length && part[i + 1] == '|'))
            {
                end = i;
                break;
            }
        }
        var sentence = part[..end];
        if (Clause().Match(sentence) is { Success: true } clause) sentence = sentence[..clause.Index];
        return sentence.TrimEnd();
    }

    /// <summary>Whether a text begins like an answer in symbols.</summary>
    private static bool Starts(string text) =>
        text.Length > 0 && (char.IsAsciiDigit(text[0]) || Openers.Contains(text[0]) || SymbolStart().IsMatch(text));

    private static bool HasDigit(string text, Span span) => text.AsSpan()[span.Start..span.End].ContainsAnyInRange('0', '9');

    private static int Words(string text) => text.Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries).Length;

    [GeneratedRegex(@"^answers?(?:[*_""'\s]*(?:to|for|of|in)\s+(?:(?!is\b|are\b)[A-Za-z()\d]+\s+){1,8}?)?[*_""')\s]*"
        + @"(?:(?::|=)(?!=)|(?:is|are|was|equals|becomes|(?:would|should|must|will)\s+be)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Announces();

    [GeneratedRegex(@"^answers?[*_:# ]*\n", RegexOptions.IgnoreCase)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(?>[\s*_:`""]|=(?!=)|(?:approximately|about|roughly|indeed|therefore|thus|then|simply|just|equal to|"
        + @"exactly|that|given by|≈|\\approx)(?:\s|:)+)*", RegexOptions.IgnoreCase)]
    private static partial Regex Opening();

    [GeneratedRegex(@"^(?:not|never|neither|unclear|unknown|n't)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Denial();

    [GeneratedRegex(@"\s(?:is|are|was|were|equals|be|gives|becomes)\s+(?:equal to\s+|approximately\s+|about\s+)?|\s=\s*",
        RegexOptions.IgnoreCase)]
    private static partial Regex Verb();

    [GeneratedRegex(@"(?<!\s),?\s*(?:\(?\bnot\b|\b(?:because|since|instead of|rather than)\b|"
        + @"\bas\s+(?:we|the|it|required|desired)\b|"
        + @",\s*(?:which|where|when|so|but|as|while|although|giving|and\s+(?:we|the|this|so))\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Clause();

    [GeneratedRegex(@"^[^\w]*\s*(?:[A-Za-z%°]+\s+){0,3}(?:or|and|to|,)\s+(?:\\?\$)?[-−]?\d", RegexOptions.IgnoreCase)]
    private static partial Regex Alternative();

    [GeneratedRegex(@"^[A-Za-z](?:_\{?\w+\}?)?\s*(?:=|<|>|≤|≥|≠|!=|\\|\^|\+|-|∈)|^[A-Za-z]?(?:sqrt|pi|log|ln|sin|cos|tan)\b")]
    private static partial Regex SymbolStart();

    [GeneratedRegex(@"\G\s*(?:\\?%|percent\b|pct\b|percentage\b(?! points))", RegexOptions.IgnoreCase)]
    private static partial Regex PercentBehind();
}
