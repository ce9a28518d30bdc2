using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Mixture of Inputs (arXiv 2505.14827, section 3): a token is drawn as in discrete thinking, and what is fed is the posterior
/// mean of a Dirichlet prior around p after seeing it, w = (H·p + (β + 1 − H)·one-hot)/(β + 1) with H the entropy of p over ln
/// k. The action is the token: its log-probability is exact. w is frozen at the rollout; made again from the policy of the
/// update it would be another input.
/// </summary>
/// <remarks>Published with the entropy over the logarithm of the whole vocabulary; here both are those of the kept set.</remarks>
/// <param name="beta">β; published between 0.5 and 2, 1 by default.</param>
[Law("mixture-of-inputs", nameof(LawSettings.InputBeta))]
public sealed class MixtureOfInputs(double beta = 1) : SeparableLaw
{
    private static readonly Categorical Anchor = new();

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new MixtureOfInputs(settings.InputBeta ?? 1);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => Anchor.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var share = GumbelBlend.NormalizedEntropy(record).unsqueeze(-1); // (N, 1)
        var drawn = Anchor.Weights(record);                              // (N, K)
        return record.P().mul(share).Plus(drawn.mul(share.neg().Plus(beta + 1))).Times(1 / (beta + 1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        var winner = Anchor.DrawRow(row, uniforms);
        var share = GumbelBlend.NormalizedEntropy(row);
        for (var i = 0; i < row.Weights.Length; i++)
        {
            var p = row.Kept[i] ? Math.Exp(row.LogP[i]) : 0;
            row.Weights[i] = (float)(((p * share) + (row.Weights[i] * (beta + 1 - share))) / (beta + 1));
        }
        return winner;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => Anchor.LogDensityRow(row, logP);

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Anchor.Terms(record, logP);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => Anchor.Counts(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) => Anchor.LogDensity(record, logP);

    /// <summary>1 − Σp².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Categorical.Variance(p);

    /// <inheritdoc />
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) => Anchor.Divergence(record, logP, logQ);
}
