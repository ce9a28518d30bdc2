namespace Softly.Tasks;

/// <summary>What a search moves on: a graph, a board, a row of numbers.</summary>
/// <param name="States">All states.</param>
/// <param name="Starts">Where a search may begin.</param>
/// <param name="Next">Where step t (from 0) leads to from a state, each state once.</param>
internal sealed record Ground(
    IReadOnlyList<int> States, IReadOnlyList<int> Starts, Func<int, int, IEnumerable<int>> Next)
{
    /// <summary>Whether each step has its own edges, so that a picture has only those that the search comes along.</summary>
    public bool StepsDiffer { get; init; }

    /// <summary>
    /// What tells likely states from unlikely ones without a search, for a start and a state. In a group ordered by it (equals at
    /// random) the right candidate is as often at any place as at any other, so that guessing by it is worth little.
    /// </summary>
    /// <remarks>
    /// The floor that is left, measured on 2,000 problems of each task: always taking the candidate with the most, or the least,
    /// of something that can be counted without a search is right
    /// <list type="bullet">
    /// <item>in <c>reachability</c> (chance 16.7 %) in 20.0 % by the edges into it, in 17.0 % or less by the edges out of it and
    /// by the walks of H edges that end there;</item>
    /// <item>in <c>reachability-two</c> (2.8 %) in 3.4 %, 4.4 % (the fewest out of it) and 3.3 %;</item>
    /// <item>in <c>knight-moves</c> (2.8 %) in 3.1 % by the ways on the empty board, 4.4 % by those whose last square but one is
    /// free, 2.8 % or less by distance, by free squares a move away, and by walks that end there;</item>
    /// <item>in <c>subset-sums</c> (2.8 %) in 3.8 % or less by distance to half the total, in 2.9 % or less by value and by being
    /// a number of the row, the total, or the total without a number.</item>
    /// </list>
    /// This holds for problems that are drawn. Another question about the same (<see cref="SearchTask.Ask"/>) can only be one
    /// that its graph has, and of most graphs that is one whose right candidate has much at a glance: there it is first of its
    /// group in 41 % (<c>reachability-two</c>), 36 % (<c>knight-moves</c>), 23 % (<c>reachability</c>), and nearest to half the
    /// total in 18 % (<c>subset-sums</c>), where 16.7 % is chance. Warm starts learn from such questions; no figure is measured
    /// on them.
    /// </remarks>
    public required Func<int, int, long> Glance { get; init; }

    /// <summary>
    /// Of states that are reached together or not at all only one may be a candidate, or two of a group would both be wrong at a
    /// glance: the other one of each pair, the state itself where there is none.
    /// </summary>
    public Func<int, int> Twin { get; init; } = state => state;

    /// <summary>Whether a state may be a candidate for a start: false where a glance shows that it cannot be right.</summary>
    public required Func<int, int, bool> MayBe { get; init; }
}
