using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>How several rewards of a rollout become advantages, in TRL's words.</summary>
public enum RewardAggregation
{
    /// <summary>Their weighed sum is the rollout's reward, and the algorithm compares those.</summary>
    SumThenNormalize,

    /// <summary>
    /// Each is compared within the group by itself, and the weighed sum of that is whitened (GDPO, arXiv 2601.05242).
    /// </summary>
    NormalizeThenSum,
}

/// <summary>A reward and how much it counts.</summary>
/// <param name="Reward">Asked for every rollout.</param>
/// <param name="Weight">Its reward is multiplied by this.</param>
/// <param name="Foreign">Somebody else's code: it may take so long and no longer.</param>
public sealed record WeighedReward(IReward Reward, double Weight = 1, bool Foreign = false)
{
    /// <summary>What it is called in metrics; asked once, since it may be somebody else's code that answers.</summary>
    public string Name { get; } = Reward.Name ?? "";
}

/// <summary>What rollouts are rewarded for, and who watches. Default: the task's own judgement.</summary>
public sealed record RewardOptions
{
    private static readonly IReadOnlyList<WeighedReward> OfTheTask = [new(new AccuracyReward())];

    /// <summary>F rewards, in order.</summary>
    public IReadOnlyList<WeighedReward> Rewards { get; init; } = OfTheTask;

    /// <summary>How they become advantages.</summary>
    public RewardAggregation Aggregation { get; init; } = RewardAggregation.SumThenNormalize;

    /// <summary>Judges rollouts beside the rewards, which never see it; null for nobody.</summary>
    public IGrader? Watching { get; init; }

    /// <summary>How long one call of a foreign reward may take. Default 5 s.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A foreign reward that takes longer so many times in a row is an error. Default 16.</summary>
    public int MostTimeouts { get; init; } = 16;

    /// <summary>When figures of a run alarm.</summary>
    public WatchBounds Bounds { get; init; } = new();

    /// <summary>Rollouts that are judged at a time; results do not depend on it. Default: one for every core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether the task's own judgement is all there is.</summary>
    public bool IsDefault => ReferenceEquals(Rewards, OfTheTask);

    /// <summary>F weights.</summary>
    public IReadOnlyList<double> Weights => [.. Rewards.Select(r => r.Weight)];

    /// <summary>Whether a group's rewards differ, so that there is something to learn from it.</summary>
    /// <param name="group">With <see cref="RolloutGroup.Rewards"/>.</param>
    /// <param name="sums">Its rewards as advantages compare them.</param>
    internal bool HasSpread(RolloutGroup group, IReadOnlyList<double> sums) =>
        Aggregation == RewardAggregation.SumThenNormalize
            ? GroupAdvantage.HasSpread(sums)
            : Rewards.Where(
                (r, f) => r.Weight != 0
                    && GroupAdvantage.HasSpread([.. group.Rewards.Select(x => RewardScore.Values(x)[f])])).Any();

    /// <summary>GDPO's advantages of groups of one size.</summary>
    internal IReadOnlyList<double[]> NormalizeThenSum(IReadOnlyList<RolloutGroup> groups, double epsilon)
    {
        var size = groups[0].Rollouts.Count;
        double[][] rewards = [.. groups.SelectMany(g => g.Rewards.Select(RewardScore.Values))];
        return [.. SeveralRewards.NormalizeThenSum(rewards, Weights, size, epsilon).Chunk(size)];
    }
}
