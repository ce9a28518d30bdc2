using Softly.Models;
using Softly.Tasks;

namespace Softly.Rollouts;

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Problem">The question.</param>
/// <param name="Rows">Its positions; nearly always plain tokens.</param>
public sealed record Prompt(Problem Problem, IReadOnlyList<MixtureRow> Rows);

/// <summary>The G rollouts of one prompt.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Rollouts">G answers.</param>
public sealed record RolloutGroup(Prompt Prompt, IReadOnlyList<Rollout> Rollouts)
{
    /// <summary>G grades, once given.</summary>
    public IReadOnlyList<Grade> Grades { get; init; } = [];

    /// <summary>
    /// G rewards, once given: what is learned from. NaN is a rollout that got no verdict. The grades' own where nothing else is
    /// set.
    /// </summary>
    public IReadOnlyList<double> Scores
    {
        get => field ?? [.. Grades.Select(g => g.Verdict == Verdict.Failed ? double.NaN : g.Score)];
        init;
    }

    /// <summary>(G, F), once given: what each reward gave each rollout; empty where the grades are all there is.</summary>
    public IReadOnlyList<RewardScore[]> Rewards { get; init; } = [];

    /// <summary>G grades by a grader that no reward sees; empty where none watches.</summary>
    public IReadOnlyList<Grade> Watched { get; init; } = [];

    /// <summary>G advantages, once computed.</summary>
    public IReadOnlyList<double> Advantages { get; init; } = [];
}
