using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// N-GRPO (arXiv 2606.10768): a token is drawn as in discrete thinking; in a share of the steps what is fed is the mixture of it
/// and its nearest neighbours in the embedding table (by cosine), weighted by their probabilities. The action is the token: its
/// log-probability is exact. Neighbours, weights and the choice to mix are part of the record.
/// </summary>
/// <remarks>
/// Published with tokens from the whole vocabulary, and mixed in answers too; here they come from the kept set, and thoughts
/// alone are mixed.
/// </remarks>
/// <param name="neighbors">How many are mixed in; published with 2.</param>
/// <param name="rate">Share of steps that are mixed; published with 0.1.</param>
[Law("neighbors", nameof(LawSettings.Neighbors), nameof(LawSettings.NeighborRate))]
public sealed class Neighbors(int neighbors = 2, double rate = 0.1) : SeparableLaw
{
    /// <summary>Stands in a neighbour's slot of a mixed step: below every drawn value, and not −∞.</summary>
    private const double Mixed = -1e30;

    private static readonly Scalar MixedValue = Scalars.Of(Mixed);
    private readonly Scalar _rate = Scalars.Of(rate);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Neighbors(settings.Neighbors ?? 2, settings.NeighborRate ?? 0.1);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override bool NeedsEmbedding => true;

    /// <inheritdoc />
    public override int Slots(int kept) => kept + neighbors;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => kept + 1;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var k = support.Ids.shape[1];
        var values = support.LogP.Plus(Gumbel(uniforms.narrow(1, 0, k), support.LogP.dtype)); // (B, K)
        var slot = values.argmax(-1, keepdim: true);
        var anchor = support.Ids.gather(1, slot).squeeze(1); // (B)

        var table = support.Embedding!.to(values.dtype);
        var unit = table.div(table.norm(1, keepdim: true, p: 2).clamp_min(Tiny)); // (V, D)
        var likeness = unit.index_select(0, anchor).matmul(unit.t());             // (B, V)
        likeness = likeness.scatter(1, anchor.unsqueeze(1), full_like(anchor.unsqueeze(1), Scalars.MinusInfinity, values.dtype));
        var near = likeness.topk(neighbors).indexes; // (B, n)

        // On the scale of the kept set's own log-probabilities, so that weights compare.
        var full = support.FullLogP!;
        var shift = support.LogP.gather(1, slot).sub(full.gather(1, anchor.unsqueeze(1)));
        var mixed = uniforms.narrow(1, k, 1).lt(_rate).expand(near.shape); // (B, n)
        var none = full_like(shift, Scalars.MinusInfinity).expand(near.shape);
        return new ThoughtRecord(
            cat([support.Ids, near], 1).MoveToOuterDisposeScope(),
            cat([support.Kept, zeros_like(near, ScalarType.Bool)], 1).MoveToOuterDisposeScope(),
            cat([support.LogP, full.gather(1, near).Plus(shift)], 1).MoveToOuterDisposeScope(),
            cat([values, where(mixed, full_like(none, MixedValue), none)], 1).MoveToOuterDisposeScope())
        {
            Members = support.Members,
        };
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var anchor = Categorical.OneHot(record.Values); // (N, K)
        var part = anchor.gt(Zero).logical_or(record.Values.eq(MixedValue)); // a step that is not mixed is the anchor alone
        return record.LogP.masked_fill(part.logical_not(), Scalars.MinusInfinity).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Closed(logP, record.Kept);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => Categorical.OneHot(record.Values);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) => Categorical.OfWinner(record.Values, logP);

    /// <summary>1 − Σp².</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Categorical.Variance(p);

    /// <inheritdoc />
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) =>
        Categorical.Between(record.Kept, logP, logQ);

    private static readonly Scalar Tiny = Scalars.Of(1e-12);
}
