namespace Softly.Tasks;

/// <summary>What a search moves on: a graph, a board, a row of numbers.</summary>
/// <param name="States">All states, of which candidates are drawn.</param>
/// <param name="Starts">Where a search may begin.</param>
/// <param name="Next">Where step t (from 0) leads to from a state, each state once.</param>
internal sealed record Ground(
    IReadOnlyList<int> States, IReadOnlyList<int> Starts, Func<int, int, IEnumerable<int>> Next);
