using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The paper's law (SofT-GRPO, arXiv 2511.06411, eqs. 8–12): g′ = log p + κ·ε with Gumbel(0, 1) noise ε on the kept set, next
/// input softmax(g′/τ). The log-density is that of the noisy log-probabilities, summed over the kept components:
/// Σᵢ (−dᵢ − e^(−dᵢ)) − k·log κ with dᵢ = (g′ᵢ − log pᵢ)/κ. The noise is not clamped.
/// </summary>
/// <param name="tau">
/// τ: temperature of the mixture. The paper's is 0.1, at which the largest weight is above 0.94 on average.
/// </param>
/// <param name="noiseScale">κ: scale of the noise. 1 is the paper's; only then does the winner follow p.</param>
[Law("gumbel-softmax")]
public class GumbelSoftmax(double tau = 0.1, double noiseScale = 1) : StepLaw
{
    /// <summary>τ, the temperature of the mixture.</summary>
    public double Tau { get; } = tau > 0
        ? tau
        : throw new ArgumentOutOfRangeException(nameof(tau), tau, "the mixture's temperature must be above 0");

    /// <summary>κ, the scale of the noise.</summary>
    public double NoiseScale { get; } = noiseScale > 0 ? noiseScale
        : throw new ArgumentOutOfRangeException(
            nameof(noiseScale), noiseScale, "the noise scale must be above 0; for soft thinking without noise use soft-thinking");

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GumbelSoftmax(settings.Tau, settings.NoiseScale);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override Tensor Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var noise = Gumbel(uniforms, support.LogP.dtype);
        return support.LogP.Plus(NoiseScale == 1 ? noise : noise.Times(NoiseScale))
            .MoveToOuterDisposeScope(); // (B, K), −∞ stays −∞
    }

    /// <inheritdoc />
    public override Tensor Weights(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.mul(Scalars.Of(1 / Tau)).softmax(-1).MoveToOuterDisposeScope(); // (N, K)
    }

    /// <inheritdoc />
    public override Tensor LogDensity(Tensor values, Tensor kept, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var closed = kept.logical_not();
        // Closed slots are −∞ − (−∞): masked before exp, so that neither value nor gradient is NaN.
        var d = values.masked_fill(closed, Zero).sub(logP.masked_fill(closed, Zero)); // (N, K)
        if (NoiseScale != 1) d = d.mul(Scalars.Of(1 / NoiseScale));
        var terms = d.Plus(d.neg().exp()).neg().masked_fill(closed, Zero);
        var density = terms.sum(-1); // (N)
        if (NoiseScale != 1) density = density.sub(kept.sum(-1, type: density.dtype).mul(Scalars.Of(Math.Log(NoiseScale))));
        return density.MoveToOuterDisposeScope();
    }

    private static readonly Scalar Zero = Scalars.Of(0);
}
