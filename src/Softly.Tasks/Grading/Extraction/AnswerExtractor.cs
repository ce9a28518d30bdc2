using System.Text.RegularExpressions;

namespace Softly.Tasks.Extraction;

/// <summary>
/// Finds the answer in what a model wrote. In this order: the last complete box, or several that follow one another with only a
/// connective between; a final answer that the text states; an answer that it states; <c>#### n</c>; <c>A: n</c>; the last
/// formula; the last number; a letter that is shown to be meant. What stands behind the thoughts is searched first; the thoughts
/// themselves only for a box and for a stated answer. Finding takes time linear in the length of the text and never throws.
/// </summary>
/// <remarks>
/// A text whose only box is empty, or cut off at its end, gives no answer. A statement "Final Answer: The final answer is …"
/// behind the last box overrules it: it is the later word on the same matter.
/// </remarks>
/// <param name="requireBoxed">Only a box counts.</param>
/// <param name="ignoreThink">Thoughts are not searched at all.</param>
public sealed partial class AnswerExtractor(bool requireBoxed = false, bool ignoreThink = false)
{
    private const string ThinkStart = "<think>";
    private const string ThinkEnd = "</think>";

    /// <summary>How much of the end of a text is searched for formulas, numbers and letters.</summary>
    private const int Window = 1 << 14;

    /// <summary>The answer that a text gives; null where it gives none.</summary>
    /// <param name="text">What a model wrote, thoughts included.</param>
    /// <param name="hint">What the answer looks like; of numbers and choices not every part of a text can be one.</param>
    public ExtractedAnswer? Find(string text, AnswerHint hint = default)
    {
        var end = TurnEnd(text);
        var closed = text.AsSpan(0, end).LastIndexOf(ThinkEnd);
        var opened = text.AsSpan(0, end).LastIndexOf(ThinkStart);
        if (closed >= 0 && opened < closed)
        {
            var start = closed + ThinkEnd.Length;
            if (Answer(text[start..end], hint) is { } answer) return answer.Moved(start);
            return ignoreThink ? null : Stated(text[..closed], hint);
        }
        if (opened < 0) return Answer(end == text.Length ? text : text[..end], hint);
        // Thoughts that do not end: what stands before them, and at last they themselves.
        if (text.AsSpan(0, opened).IsWhiteSpace()) return ignoreThink ? null : Stated(text[..end], hint);
        return Answer(text[..opened], hint) ?? (ignoreThink ? null : Stated(text[..end], hint));
    }

    /// <summary>The answer of a text without thoughts.</summary>
    private ExtractedAnswer? Answer(string text, AnswerHint hint)
    {
        if (Stated(text, hint) is { } stated) return stated;
        if (requireBoxed) return null;
        return Boxes.All(text, out var isCut).Count > 0 || isCut ? null : Shown(text, hint); // boxes that hold nothing
    }

    /// <summary>A box or a statement; nothing where the only box is cut off.</summary>
    private ExtractedAnswer? Stated(string text, AnswerHint hint)
    {
        if (Box(text, hint, out var isCut) is { } box)
        {
            if (requireBoxed || Statements.Find(text, hint, finalOnly: true, after: box.Start + box.Length) is not { } later)
                return box;
            return Bare(later.Text) == Bare(box.Text) ? box : later;
        }
        if (requireBoxed || isCut) return null;
        if (hint.Form == AnswerForm.Choice)
        {
            var (part, from) = Tail(text);
            return (ChoiceLetters.Field(part) ?? ChoiceLetters.Told(part))?.Moved(from);
        }
        return Statements.Find(text, hint)
            ?? Statements.Marked(text, "####", AnswerPlace.Marks, hint)
            ?? Statements.Marked(text, "A:", AnswerPlace.Line, hint);
    }

    /// <summary>The last formula, number or letter.</summary>
    private static ExtractedAnswer? Shown(string whole, AnswerHint hint)
    {
        var (text, from) = Tail(whole);
        if (hint.Form == AnswerForm.Choice)
            return (ChoiceLetters.Shown(text) ?? LastFormula(text, hint))?.Moved(from);
        var formula = LastFormula(text, hint);
        if (hint.Form == AnswerForm.Words || (formula is not null && hint.Form != AnswerForm.Number))
            return formula?.Moved(from);
        var number = LastNumber(text, hint);
        var later = formula is null || (number is not null && number.Start >= formula.Start + formula.Length) ? number : formula;
        return later?.Moved(from);
    }

    private static ExtractedAnswer? Box(string text, AnswerHint hint, out bool isCut)
    {
        var boxes = Boxes.All(text, out isCut);
        isCut |= boxes.Count > 0; // where all are empty
        boxes = boxes.FindAll(b => !text.AsSpan(b.Start, b.End - b.Start).IsWhiteSpace());
        if (boxes is not [.., var last]) return null;
        var first = boxes.Count - 1;
        while (first > 0 && Connective.Joins(text.AsSpan(boxes[first - 1].To, boxes[first].From - boxes[first - 1].To))) first--;
        var contents = boxes[first..].Select(b => text[b.Start..b.End].Trim()).Distinct().ToList();
        var start = contents.Count == 1 ? last.Start : boxes[first].Start;
        var percent = contents.Count == 1 && !contents[0].Contains('%') ? PercentAt(text, last.To, hint) : "";
        return new ExtractedAnswer(string.Join(", ", contents) + percent, AnswerPlace.Box, start, last.End - start);
    }

    private static ExtractedAnswer? LastFormula(string text, AnswerHint hint)
    {
        var formulas = Formulas.All(text);
        if (hint.Form == AnswerForm.Choice) formulas.RemoveAll(f => !f.Inside.Of(text).AsSpan().ContainsAnyInRange('A', 'J'));
        if (hint.Form == AnswerForm.Number) formulas.RemoveAll(f => !MayBeNumber(f.Inside.Of(text)));
        if (formulas is not [.., var last]) return null;
        var first = formulas.Count - 1;
        while (first > 0
            && Connective.IsLink(text.AsSpan()[formulas[first - 1].Whole.End..formulas[first].Whole.Start]))
            first--;
        var end = last.Whole.End;
        var (from, to) = first == formulas.Count - 1 ? (last.Inside.Start, last.Inside.End) : (formulas[first].Whole.Start, end);
        return new ExtractedAnswer(
            Statements.Plain(text[from..to]) + PercentAt(text, end, hint), AnswerPlace.Formula, from, to - from);
    }

    private static ExtractedAnswer? LastNumber(string text, AnswerHint hint)
    {
        var numbers = Numbers.All(text, 0, text.Length);
        if (numbers is not [.., var last]) return null;
        var first = numbers.Count - 1;
        while (first > 0 && Connective.IsLink(text.AsSpan(numbers[first - 1].End, numbers[first].Start - numbers[first - 1].End)))
            first--;
        var from = numbers[first].Start;
        return new ExtractedAnswer(
            text[from..last.End] + PercentAt(text, last.End, hint), AnswerPlace.Number, from, last.End - from);
    }

    /// <summary>Without what changes the look of an answer only.</summary>
    private static string Bare(string answer) => Looks().Replace(answer, "");

    /// <summary>A percent sign that a percentage has behind its box, formula or number.</summary>
    private static string PercentAt(string text, int end, AnswerHint hint) =>
        hint.Percent && Percent().IsMatch(text.AsSpan(end, Math.Min(24, text.Length - end))) ? @"\%" : "";

    private static bool MayBeNumber(string formula) =>
        formula.AsSpan().ContainsAnyInRange('0', '9') || formula.Contains(@"\pi", StringComparison.Ordinal)
        || formula.Trim() is "e" or "i";

    /// <summary>The end of a long text, from a line's beginning where one is near.</summary>
    private static (string Text, int From) Tail(string text)
    {
        if (text.Length <= Window) return (text, 0);
        var from = text.Length - Window;
        var line = text.AsSpan(from, Window / 2).IndexOf('\n');
        from += line + 1;
        return (text[from..], from);
    }

    /// <summary>Where the model's turn ends: at a mark that begins another's.</summary>
    private static int TurnEnd(string text)
    {
        var end = text.Length;
        foreach (var mark in new[] { "<|im_start|>user", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>user" })
        {
            var at = text.AsSpan(0, end).IndexOf(mark);
            if (at > 0) end = at;
        }
        return end;
    }

    [GeneratedRegex(@"[\s{},.$]|\\[,;:!$ ]|\\left|\\right")]
    private static partial Regex Looks();

    [GeneratedRegex(@"^(?:\s|\$|\\\)|\\\]|\*|\})*(?:\\?%|percent\b|pct\b|percentage\b(?! points))", RegexOptions.IgnoreCase)]
    private static partial Regex Percent();
}
