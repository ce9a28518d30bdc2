namespace Softly.Tasks;

/// <summary>Why a completion ended.</summary>
public enum Ending
{
    /// <summary>The model ended its text.</summary>
    End,

    /// <summary>It spelt a stop text.</summary>
    Stop,

    /// <summary>It reached the limit and was cut.</summary>
    Length,
}

/// <summary>What a reward sees of one completion. Lengths are in tokens, the ending one counted.</summary>
public sealed class RewardContext
{
    /// <summary>What was asked.</summary>
    public required Problem Problem { get; init; }

    /// <summary>The question as one text.</summary>
    public string Prompt => Problem.Prompt;

    /// <summary>The reference answer.</summary>
    public string Answer => Problem.Answer;

    /// <summary>The other columns of the data set by name.</summary>
    public IReadOnlyDictionary<string, string> Fields => Problem.Fields;

    /// <summary>Everything the model wrote behind the prompt; of soft thoughts the winner of each.</summary>
    public required string Completion { get; init; }

    /// <summary>
    /// What stands before the mark that ends thinking, or the whole completion where the mark never came. Null where the run
    /// has no such mark, and thought and reply are not told apart.
    /// </summary>
    public string? Thought { get; init; }

    /// <summary>
    /// What stands behind that mark; the whole completion where there is none to look for. Null where thinking never ended.
    /// </summary>
    public string? Reply { get; init; }

    /// <summary>Tokens of the thought, the mark counted; 0 where thought and reply are not told apart.</summary>
    public int ThoughtLength { get; init; }

    /// <summary>Tokens of the reply.</summary>
    public int ReplyLength => Length - ThoughtLength;

    /// <summary>Tokens of the completion.</summary>
    public required int Length { get; init; }

    /// <summary>Tokens a completion may have.</summary>
    public required int Limit { get; init; }

    /// <summary>Why it ended.</summary>
    public required Ending Ending { get; init; }

    /// <summary>The completions of the whole group, this one included.</summary>
    public required IReadOnlyList<string> Group { get; init; }

    /// <summary>Which of the group this one is, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>What the task itself says of the completion.</summary>
    public required Grade Grade { get; init; }

    /// <summary>A column of the data set.</summary>
    /// <exception cref="ArgumentException">The problem has no such column; the message has the nearest.</exception>
    public string Column(string name)
    {
        if (Fields.TryGetValue(name, out var value)) return value;
        var near = NearestName.Of(name, Fields.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        var known = string.Join(", ", Fields.Keys.Order(StringComparer.Ordinal));
        throw new ArgumentException($"problem {Problem.Id} has no column '{name}'{near} Columns: {known}.");
    }
}
