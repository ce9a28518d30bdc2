using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by its winner alone: log p of the component with the largest g′. It is the
/// conditional mean of the full score given the winner, so it carries far less gradient noise; it is unbiased only as far as
/// the reward depends on the mixture through its winner, which at τ = 0.1 it nearly always does.
/// </summary>
/// <param name="tau">τ: temperature of the mixture.</param>
[Law("gumbel-winner", nameof(LawSettings.Tau), nameof(LawSettings.NoiseScale))]
public sealed class GumbelWinner(double tau = GumbelSoftmax.PaperTau) : GumbelSoftmax(tau)
{
    /// <summary>As a recipe asks for it.</summary>
    /// <exception cref="ArgumentException">Another noise scale than 1.</exception>
    public static new StepLaw From(LawSettings settings) =>
        settings.NoiseScale is null or 1 ? new GumbelWinner(settings.Tau ?? PaperTau) : throw NoScale("gumbel-winner");

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Closed(logP, record.Kept);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => Categorical.OneHot(record.Values);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) => Categorical.OfWinner(record.Values, logP);

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => logP[RowMath.Largest(row.Values)];

    /// <summary>1 − Σp².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Categorical.Variance(p);

    /// <inheritdoc />
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) =>
        Categorical.Between(record.Kept, logP, logQ);
}
