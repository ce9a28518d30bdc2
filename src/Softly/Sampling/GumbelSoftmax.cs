using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The paper's law (SofT-GRPO, arXiv 2511.06411, eqs. 8–12): g′ = log p + κ·ε with Gumbel(0, 1) noise ε on the kept set, next
/// input softmax(g′/τ). The log-density is that of the noisy log-probabilities, summed over the kept components:
/// Σᵢ (−dᵢ − e^(−dᵢ)) − k·log κ with dᵢ = (g′ᵢ − log pᵢ)/κ. The noise is not clamped.
/// </summary>
/// <param name="tau">
/// τ: temperature of the mixture. The paper's is 0.1, at which the largest weight is above 0.94 on average; 0 feeds the winner
/// alone, as a discrete rollout does.
/// </param>
/// <param name="noiseScale">κ: scale of the noise, at least 0.001. 1 is the paper's; only then does the winner follow p.</param>
[Law("gumbel-softmax", nameof(LawSettings.Tau), nameof(LawSettings.NoiseScale))]
public class GumbelSoftmax(double tau = GumbelSoftmax.PaperTau, double noiseScale = 1) : SeparableLaw
{
    /// <summary>The paper's τ.</summary>
    public const double PaperTau = 0.1;

    /// <summary>The least κ: far below it, one over it is no number in single precision.</summary>
    public const double LeastNoise = 0.001;

    /// <summary>τ, the temperature of the mixture.</summary>
    public double Tau { get; } = CheckedTau(tau);

    /// <summary>κ, the scale of the noise.</summary>
    public double NoiseScale { get; } = IsNoise(noiseScale) ? noiseScale : throw new ArgumentException(
        $"noise_factor {noiseScale} must be at least {LeastNoise}; for thoughts without noise use thinking_law soft-thinking");

    /// <summary>True where a scale of noise is one that can be drawn and scored with.</summary>
    internal static bool IsNoise(double scale) => double.IsFinite(scale) && scale >= LeastNoise;

    /// <summary>τ itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0, or no number.</exception>
    internal static double CheckedTau(double tau) => tau >= 0
        ? tau
        : throw new ArgumentOutOfRangeException(nameof(tau), tau, "the mixture's temperature must not be below 0");

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GumbelSoftmax(settings.Tau ?? PaperTau, settings.NoiseScale ?? 1);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(Tau);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override double WinnerScale(long member) => NoiseScale;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var noise = Gumbel(uniforms, support.LogP.dtype);
        var values = support.LogP.Plus(NoiseScale == 1 ? noise : noise.Times(NoiseScale)); // (B, K), −∞ stays −∞
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => Mixture(record.Values, Tau);

    /// <summary>softmax(values / τ); one-hot on the largest where τ is 0. (N, K).</summary>
    internal static Tensor Mixture(Tensor values, double tau)
    {
        using var scope = NewDisposeScope();
        return (tau == 0 ? Categorical.OneHot(values) : values.mul(Scalars.Of(1 / tau)).softmax(-1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        Noisy(row, uniforms, (float)NoiseScale);
        var winner = RowMath.Largest(row.Values);
        Mixture(row, Tau);
        return winner;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var (sum, by, log) = (0.0, (float)(1 / NoiseScale), Math.Log(NoiseScale));
        for (var i = 0; i < logP.Length; i++)
        {
            if (!row.Kept[i]) continue;
            var d = (row.Values[i] - logP[i]) * by;
            sum -= d + MathF.Exp(-d) + log;
        }
        return sum;
    }

    /// <summary>g′ of kept slots; −∞ elsewhere, where no noise is made.</summary>
    internal static void Noisy(in ThoughtRow row, ReadOnlySpan<double> uniforms, float scale)
    {
        for (var i = 0; i < row.Values.Length; i++)
            row.Values[i] = row.Kept[i] ? row.LogP[i] + (RowMath.Gumbel(uniforms[i]) * scale) : float.NegativeInfinity;
    }

    /// <summary>softmax(values / τ) of one row; one-hot on the largest where τ is 0.</summary>
    internal static void Mixture(in ThoughtRow row, double tau)
    {
        if (tau == 0) RowMath.OneHot(row.Weights, RowMath.Largest(row.Values));
        else RowMath.Softmax(row.Values, (float)(1 / tau), row.Weights);
    }

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        // Closed slots are −∞ − (−∞): masked before exp, so that neither value nor gradient is NaN.
        var d = Closed(record.Values, record.Kept).sub(Closed(logP, record.Kept)); // (N, K)
        if (NoiseScale != 1) d = d.mul(Scalars.Of(1 / NoiseScale));
        var terms = d.Plus(d.neg().exp()).neg();
        if (NoiseScale != 1) terms = terms.Plus(-Math.Log(NoiseScale));
        return Closed(terms, record.Kept).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Terms(record, logP).sum(-1).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>k − 2 + k·Σp², over κ²: a kept token's component has variance 1 whatever its probability.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) =>
        OfIndependent(p, [.. p.Select(_ => 1 / (NoiseScale * NoiseScale))]);

    /// <summary>Σᵢ (e^(Dᵢ/κ) − Dᵢ/κ − 1) with D = log q − log p: unlikely tokens count as much as likely ones.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var d = Closed(logQ, record.Kept).sub(Closed(logP, record.Kept)); // (N, K)
        if (NoiseScale != 1) d = d.mul(Scalars.Of(1 / NoiseScale));
        return d.expm1().sub(d).sum(-1).MoveToOuterDisposeScope();
    }
}
