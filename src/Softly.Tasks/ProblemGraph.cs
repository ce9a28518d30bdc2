namespace Softly.Tasks;

/// <summary>What a problem looks like as a picture.</summary>
/// <param name="Nodes">The words of all states, each once.</param>
/// <param name="Edges">From state to state, each once.</param>
/// <param name="Root">Where the search begins.</param>
/// <param name="Candidates">The words to choose from, group by group, in the order of the prompt.</param>
public sealed record ProblemGraph(
    IReadOnlyList<string> Nodes, IReadOnlyList<(string From, string To)> Edges, string Root,
    IReadOnlyList<IReadOnlyList<string>> Candidates)
{
    /// <summary>
    /// Where each step has its own edges: by edge, in their order, the steps (from 1) that may take it. Null where every step may
    /// take every edge.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? StepsOf { get; init; }

    /// <summary>
    /// Whether thought t of <see cref="ITask.ThoughtSets"/> holds where step t comes, so that edges lead from set to set; false
    /// where a task's thoughts are several paths one after the other, or sets that are written out.
    /// </summary>
    public bool StepByStep { get; init; } = true;
}
