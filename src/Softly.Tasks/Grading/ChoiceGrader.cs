using Softly.Tasks.Extraction;

namespace Softly.Tasks;

/// <summary>
/// Multiple choice, as GPQA asks it: the letter in a field <c>"answer": "C"</c>, else in the last box, else where the text says
/// that it is the answer or shows it in brackets, bold type or a line of its own. What stands behind the thoughts is searched
/// first; the thoughts only for a field, a box or a statement. Two letters, or a capital that may be a word, are no answer.
/// </summary>
public sealed class ChoiceGrader : IGrader
{
    private const string ThinkEnd = "</think>";

    /// <summary>How much of the end of a text is searched.</summary>
    private const int Window = 1 << 14;

    /// <inheritdoc />
    public string Name => "choice";

    /// <inheritdoc />
    public string PromptSuffix =>
        " Solve this multiple-choice question and show your choice in an \"answer\" field with nothing but its letter, e.g. "
        + "\"answer\": \"C\".";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        if (Letter(answer) is not { } wanted)
            return new Grade(double.NaN, Verdict.Failed, "the reference answer is no letter of a choice");
        if (Find(completion) is not { } found) return new Grade(0, Verdict.NoAnswer, "no letter that is shown to be the choice");
        return found == wanted
            ? new Grade(1, Verdict.Right, $"chooses {wanted}", found)
            : new Grade(0, Verdict.Wrong, $"chooses {found}, not {wanted}", found);
    }

    /// <summary>The letter that a text chooses; null where there is none.</summary>
    public static string? Find(string completion)
    {
        var closed = completion.LastIndexOf(ThinkEnd, StringComparison.Ordinal);
        var opened = completion.LastIndexOf("<think>", StringComparison.Ordinal);
        if (closed >= 0 && opened < closed)
            return Stated(completion[(closed + ThinkEnd.Length)..], shown: true) ?? Stated(completion[..closed], shown: false);
        return Stated(completion, shown: opened < 0);
    }

    private static string? Stated(string whole, bool shown)
    {
        var text = whole.Length <= Window ? whole : whole[^Window..];
        if (ChoiceLetters.Field(text) is { } field) return field.Text;
        if (Boxes.Last(text) is { Length: > 0 } box && Letter(box) is { } boxed) return boxed;
        return (ChoiceLetters.Told(text) ?? (shown ? ChoiceLetters.Shown(text) : null))?.Text;
    }

    private static string? Letter(string text) => ChoiceLetters.Alone(text) ?? ChoiceLetters.Leading(text);
}
