namespace Softly.Algorithms.Terms;

/// <summary>Advantages that look at all groups of a step at once. NaN is a rollout nobody could score, and gets 0.</summary>
public static class BatchAdvantage
{
    /// <summary>(r − group mean) / (deviation of all rewards + ε): TRL's scale_rewards: batch.</summary>
    /// <param name="groups">Rewards of each group.</param>
    /// <param name="epsilon">Added to the deviation.</param>
    public static IReadOnlyList<double[]> ScaledByBatch(IReadOnlyList<double[]> groups, double epsilon)
    {
        var deviation = GroupAdvantage.Deviation([.. groups.SelectMany(g => g)]);
        if (deviation == 0) return [.. groups.Select(g => new double[g.Length])];
        return [.. groups.Select(
            g => GroupAdvantage.Of(g, divide: false, epsilon).Select(a => a / (deviation + epsilon)).ToArray())];
    }

    /// <summary>
    /// REINFORCE++ (arXiv 2501.03262): rewards whitened over all steps of the batch, so a long rollout counts once
    /// for each of its steps. The baseline form takes the group's mean off first.
    /// </summary>
    /// <param name="groups">Rewards of each group.</param>
    /// <param name="lengths">Scored steps of each rollout.</param>
    /// <param name="baseline">True for the form with the group's mean as baseline; a group of one keeps its reward.</param>
    public static IReadOnlyList<double[]> Whitened(
        IReadOnlyList<double[]> groups, IReadOnlyList<int[]> lengths, bool baseline)
    {
        var raw = groups.Select(g => !baseline ? g
            : g.Length == 1 ? g
            : [.. g.Select(r => r - GroupAdvantage.Mean(g))]).ToArray();
        var white = Whiten([.. raw.SelectMany(g => g)], [.. lengths.SelectMany(l => l.Select(n => (double)n))]);
        var at = 0;
        return [.. groups.Select(g => white[at..(at += g.Length)])];
    }

    /// <summary>(x − mean) / √(variance + 1e-8), both weighed, the variance with W − 1. NaN gives 0 and counts nowhere.</summary>
    /// <param name="values">x.</param>
    /// <param name="weights">How often each counts.</param>
    public static double[] Whiten(IReadOnlyList<double> values, IReadOnlyList<double> weights)
    {
        var counted = values.Zip(weights).Where(p => !double.IsNaN(p.First)).ToArray();
        var total = counted.Sum(p => p.Second);
        if (total <= 1) return new double[values.Count];
        var mean = counted.Sum(p => p.First * p.Second) / total;
        var variance = counted.Sum(p => p.Second * (p.First - mean) * (p.First - mean)) / (total - 1);
        return [.. values.Select(v => double.IsNaN(v) ? 0 : (v - mean) / Math.Sqrt(variance + 1e-8))];
    }

    /// <summary>
    /// Discounted rewards still to come at each step; where a step does not count the sum begins anew. With γ = 1 and a reward
    /// at the end alone it is that reward at every step, which is what a run uses.
    /// </summary>
    /// <param name="rewards">T: of each step.</param>
    /// <param name="scored">T: 1 where the step counts.</param>
    /// <param name="gamma">γ.</param>
    /// <returns>T.</returns>
    public static double[] Returns(IReadOnlyList<double> rewards, IReadOnlyList<double> scored, double gamma)
    {
        var returns = new double[rewards.Count];
        var running = 0.0;
        for (var t = rewards.Count - 1; t >= 0; t--)
        {
            returns[t] = rewards[t] + gamma * running;
            running = returns[t] * scored[t];
        }
        return returns;
    }

    /// <summary>
    /// GPG (arXiv 2504.02546, eqs. 5 and 7): r − group mean, times the share by which groups without spread, which give no
    /// gradient, dilute the batch: all rollouts over those of groups with spread.
    /// </summary>
    /// <param name="groups">Rewards of each group.</param>
    public static IReadOnlyList<double[]> Undiluted(IReadOnlyList<double[]> groups)
    {
        var plain = groups.Select(g => GroupAdvantage.Of(g, divide: false, epsilon: 0)).ToArray();
        double all = groups.Sum(g => g.Length), live = groups.Where(GroupAdvantage.HasSpread).Sum(g => g.Length);
        return live == 0 ? plain : [.. plain.Select(g => g.Select(a => a * all / live).ToArray())];
    }
}
