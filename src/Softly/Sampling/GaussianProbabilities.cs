using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Normal noise on the probabilities themselves: x = p + σ·n on the kept set, next input x/Σx; the Gaussian ablation of SofT-GRPO
/// (arXiv 2511.06411, section 5.2). The log-density is Σᵢ ln N(xᵢ; pᵢ, σ²). Weights sum to 1 but can be negative, and leave the
/// convex hull of the embeddings. The winner does not follow p.
/// </summary>
/// <remarks>
/// The published code clamps x to p ± 0.15 in the density, averages over the components with p above 0.05, gives filler slots of
/// probability 0 noise too, so that any token may come in with a weight of ±0.05, and trains on softmax(x/τ) in place of x/Σx.
/// Here nothing is clamped or left out, so that the density is that of the draw, and slots that are not kept weigh nothing.
/// </remarks>
/// <param name="sigma">σ: deviation of the noise; the published 0.05.</param>
[Law("gaussian-probabilities", nameof(LawSettings.Sigma))]
public sealed class GaussianProbabilities(double sigma = GaussianProbabilities.PublishedSigma) : SeparableLaw
{
    /// <summary>The published σ.</summary>
    public const double PublishedSigma = 0.05;

    /// <summary>σ, the deviation of the noise.</summary>
    public double Sigma { get; } = GaussianLogits.PositiveSigma(sigma);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GaussianProbabilities(settings.Sigma ?? PublishedSigma);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var values = support.LogP.exp().Plus(InverseCdf.Normal(uniforms, support.LogP.dtype).Times(Sigma)); // (B, K)
        values = values.masked_fill(support.Kept.logical_not(), Scalars.MinusInfinity); // never the winner
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var values = Closed(record.Values, record.Kept); // (N, K)
        return values.div(values.sum(-1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var off = Closed(record.Values, record.Kept).sub(P(logP, record.Kept)); // (N, K)
        return Closed(GaussianLogits.LogNormal(off, Sigma), record.Kept).MoveToOuterDisposeScope();
    }

    /// <summary>Independent components of variance p²/σ².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) =>
        OfIndependent(p, [.. p.Select(x => x * x / (Sigma * Sigma))]);

    /// <summary>Σᵢ (pᵢ − qᵢ)²/2σ².</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var off = P(logP, record.Kept).sub(P(logQ, record.Kept)); // (N, K)
        return off.Times(1 / Sigma).Squared().sum(-1).Times(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>Probabilities, 0 in slots that are not kept, (N, K).</summary>
    internal static Tensor P(Tensor logP, Tensor kept)
    {
        using var scope = NewDisposeScope();
        return Closed(Closed(logP, kept).exp(), kept).MoveToOuterDisposeScope();
    }
}
