namespace Softly.Tasks;

/// <summary>What a problem looks like as a picture.</summary>
/// <param name="Nodes">The words of all states, each once.</param>
/// <param name="Edges">Steps from state to state, each once.</param>
/// <param name="Root">Where the search begins.</param>
/// <param name="Candidates">The words to choose from, group by group, in the order of the prompt.</param>
public sealed record ProblemGraph(
    IReadOnlyList<string> Nodes, IReadOnlyList<(string From, string To)> Edges, string Root,
    IReadOnlyList<IReadOnlyList<string>> Candidates);
