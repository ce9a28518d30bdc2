namespace Softly.Tasks;

/// <summary>One turn of a conversation, as chat templates take it.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text of the turn.</param>
public sealed record Message(string Role, string Content);

/// <summary>A question and what a right answer to it is.</summary>
/// <param name="Id">Unique within its task and split, and stable: evaluations are paired by it.</param>
/// <param name="Prompt">The question as one text. Used as it stands where <see cref="Messages"/> is null.</param>
/// <param name="Answer">What the grader compares with.</param>
public sealed record Problem(string Id, string Prompt, string Answer)
{
    /// <summary>
    /// The question as a conversation, rendered by the model's chat template; null where the prompt is plain text.
    /// </summary>
    public IReadOnlyList<Message>? Messages { get; init; }

    /// <summary>Whatever else the record held (numbers, level, subject), by column name.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();
}
