using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by Σ yᵢ log pᵢ, the cross-entropy to the mixture that was fed (LEPO,
/// arXiv 2604.17892): no density, but a score of little noise whose direction is nearly the right one where the reward depends on
/// the mixture.
/// </summary>
/// <remarks>
/// Published with log p over the whole vocabulary, 30 kept tokens, and a set number of thoughts; here log p is renormalised
/// over the kept set, as in every law.
/// </remarks>
/// <param name="tau">τ: temperature of the mixture; published with 0.3 to 0.5.</param>
[Law("soft-cross-entropy", nameof(LawSettings.Tau))]
public sealed class SoftCrossEntropy(double tau = SoftCrossEntropy.PublishedTau) : SeparableLaw
{
    /// <summary>The upper end of what was published.</summary>
    public const double PublishedTau = 0.5;

    private readonly GumbelSoftmax _draws = new(tau);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new SoftCrossEntropy(settings.Tau ?? PublishedTau);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(_draws.Tau);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => _draws.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _draws.Weights(record);

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms) => _draws.DrawRow(row, uniforms);

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var sum = 0.0;
        for (var i = 0; i < logP.Length; i++)
            if (row.Kept[i]) sum += (double)row.Weights[i] * logP[i];
        return sum;
    }

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Closed(logP, record.Kept);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => _draws.Weights(record);
}
