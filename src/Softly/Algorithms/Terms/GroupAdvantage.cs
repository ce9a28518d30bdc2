namespace Softly.Algorithms.Terms;

/// <summary>
/// How much better a rollout is than its group (GRPO, arXiv 2402.03300, eq. 3; Dr. GRPO, arXiv 2503.20783, leaves the deviation
/// out).
/// </summary>
public static class GroupAdvantage
{
    /// <summary>
    /// (r − mean) / (deviation + ε), the deviation with n − 1; without the division where <paramref name="divide"/> is false. A
    /// group without spread gives 0.
    /// </summary>
    /// <param name="rewards">One a rollout.</param>
    /// <param name="divide">Whether to divide by the group's deviation.</param>
    /// <param name="epsilon">Added to the deviation.</param>
    public static double[] Of(IReadOnlyList<double> rewards, bool divide, double epsilon)
    {
        var mean = rewards.Average();
        var deviation = rewards.Count < 2 ? 0 : Math.Sqrt(rewards.Sum(r => (r - mean) * (r - mean)) / (rewards.Count - 1));
        if (deviation == 0) return new double[rewards.Count];
        return [.. rewards.Select(r => (r - mean) / (divide ? deviation + epsilon : 1))];
    }

    /// <summary>
    /// The advantage for pass@k: (r − mean) · C(n − 1 − c, k − 1) / C(n − 1, k − 1) with c right of n. The factor estimates
    /// (1 − p)^(k−1), the share of the gradient of 1 − (1 − p)^k that a problem of success rate p deserves; k = 1 is the plain
    /// one.
    /// </summary>
    /// <exception cref="ArgumentException">A reward is neither 0 nor 1.</exception>
    public static double[] PassAt(int k, IReadOnlyList<double> rewards)
    {
        if (rewards.Any(r => r is not (0 or 1)))
            throw new ArgumentException(
                $"advantage: pass@{k} counts right answers, but a reward is neither 0 nor 1; "
                + "use advantage: group for graded rewards.",
                nameof(rewards));
        double n = rewards.Count, right = rewards.Sum(), factor = 1;
        for (var i = 0; i < k - 1; i++) factor *= Math.Max(0, n - 1 - right - i) / (n - 1 - i);
        return [.. rewards.Select(r => (r - right / n) * factor)];
    }
}
