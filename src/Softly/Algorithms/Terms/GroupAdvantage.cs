namespace Softly.Algorithms.Terms;

/// <summary>
/// How much better a rollout is than its group. A reward that is NaN is a rollout nobody could score: it is left out of every
/// mean and gets 0. A group of one has nothing to be compared with and keeps its reward, as published.
/// </summary>
public static class GroupAdvantage
{
    /// <summary>
    /// (r − mean) / (deviation + ε), the deviation with n − 1 (GRPO, arXiv 2402.03300, eq. 3); without the division where
    /// <paramref name="divide"/> is false (Dr. GRPO, arXiv 2503.20783). A group without spread gives 0.
    /// </summary>
    /// <param name="rewards">One a rollout.</param>
    /// <param name="divide">Whether to divide by the group's deviation.</param>
    /// <param name="epsilon">Added to the deviation.</param>
    public static double[] Of(IReadOnlyList<double> rewards, bool divide, double epsilon)
    {
        if (rewards.Count == 1) return Scored(rewards, r => divide ? r / (1 + epsilon) : r);
        if (!HasSpread(rewards)) return new double[rewards.Count];
        var deviation = Deviation(rewards);
        var mean = Mean(rewards);
        return Scored(rewards, r => (r - mean) / (divide ? deviation + epsilon : 1));
    }

    /// <summary>r minus the mean of the others (RLOO, arXiv 2402.14740).</summary>
    public static double[] LeaveOneOut(IReadOnlyList<double> rewards)
    {
        if (rewards.Count == 1) return Scored(rewards, r => r);
        var mean = Mean(rewards);
        double n = rewards.Count(r => !double.IsNaN(r));
        return n < 2 ? new double[rewards.Count] : Scored(rewards, r => (r - mean) * n / (n - 1));
    }

    /// <summary>
    /// r minus the mean weighed by length, which has the least variance where a rollout's score grows like the root of its length
    /// (OPO, arXiv 2505.23585).
    /// </summary>
    /// <param name="rewards">One a rollout.</param>
    /// <param name="lengths">Their scored lengths; a group that has none keeps its rewards.</param>
    public static double[] LengthWeighted(IReadOnlyList<double> rewards, IReadOnlyList<int> lengths)
    {
        double sum = 0, weight = 0;
        for (var i = 0; i < rewards.Count; i++)
            if (!double.IsNaN(rewards[i])) (sum, weight) = (sum + lengths[i] * rewards[i], weight + lengths[i]);
        var baseline = rewards.Count == 1 || weight == 0 ? 0 : sum / weight;
        return Scored(rewards, r => r - baseline);
    }

    /// <summary>
    /// Best minus second best for the best, 0 for all others: the gradient of the best of the group (verl's grpo_passk, after
    /// arXiv 2503.19595).
    /// </summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public static double[] BestMinusSecond(IReadOnlyList<double> rewards, bool divide, double epsilon)
    {
        var advantages = new double[rewards.Count];
        var order = Enumerable.Range(0, rewards.Count).Where(i => !double.IsNaN(rewards[i]))
            .OrderByDescending(i => rewards[i]).ThenBy(i => i).ToArray();
        if (order.Length < 2) return advantages;
        var lead = rewards[order[0]] - rewards[order[1]];
        if (lead > 0) advantages[order[0]] = lead / (divide ? Deviation(rewards) + epsilon : 1);
        return advantages;
    }

    /// <summary>
    /// The advantage for pass@k: (r − mean) · C(n − 1 − c, k − 1) / C(n − 1, k − 1) with c right of n. The factor estimates
    /// (1 − p)^(k−1), the share of the gradient of 1 − (1 − p)^k that a problem of success rate p deserves; k = 1 is the plain
    /// one.
    /// </summary>
    /// <exception cref="ArgumentException">A reward is neither 0 nor 1.</exception>
    public static double[] PassAt(int k, IReadOnlyList<double> rewards)
    {
        var scored = rewards.Where(r => !double.IsNaN(r)).ToArray();
        if (scored.Any(r => r is not (0 or 1)))
            throw new ArgumentException(
                $"advantage: pass@{k} counts right answers, but a reward is neither 0 nor 1; "
                + "use advantage: group for graded rewards.",
                nameof(rewards));
        double n = scored.Length, right = scored.Sum(), factor = 1;
        if (n < k) return new double[rewards.Count]; // too few to say anything of k
        for (var i = 0; i < k - 1; i++) factor *= Math.Max(0, n - 1 - right - i) / (n - 1 - i);
        return [.. rewards.Select(r => double.IsNaN(r) ? 0 : (r - right / n) * factor)];
    }

    /// <summary>
    /// ReMax (arXiv 2310.10505, algorithm 1): the rewards still to come at each step minus the reward of the greedy answer.
    /// A function and not a choice of a run: nothing here draws the greedy answer in training.
    /// </summary>
    /// <param name="rewards">T: of each step.</param>
    /// <param name="scored">T: 1 where the step counts.</param>
    /// <param name="greedy">The greedy answer's reward.</param>
    /// <returns>T.</returns>
    public static double[] ReMax(IReadOnlyList<double> rewards, IReadOnlyList<double> scored, double greedy)
    {
        var advantages = new double[rewards.Count];
        var sum = 0.0;
        for (var t = rewards.Count - 1; t >= 0; t--)
        {
            sum += rewards[t] * scored[t];
            advantages[t] = sum - greedy * scored[t];
        }
        return advantages;
    }

    /// <summary>
    /// False where all that were scored have the same reward, so that there is nothing to learn from the group.
    /// </summary>
    public static bool HasSpread(IReadOnlyList<double> rewards) => rewards.Where(r => !double.IsNaN(r)).Distinct().Count() > 1;

    /// <summary>The mean of the scored; NaN where there are none.</summary>
    internal static double Mean(IReadOnlyList<double> values) =>
        values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The deviation of the scored, with n − 1; 0 for fewer than two.</summary>
    internal static double Deviation(IReadOnlyList<double> values)
    {
        var scored = values.Where(v => !double.IsNaN(v)).ToArray();
        if (scored.Length < 2) return 0;
        var mean = scored.Average();
        return Math.Sqrt(scored.Sum(v => (v - mean) * (v - mean)) / (scored.Length - 1));
    }

    private static double[] Scored(IReadOnlyList<double> rewards, Func<double, double> advantage) =>
        [.. rewards.Select(r => double.IsNaN(r) ? 0 : advantage(r))];
}
