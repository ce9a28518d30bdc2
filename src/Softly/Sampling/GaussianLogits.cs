using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Normal noise where <see cref="GumbelSoftmax"/> has Gumbel noise: g = log p + σ·n on the kept set, next input softmax(g/τ). The
/// log-density is Σᵢ ln N(gᵢ; log pᵢ, σ²). The winner does not follow p.
/// </summary>
/// <remarks>
/// No published code has it: the ablation named Gaussian adds its noise to p (<see cref="GaussianProbabilities"/>).
/// </remarks>
/// <param name="tau">τ: temperature of the mixture. The default is the Gumbel law's.</param>
/// <param name="sigma">
/// σ: deviation of the noise. At 1, the default, every component tells as much of log p as one of standard Gumbel noise does
/// (Fisher information 1/σ² = 1) and small divergences agree, so that the two laws differ in the shape of their noise alone.
/// </param>
[Law("gaussian-logits", nameof(LawSettings.Tau), nameof(LawSettings.Sigma))]
public sealed class GaussianLogits(double tau = GumbelSoftmax.PaperTau, double sigma = 1) : SeparableLaw
{
    /// <summary>τ, the temperature of the mixture.</summary>
    public double Tau { get; } = tau >= 0
        ? tau
        : throw new ArgumentOutOfRangeException(nameof(tau), tau, "the mixture's temperature must not be below 0");

    /// <summary>σ, the deviation of the noise.</summary>
    public double Sigma { get; } = PositiveSigma(sigma);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) =>
        new GaussianLogits(settings.Tau ?? GumbelSoftmax.PaperTau, settings.Sigma ?? 1);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(Tau);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var values = support.LogP.Plus(InverseCdf.Normal(uniforms, support.LogP.dtype).Times(Sigma)); // (B, K), −∞ stays −∞
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => GumbelSoftmax.Mixture(record.Values, Tau);

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var off = Closed(record.Values, record.Kept).sub(Closed(logP, record.Kept)); // (N, K)
        return Closed(LogNormal(off, Sigma), record.Kept).MoveToOuterDisposeScope();
    }

    /// <summary>Independent components of variance 1/σ².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => OfIndependent(p, [.. p.Select(_ => 1 / (Sigma * Sigma))]);

    /// <summary>Σᵢ (log qᵢ − log pᵢ)²/2σ².</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var off = Closed(logQ, record.Kept).sub(Closed(logP, record.Kept)); // (N, K)
        return off.Times(1 / Sigma).Squared().sum(-1).Times(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>ln N(off; 0, σ²), number by number.</summary>
    internal static Tensor LogNormal(Tensor off, double sigma)
    {
        using var scope = NewDisposeScope();
        return off.Times(1 / sigma).Squared().Times(-0.5).Plus(-Math.Log(sigma) - HalfLogTwoPi).MoveToOuterDisposeScope();
    }

    /// <summary>½·ln 2π.</summary>
    internal const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>A deviation above 0.</summary>
    internal static double PositiveSigma(double sigma) => sigma > 0 ? sigma
        : throw new ArgumentOutOfRangeException(
            nameof(sigma), sigma, "the noise's deviation must be above 0; for soft thinking without noise use soft-thinking");
}
