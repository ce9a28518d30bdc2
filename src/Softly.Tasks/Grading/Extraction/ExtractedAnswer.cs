namespace Softly.Tasks.Extraction;

/// <summary>What showed where the answer is.</summary>
public enum AnswerPlace
{
    /// <summary>A <c>\boxed{…}</c> or <c>\fbox{…}</c>, or several in a row.</summary>
    Box,

    /// <summary>A field <c>"answer": "…"</c>.</summary>
    Field,

    /// <summary>"final answer is", "Final Answer:".</summary>
    FinalAnswer,

    /// <summary>"answer:", "the answer is", of choices also "option" and "choice".</summary>
    Answer,

    /// <summary>A line that begins with <c>####</c>.</summary>
    Marks,

    /// <summary>A line that begins with <c>A:</c> and a number.</summary>
    Line,

    /// <summary>The last formula.</summary>
    Formula,

    /// <summary>The last number.</summary>
    Number,

    /// <summary>A letter that can only be meant as a choice.</summary>
    Letter,
}

/// <summary>The answer that a text gives.</summary>
/// <param name="Text">The answer, without the marks around it and trimmed; several boxes with <c>, </c> between.</param>
/// <param name="How">What showed where it is.</param>
/// <param name="Start">Where it begins in the text that was searched.</param>
/// <param name="Length">How long it is there.</param>
public sealed record ExtractedAnswer(string Text, AnswerPlace How, int Start, int Length)
{
    /// <summary>The same, moved to the right: of a part of a text to the whole.</summary>
    internal ExtractedAnswer Moved(int by) => this with { Start = Start + by };
}
