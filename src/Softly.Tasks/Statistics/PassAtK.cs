namespace Softly.Tasks.Statistics;

/// <summary>pass@k: the chance that at least one of k answers is right (Chen et al., arXiv 2107.03374, eq. 1).</summary>
public static class PassAtK
{
    /// <summary>The unbiased estimate 1 − C(n − c, k) / C(n, k) of one problem, as a product.</summary>
    /// <param name="samples">n answers.</param>
    /// <param name="right">c of them right.</param>
    /// <param name="k">At most n.</param>
    public static double Unbiased(int samples, int right, int k)
    {
        if (k < 1 || k > samples)
            throw new ArgumentOutOfRangeException(
                nameof(k), k, $"pass@{k} needs at least {k} answers a problem, there are {samples}");
        if (samples - right < k) return 1;
        var miss = 1.0;
        for (var i = samples - right + 1; i <= samples; i++) miss *= 1 - (double)k / i;
        return 1 - miss;
    }

    /// <summary>
    /// The same for a number of answers that need not be whole, as a budget leaves it: m answers are ⌈m⌉ with the chance
    /// f = m − ⌊m⌋ and ⌊m⌋ else, so that m are paid for on average: (1 − f) · pass@⌊m⌋ + f · pass@⌈m⌉, with pass@0 = 0.
    /// </summary>
    /// <param name="samples">n answers.</param>
    /// <param name="right">c of them right.</param>
    /// <param name="answers">m, from 0 to n.</param>
    public static double Expected(int samples, int right, double answers)
    {
        if (!(answers >= 0 && answers <= samples))
            throw new ArgumentOutOfRangeException(
                nameof(answers), answers, $"expected from 0 to {samples} answers, as many as there are");
        var below = (int)answers;
        var share = answers - below;
        return (1 - share) * Whole(below) + (share == 0 ? 0 : share * Whole(below + 1));

        double Whole(int k) => k == 0 ? 0 : Unbiased(samples, right, k);
    }

    /// <summary>
    /// 1 where one of the first k answers is right: what some papers print as pass@k. Not an average over choices of k.
    /// </summary>
    public static double FirstK(IReadOnlyList<bool> right, int k) => right.Take(k).Any(r => r) ? 1 : 0;
}
