using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by its winner alone, the component with the largest g′: log softmax(log p/κ),
/// which is log p where κ is 1. Its score, (1[i = j] − qᵢ)/κ with q = softmax(log p/κ), is the conditional mean of the full
/// score given the winner j at every κ, so it carries far less gradient noise; it is unbiased only as far as the reward depends
/// on the mixture through its winner, which at τ = 0.1 it nearly always does.
/// </summary>
/// <param name="tau">τ: temperature of the mixture.</param>
/// <param name="noiseScale">κ: scale of the noise. The winner follows softmax(log p/κ): p itself where κ is 1.</param>
[Law("gumbel-winner", nameof(LawSettings.Tau), nameof(LawSettings.NoiseScale))]
public sealed class GumbelWinner(double tau = GumbelSoftmax.PaperTau, double noiseScale = 1) : GumbelSoftmax(tau, noiseScale)
{
    /// <summary>As a recipe asks for it.</summary>
    public static new StepLaw From(LawSettings settings) =>
        new GumbelWinner(settings.Tau ?? PaperTau, settings.NoiseScale ?? 1);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Closed(OfWinners(logP), record.Kept).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => Categorical.OneHot(record.Values);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Categorical.OfWinner(record.Values, OfWinners(logP)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => OfWinner(row, logP, NoiseScale);

    /// <summary>(1 − Σq²)/κ² with q the winner's probabilities, which are p where κ is 1.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Variance(p, NoiseScale);

    /// <summary>Σ q log(q/q′) of the winner's probabilities under the two policies.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        return Categorical.Between(record.Kept, OfWinners(logP), OfWinners(logQ)).MoveToOuterDisposeScope();
    }

    /// <summary>log softmax(log p/κ), (N, K); −∞ stays −∞.</summary>
    private Tensor OfWinners(Tensor logP) => NoiseScale == 1 ? logP : logP.Times(1 / NoiseScale).log_softmax(-1);

    /// <summary>The winner's log-probability where the noise has scale κ.</summary>
    internal static double OfWinner(in ThoughtRow row, ReadOnlySpan<float> logP, double scale)
    {
        var winner = RowMath.Largest(row.Values);
        if (scale == 1) return logP[winner];
        var (by, sum) = (1 / scale, 0.0);
        for (var i = 0; i < logP.Length; i++)
            if (row.Kept[i]) sum += Math.Exp((logP[i] - logP[winner]) * by);
        return -Math.Log(sum);
    }

    /// <summary>(1 − Σq²)/κ² with q = softmax(log p/κ).</summary>
    internal static double Variance(IReadOnlyList<double> p, double scale)
    {
        if (scale == 1) return Categorical.Variance(p);
        double[] raw = [.. p.Select(a => Math.Pow(a, 1 / scale))];
        var sum = raw.Sum();
        return Categorical.Variance([.. raw.Select(a => a / sum)]) / (scale * scale);
    }
}
