using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// A law's draws scored by the mean, or by the sum weighted with the old probabilities, of its components' log-densities, in
/// place of their sum. Neither is a density: the mean takes a k-th of the step and a k times wider clip range, the weighted sum
/// is quiet about tokens that were unlikely when they were drawn. Both masks are fixed at the rollout.
/// </summary>
/// <param name="inner">Whose draws and components these are.</param>
/// <param name="reduction">Mean or weighted.</param>
public sealed class ReducedLaw(SeparableLaw inner, Reduction reduction) : SeparableLaw
{
    /// <summary>Whose draws these are.</summary>
    public SeparableLaw Inner { get; } = inner;

    /// <summary>Mean or weighted.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <inheritdoc />
    public override string Name => Inner.Name;

    /// <inheritdoc />
    public override bool IsExact => Inner.IsExact && Reduction == Reduction.Sum;

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => Inner.WithoutNoise();

    /// <inheritdoc />
    public override bool CanTrain => Inner.CanTrain;

    /// <inheritdoc />
    public override bool Draws(long member) => Inner.Draws(member);

    /// <inheritdoc />
    public override double WinnerScale(long member) => Inner.WinnerScale(member);

    /// <inheritdoc />
    public override bool NeedsEmbedding => Inner.NeedsEmbedding;

    /// <inheritdoc />
    public override int Slots(int kept) => Inner.Slots(kept);

    /// <inheritdoc />
    public override int? OwnValues(int hidden) => Inner.OwnValues(hidden);

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => Inner.UniformCount(kept, hidden);

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => Inner.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Winner(ThoughtRecord record) => Inner.Winner(record);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => Inner.Weights(record);

    /// <inheritdoc />
    public override Tensor? Vectors(ThoughtRecord record) => Inner.Vectors(record);

    /// <inheritdoc />
    public override bool AddsVectors => Inner.AddsVectors;

    /// <inheritdoc />
    public override Tensor LogP(Tensor logits, Tensor kept, double temperature) => Inner.LogP(logits, kept, temperature);

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Inner.Terms(record, logP);

    /// <summary>False: what is no density has no divergence.</summary>
    public override bool HasDivergence => false;

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var counts = Inner.Counts(record); // (N, K)
        return (Reduction switch
        {
            Reduction.Mean => counts.div(counts.sum(-1, keepdim: true)),
            Reduction.Weighted => counts.mul(record.P().to(counts.dtype)),
            _ => counts,
        }).MoveToOuterDisposeScope();
    }
}
