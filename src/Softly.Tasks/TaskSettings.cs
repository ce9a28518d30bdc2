namespace Softly.Tasks;

/// <summary>What demonstrations of a search think before they answer; right answers are the same for all.</summary>
public enum ThoughtForm
{
    /// <summary>One way to a right answer, state by state, each way as likely as the others; of several answers, to a random one.</summary>
    Path,

    /// <summary>Thought t holds all states that t steps can lead to, in equal shares: a search that follows every branch.</summary>
    Frontier,

    /// <summary>A way to the first answer, then one to the second: as many thoughts more.</summary>
    Paths,

    /// <summary>The sets of <see cref="Frontier"/> written out word by word, smallest first, with <c>|</c> between them.</summary>
    Written,

    /// <summary>No thoughts: the completion begins with the mark of its answer.</summary>
    Blank,

    /// <summary><see cref="Path"/> or <see cref="Frontier"/>, half and half.</summary>
    Mixed,
}

/// <summary>
/// Sizes of a task that makes its own problems. What is left out (null) is as the task has it; what a task does not read is
/// refused by name (<see cref="TaskCatalog.Find"/>), under the name that recipes give it: <c>task_nodes</c> and so on.
/// </summary>
public sealed record TaskSettings
{
    /// <summary>Nodes of a graph.</summary>
    public int? Nodes { get; init; }

    /// <summary>How far in the hidden order of a graph an edge may reach, in nodes.</summary>
    public int? Window { get; init; }

    /// <summary>Edges that leave a node.</summary>
    public int? Degree { get; init; }

    /// <summary>Steps from the start to an answer.</summary>
    public int? Hops { get; init; }

    /// <summary>Candidates of a group, one of which is right.</summary>
    public int? Candidates { get; init; }

    /// <summary>Numbers that are added or left out.</summary>
    public int? Terms { get; init; }

    /// <summary>The largest of those numbers.</summary>
    public int? Largest { get; init; }

    /// <summary>Squares along an edge of the board.</summary>
    public int? Board { get; init; }

    /// <summary>Squares that no move may end on.</summary>
    public int? Blocked { get; init; }

    /// <summary>What demonstrations think.</summary>
    public ThoughtForm? Thoughts { get; init; }
}
