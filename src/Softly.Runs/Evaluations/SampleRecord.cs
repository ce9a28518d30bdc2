using System.Text.Json;

namespace Softly.Runs;

/// <summary>One answer of an evaluation: what the model wrote, what was taken as its answer, and what became of it.</summary>
public sealed record SampleRecord
{
    /// <summary>The problem's id.</summary>
    public required string ProblemId { get; init; }

    /// <summary>Which of the problem's answers it is, from 0.</summary>
    public required int Sample { get; init; }

    /// <summary>What the model wrote; for soft steps the heaviest word of each.</summary>
    public required string Completion { get; init; }

    /// <summary>The part that was taken as its answer; null where none was found.</summary>
    public string? Answer { get; init; }

    /// <summary>
    /// The first sample of the problem whose answer was verified to be the same: answers of one class vote together. Null where
    /// there is no answer.
    /// </summary>
    public int? AnswerClass { get; init; }

    /// <summary>The score, usually 1 or 0; NaN where the verifier failed.</summary>
    public required double Score { get; init; }

    /// <summary>What became of the answer, such as <c>right</c> or <c>no_answer</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>One clause: why.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Tokens of the prompt; null where they are not known.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>Steps of the completion, hard and soft, the ending token counted; null where they are not known.</summary>
    public required int? Tokens { get; init; }

    /// <summary>Steps before the thinking ended; null where thinking and answering are not told apart.</summary>
    public int? ThoughtTokens { get; init; }

    /// <summary>Why it ended: <c>end</c>, <c>stop</c> or <c>length</c>.</summary>
    public string FinishReason { get; init; } = "";

    /// <summary>Mean entropy in nats over its steps; null where not measured.</summary>
    public double? Entropy { get; init; }

    /// <summary>Entropy in nats at its first step; null where not measured.</summary>
    public double? FirstEntropy { get; init; }

    /// <summary>True for a right answer.</summary>
    public bool IsRight => Verdict == "right";

    /// <summary>True where it ran into the length limit.</summary>
    public bool IsTruncated => FinishReason == "length";

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("problem_id", ProblemId);
        json.WriteNumber("sample", Sample);
        json.WriteString("answer", Answer);
        if (AnswerClass is { } group) json.WriteNumber("answer_class", group);
        json.WriteNumberOrNull("score", Score);
        json.WriteString("verdict", Verdict);
        json.WriteString("reason", Reason);
        if (PromptTokens is { } prompt) json.WriteNumber("prompt_tokens", prompt);
        if (Tokens is { } tokens) json.WriteNumber("tokens", tokens);
        if (ThoughtTokens is { } thought) json.WriteNumber("thought_tokens", thought);
        json.WriteString("finish_reason", FinishReason);
        if (Entropy is { } entropy) json.WriteNumberOrNull("entropy", entropy);
        if (FirstEntropy is { } first) json.WriteNumberOrNull("first_entropy", first);
        json.WriteString("completion", Completion);
        json.WriteEndObject();
    }

    internal static SampleRecord Parse(string path, JsonLine line)
    {
        var fields = new LineFields(path, line);
        return new SampleRecord
        {
            ProblemId = fields.Text("problem_id"),
            Sample = fields.Whole("sample"),
            Completion = fields.Text("completion"),
            Answer = fields.TextOrNull("answer"),
            AnswerClass = fields.WholeOrNull("answer_class"),
            Score = fields.Number("score"),
            Verdict = fields.Text("verdict"),
            Reason = fields.TextOrNull("reason") ?? "",
            PromptTokens = fields.WholeOrNull("prompt_tokens"),
            Tokens = fields.WholeOrNull("tokens"),
            ThoughtTokens = fields.WholeOrNull("thought_tokens"),
            FinishReason = fields.TextOrNull("finish_reason") ?? "",
            Entropy = fields.NumberOrNull("entropy"),
            FirstEntropy = fields.NumberOrNull("first_entropy"),
        };
    }
}
