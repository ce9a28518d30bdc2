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
    /// What tells likely states from unlikely ones without a search. In a group ordered by it (equals at random) the right
    /// candidate is as often at any place as at any other, so that guessing by it is worth little; equals leave it a point or two.
    /// </summary>
    public required Func<int, int> Glance { get; init; }

    /// <summary>Whether a state may be a candidate for a start: false where a glance shows that it cannot be right.</summary>
    public required Func<int, int, bool> MayBe { get; init; }
}
