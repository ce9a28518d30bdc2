namespace Softly.Algorithms.Terms;

/// <summary>
/// Which steps are forks: only those among the most uncertain of the update get a policy loss ("Beyond the 80/20 rule",
/// arXiv 2506.01939; TRL's top_entropy_quantile).
/// </summary>
public static class HighEntropy
{
    /// <summary>
    /// The least entropy of the kept share: the (1 − share) quantile, interpolated linearly between neighbours.
    /// </summary>
    /// <param name="entropies">Of all scored steps of the update, in nats.</param>
    /// <param name="share">Which share of the steps is kept, in (0, 1].</param>
    public static double Threshold(IEnumerable<double> entropies, double share)
    {
        var sorted = entropies.Order().ToArray();
        if (sorted.Length == 0 || share >= 1) return double.NegativeInfinity;
        var at = (1 - share) * (sorted.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
