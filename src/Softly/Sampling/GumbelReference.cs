using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// What the published SofT-GRPO code computes in place of the paper's eqs. 8–12, for comparison with its numbers. The noise is
/// clamped to [−1.5, 3]; log p is log(p + 1e-6); slots that top-p closed are filled with the lowest unused token ids and are
/// scored too; the log-density is the mean, over components whose <em>current</em> log p is above −3, of −e − e^(−e) with
/// e = clamp(g′ − log p, −1.5, 3). The scale of the noise is not part of it.
/// </summary>
/// <remarks>
/// No density of its draws: the mean ratio is not 1 and the mean score not 0. Ratios jump where a component passes the mask's
/// border, and a component on the clamp has no gradient. With no component above the mask it is NaN, as published; the update
/// is then skipped.
/// </remarks>
/// <param name="tau">τ: temperature of the mixture.</param>
/// <param name="noiseScale">The published noise_factor.</param>
[Law("gumbel-reference", nameof(LawSettings.Tau), nameof(LawSettings.NoiseScale))]
public sealed class GumbelReference(double tau = GumbelSoftmax.PaperTau, double noiseScale = 1) : StepLaw
{
    private const double Floor = 1e-6, Border = -3;
    private static readonly Scalar Low = Scalars.Of(-1.5), High = Scalars.Of(3), Mask = Scalars.Of(Border);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) =>
        new GumbelReference(settings.Tau ?? GumbelSoftmax.PaperTau, settings.NoiseScale ?? 1);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var logP = Floored(support.LogP); // (B, K): fillers have log 1e-6
        var noise = Gumbel(uniforms, support.LogP.dtype).clamp(Low, High);
        var values = logP.Plus(noiseScale == 1 ? noise : noise.Times(noiseScale));
        return new ThoughtRecord(
            Filled(support).MoveToOuterDisposeScope(), ones_like(support.Kept).MoveToOuterDisposeScope(), support.LogP,
            values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => GumbelSoftmax.Mixture(record.Values, tau);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var log = Floored(logP); // (N, K)
        var e = Closed(record.Values, record.Kept).sub(log).clamp(Low, High);
        var counted = log.detach().gt(Mask).logical_and(record.Kept).to(log.dtype);
        return e.Plus(e.neg().exp()).neg().mul(counted).sum(-1).div(counted.sum(-1)).MoveToOuterDisposeScope(); // (N)
    }

    private static Tensor Floored(Tensor logP)
    {
        using var scope = NewDisposeScope();
        return logP.exp().Plus(Floor).log().MoveToOuterDisposeScope();
    }

    /// <summary>Stored ids with the lowest ids that are not kept in the closed slots, (B, K).</summary>
    private static Tensor Filled(Support support)
    {
        var slots = support.Ids.shape[1];
        // Among 2K ids at least K are not kept. A used id gets the lowest key, so the first K of the sorted are the lowest unused.
        var lowest = Enumerable.Range(0, 2 * (int)slots).Select(i => (long)i).ToArray();
        var candidates = Scalars.Upload(lowest, support.Ids.device, 1, 2 * slots)
            .expand(support.Ids.shape[0], 2 * slots); // (B, 2K)
        var kept = support.Ids.masked_fill(support.Kept.logical_not(), Scalars.MinusOne); // (B, K)
        var used = candidates.unsqueeze(2).eq(kept.unsqueeze(1)).any(2, false);           // (B, 2K)
        var unused = candidates.masked_fill(used, Scalars.OfLong(long.MaxValue)).sort(-1).Values
            .narrow(1, 0, slots); // (B, K)
        // Closed slots stand behind the kept ones: the first of them takes the lowest.
        var place = support.Kept.logical_not().to(ScalarType.Int64).cumsum(-1).add(Scalars.MinusOne, Scalars.One)
            .clamp_min(Scalars.OfLong(0)); // (B, K)
        return where(support.Kept, support.Ids, unused.gather(1, place));
    }
}
