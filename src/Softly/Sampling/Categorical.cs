using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// One token from the kept set, by the Gumbel-max rule: the winner of the same noise that <see cref="GumbelSoftmax"/> mixes, so
/// that the two laws draw the same words from the same seed. As a thinking law it is the discrete control on the soft support.
/// </summary>
[Law("categorical", nameof(LawSettings.NoiseScale))]
public sealed class Categorical : SeparableLaw
{
    /// <summary>As a recipe asks for it.</summary>
    /// <exception cref="ArgumentException">Another noise scale than 1.</exception>
    public static StepLaw From(LawSettings settings) =>
        settings.NoiseScale is null or 1 ? new Categorical() : throw new ArgumentException(
            "thinking_law categorical needs noise_factor: 1, because only then does the winner follow p; for another scale use "
            + "gumbel-winner with gumbel_softmax_temperature: 0");

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(0);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var values = support.LogP.Plus(Gumbel(uniforms, support.LogP.dtype)); // (B, K)
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => OneHot(record.Values);

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Closed(logP, record.Kept);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => OneHot(record.Values);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) => OfWinner(record.Values, logP);

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        GumbelSoftmax.Noisy(row, uniforms, 1);
        var winner = RowMath.Largest(row.Values);
        RowMath.OneHot(row.Weights, winner);
        return winner;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => logP[RowMath.Largest(row.Values)];

    /// <summary>1 − Σp².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Variance(p);

    internal static double Variance(IReadOnlyList<double> p) => 1 - p.Sum(a => a * a);

    /// <inheritdoc />
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) => Between(record.Kept, logP, logQ);

    /// <summary>1 at the largest value of each row, 0 elsewhere, (N, K).</summary>
    internal static Tensor OneHot(Tensor values)
    {
        using var scope = NewDisposeScope();
        return zeros_like(values).scatter_(-1, values.argmax(-1, keepdim: true), ones_like(values)).MoveToOuterDisposeScope();
    }

    /// <summary>log p of the component with the largest value. values and logP (N, K) → (N).</summary>
    internal static Tensor OfWinner(Tensor values, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return logP.gather(-1, values.argmax(-1, keepdim: true)).squeeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Σ p log(p/q) over the kept slots, (N).</summary>
    internal static Tensor Between(Tensor kept, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var p = Closed(logP, kept); // (N, K)
        return Closed(p.exp(), kept).mul(p.sub(Closed(logQ, kept))).sum(-1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// One token from the whole vocabulary with a single uniform number, by inverting the distribution function in id order: for
    /// answers, where a number for every token would cost more than the token.
    /// </summary>
    /// <param name="logP">(B, V) log-probabilities; −∞ for tokens that may not be drawn.</param>
    /// <param name="uniforms">(B, 1) in (0, 1).</param>
    /// <returns>(B) int64.</returns>
    public static Tensor Invert(Tensor logP, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var mass = logP.exp().cumsum(-1); // (B, V)
        // Of the sum as it came out, and strictly below it: rounding can never ask for a token beyond the last possible one.
        var target = uniforms.to(mass.dtype).clamp_max(BelowOne).mul(mass.narrow(-1, -1, 1));
        // first slot whose mass exceeds the target
        return searchsorted(mass, target, right: true).squeeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Two steps of single precision below 1, so that the product with any sum stays below the sum.</summary>
    internal const double LargestShare = 1 - 1.0 / (1 << 23);

    private static readonly Scalar BelowOne = Scalars.Of(LargestShare);
}
