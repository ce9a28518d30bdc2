using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by λ times the density of the mixture (<see cref="Concrete"/>) plus 1 − λ
/// times that of the winner (<see cref="GumbelWinner"/>), λ the entropy of the probabilities that drew it over ln k: discrete
/// noise where the model is sure, credit to the mixture at forks. λ is data of the record, so the mean score is 0; the blend of
/// two densities is none itself.
/// </summary>
/// <param name="tau">τ: temperature of the mixture.</param>
[Law("gumbel-blend", nameof(LawSettings.Tau))]
public sealed class GumbelBlend(double tau = GumbelSoftmax.PaperTau) : StepLaw
{
    private readonly GumbelSoftmax _draws = new(tau);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GumbelBlend(settings.Tau ?? GumbelSoftmax.PaperTau);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(_draws.Tau);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => _draws.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _draws.Weights(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var share = NormalizedEntropy(record).to(logP.dtype); // (N)
        var winner = Categorical.OfWinner(record.Values, logP);
        return winner.Plus(Concrete.Of(record, logP).sub(winner).mul(share)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms) => _draws.DrawRow(row, uniforms);

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        double winner = logP[RowMath.Largest(row.Values)];
        return winner + ((Concrete.Of(row, logP) - winner) * NormalizedEntropy(row));
    }

    /// <summary>The same of one row.</summary>
    internal static double NormalizedEntropy(in ThoughtRow row)
    {
        var (entropy, k) = (0.0, 0);
        for (var i = 0; i < row.Kept.Length; i++)
        {
            if (!row.Kept[i]) continue;
            entropy -= Math.Exp(row.LogP[i]) * row.LogP[i];
            k++;
        }
        return entropy / Math.Log(Math.Max(2, k));
    }

    /// <summary>
    /// Entropy of the probabilities that drew a thought, over ln k: from 0 to 1, 0 for a single kept token; (N).
    /// </summary>
    internal static Tensor NormalizedEntropy(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var p = record.P(); // (N, K)
        var entropy = p.mul(Closed(record.LogP, record.Kept)).sum(-1).neg();
        var most = record.Kept.sum(-1, type: p.dtype).clamp_min(Two).log();
        return entropy.div(most).MoveToOuterDisposeScope();
    }

    private static readonly Scalar Two = Scalars.Of(2);
}
