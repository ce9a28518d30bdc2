using System.Text.Json;

namespace Softly.Runs;

/// <summary>A word and its share of a soft thought, 0 to 1.</summary>
public readonly record struct WordShare(string Word, double Weight);

/// <summary>
/// One step of a rollout for a reader: its heaviest words, heaviest first. A plain token is one word of weight 1.
/// </summary>
public sealed record ThoughtStep(IReadOnlyList<WordShare> Words)
{
    /// <summary>A plain token.</summary>
    public static ThoughtStep Of(string word) => new([new WordShare(word, 1)]);
}

/// <summary>One rollout as a reader wants to see it.</summary>
public sealed record RolloutRecord
{
    /// <summary>The step it was drawn for.</summary>
    public required int Step { get; init; }

    /// <summary>The problem's id.</summary>
    public required string ProblemId { get; init; }

    /// <summary>The prompt as the model saw it, as text.</summary>
    public required string Prompt { get; init; }

    /// <summary>What the model wrote; for soft steps the heaviest word of each.</summary>
    public required string Completion { get; init; }

    /// <summary>The reward; no number where it got no verdict.</summary>
    public required double Score { get; init; }

    /// <summary>What became of the answer, such as <c>right</c> or <c>no_answer</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>One clause: why.</summary>
    public string Reason { get; init; } = "";

    /// <summary>
    /// What each reward gave, by name, not a number where it gave nothing; null where the verdict says it all.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Rewards { get; init; }

    /// <summary>Why rewards failed, by name; null where none did.</summary>
    public IReadOnlyDictionary<string, string>? RewardFaults { get; init; }

    /// <summary>What a grader said that no reward sees, such as <c>wrong</c>; null where none watches.</summary>
    public string? Watched { get; init; }

    /// <summary>The advantage it got within its group.</summary>
    public double Advantage { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; init; }

    /// <summary>Steps of the completion, hard and soft.</summary>
    public int CompletionLength { get; init; }

    /// <summary>Steps before the thinking ended; null where thinking and answering are not told apart.</summary>
    public int? ThoughtLength { get; init; }

    /// <summary>Why it ended: <c>stop</c>, <c>length</c>, …</summary>
    public string FinishReason { get; init; } = "";

    /// <summary>What was said at each step, for soft rollouts; null where the text says it all.</summary>
    public IReadOnlyList<ThoughtStep>? Thoughts { get; init; }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("step", Step);
        json.WriteString("problem_id", ProblemId);
        json.WriteString("prompt", Prompt);
        json.WriteString("completion", Completion);
        json.WriteNumberOrNull("score", Score);
        json.WriteString("verdict", Verdict);
        json.WriteString("reason", Reason);
        if (Rewards is not null)
        {
            json.WriteStartObject("rewards");
            foreach (var (name, value) in Rewards) json.WriteNumberOrNull(name, value);
            json.WriteEndObject();
        }
        if (RewardFaults is not null)
        {
            json.WriteStartObject("reward_faults");
            foreach (var (name, why) in RewardFaults) json.WriteString(name, why);
            json.WriteEndObject();
        }
        if (Watched is not null) json.WriteString("watched", Watched);
        json.WriteNumberOrNull("advantage", Advantage);
        json.WriteNumber("prompt_length", PromptLength);
        json.WriteNumber("completion_length", CompletionLength);
        if (ThoughtLength is { } length) json.WriteNumber("thought_length", length);
        json.WriteString("finish_reason", FinishReason);
        if (Thoughts is not null) WriteThoughts(json, Thoughts);
        json.WriteEndObject();
    }

    // [[["cat",0.61],["dog",0.3]],…]: a step is a list of pairs; four digits are enough for a reader.
    private static void WriteThoughts(Utf8JsonWriter json, IReadOnlyList<ThoughtStep> thoughts)
    {
        json.WriteStartArray("thoughts");
        foreach (var step in thoughts)
        {
            json.WriteStartArray();
            foreach (var (word, weight) in step.Words)
            {
                json.WriteStartArray();
                json.WriteStringValue(word);
                if (double.IsFinite(weight)) json.WriteNumberValue(Math.Round(weight, 4));
                else json.WriteNullValue();
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    internal static RolloutRecord Parse(string path, JsonLine line)
    {
        var fields = new LineFields(path, line);
        return new RolloutRecord
        {
            Step = fields.Whole("step"),
            ProblemId = fields.Text("problem_id"),
            Prompt = fields.Text("prompt"),
            Completion = fields.Text("completion"),
            Score = fields.Number("score"),
            Verdict = fields.Text("verdict"),
            Reason = fields.Text("reason"),
            Rewards = fields.Named("rewards")?.ToDictionary(p => p.Name, p => JsonLines.Number(p.Value, path, line.Number, p.Name)),
            RewardFaults = fields.Named("reward_faults")?.ToDictionary(p => p.Name, p => p.Value.GetString() ?? ""),
            Watched = fields.TextOrNull("watched"),
            Advantage = fields.Number("advantage"),
            PromptLength = fields.WholeOrNull("prompt_length") ?? 0,
            CompletionLength = fields.WholeOrNull("completion_length") ?? 0,
            ThoughtLength = fields.WholeOrNull("thought_length"),
            FinishReason = fields.Text("finish_reason"),
            Thoughts = line.Value.TryGetProperty("thoughts", out var thoughts)
                ? ParseThoughts(path, line.Number, thoughts)
                : null,
        };
    }

    private static List<ThoughtStep> ParseThoughts(string path, int line, JsonElement thoughts)
    {
        try
        {
            return [.. thoughts.EnumerateArray().Select(step => new ThoughtStep([.. step.EnumerateArray().Select(pair =>
                new WordShare(
                    pair[0].GetString()!, pair[1].ValueKind == JsonValueKind.Null ? double.NaN : pair[1].GetDouble()))]))];
        }
        catch (Exception error) when (error is InvalidOperationException or IndexOutOfRangeException)
        {
            throw JsonLines.Error(path, line, "'thoughts' is expected as a list of steps, each a list of [word, weight]");
        }
    }
}
