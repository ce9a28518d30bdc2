namespace Softly.Algorithms.Terms;

/// <summary>Several rewards of a rollout as one, the two ways TRL has. NaN is a verdict that was not given.</summary>
public static class SeveralRewards
{
    /// <summary>
    /// sum_then_normalize: the weighed sum of what was given; NaN where nothing was. What follows compares these.
    /// </summary>
    /// <param name="rewards">(N, F): of each rollout by each judge.</param>
    /// <param name="weights">F.</param>
    /// <returns>N.</returns>
    public static double[] Sum(IReadOnlyList<double[]> rewards, IReadOnlyList<double> weights) =>
        [.. rewards.Select(r => r.All(double.IsNaN)
            ? double.NaN
            : r.Zip(weights, (x, w) => double.IsNaN(x) ? 0 : x * w).Sum())];

    /// <summary>
    /// normalize_then_sum (GDPO, arXiv 2601.05242): each judge's rewards become group advantages, their weighed sum
    /// is whitened over all rollouts.
    /// </summary>
    /// <param name="rewards">(N, F), groups one after the other.</param>
    /// <param name="weights">F.</param>
    /// <param name="groupSize">G.</param>
    /// <param name="epsilon">Added to both deviations.</param>
    /// <returns>N advantages.</returns>
    public static double[] NormalizeThenSum(
        IReadOnlyList<double[]> rewards, IReadOnlyList<double> weights, int groupSize, double epsilon)
    {
        var sums = rewards.Chunk(groupSize).SelectMany(group =>
        {
            var by = weights.Select((w, f) => GroupAdvantage.Of([.. group.Select(r => r[f])], divide: true, epsilon)).ToArray();
            return group.Select((r, i) => r.All(double.IsNaN) ? double.NaN : weights.Select((w, f) => w * by[f][i]).Sum());
        }).ToArray();
        double mean = GroupAdvantage.Mean(sums), deviation = GroupAdvantage.Deviation(sums);
        return [.. sums.Select(s => double.IsNaN(s) ? 0 : (s - mean) / (deviation + epsilon))];
    }
}
