using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// What the published SofT-GRPO code computes in its "Gaussian" ablation, for comparison with its numbers: x = p + σ·n in all slots,
/// also in those that top-p closed, which are filled with the lowest unused token ids; scored by the mean, over components whose
/// <em>current</em> p is above 0.05, of the log-density of N(p, σ²) at x clamped to p ± 0.15.
/// </summary>
/// <remarks>
/// No density of its draws, for the same reasons as <see cref="GumbelReference"/>. Weights can be negative, and tokens of
/// probability 0 come in with a weight of about ±σ. The mixture is x/Σx, which the rollout was fed with; the published training
/// fed softmax(x/τ) instead, so its model was trained on other inputs than it had thought with, and the curves of its ablation
/// cannot be had here.
/// </remarks>
/// <param name="sigma">σ: deviation of the noise; the published code's is 0.05.</param>
[Law("gaussian-reference", nameof(LawSettings.Sigma))]
public sealed class GaussianReference(double sigma = GaussianProbabilities.PublishedSigma) : StepLaw
{
    private static readonly Scalar
        Low = Scalars.Of(-0.15), High = Scalars.Of(0.15), CountedFrom = Scalars.Of(GammaReference.Border);

    private readonly GaussianProbabilities _settings = new(sigma);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GaussianReference(settings.Sigma ?? GaussianProbabilities.PublishedSigma);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var noise = InverseCdf.Normal(uniforms, support.LogP.dtype); // (B, K)
        return Record(support, noise);
    }

    /// <summary>The record of given noise.</summary>
    /// <param name="support">What could be drawn.</param>
    /// <param name="noise">(B, K): standard normal.</param>
    internal ThoughtRecord Record(Support support, Tensor noise) => Published.Record(support, Noisy(support, noise));

    /// <summary>x, (B, K): slots without probability have 0 and the noise.</summary>
    private Tensor Noisy(Support support, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return support.LogP.exp().Plus(noise.Times(_settings.Sigma)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Winner(ThoughtRecord record)
    {
        using var weights = Weights(record); // not x itself: Σx may be negative
        return weights.argmax(-1);
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _settings.Weights(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var p = GaussianProbabilities.P(logP, record.Kept);                                 // (N, K)
        var off = Closed(record.Values, record.Kept).sub(p).clamp(Low, High);               // (N, K)
        var terms = GaussianLogits.LogNormal(off, _settings.Sigma);                         // (N, K)
        return Published.Mean(terms, p.detach().gt(CountedFrom)).MoveToOuterDisposeScope(); // (N)
    }
}
