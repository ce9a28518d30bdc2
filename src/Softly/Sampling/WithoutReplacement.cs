using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// M different tokens drawn one after the other without putting back (Mixture-of-Token GRPO, arXiv 2509.21482), fed as one
/// mixture. The log-density is Plackett and Luce's: Σ over the draws of ln (p / mass not yet drawn). Drawn as the M largest of
/// log p plus Gumbel noise, which is the same law (arXiv 1903.06059).
/// </summary>
/// <param name="draws">M; fewer where fewer tokens are kept.</param>
/// <param name="weights">By their probability among the drawn (published), or every token alike.</param>
[Law("without-replacement", nameof(LawSettings.Draws), nameof(LawSettings.Weights))]
public sealed class WithoutReplacement(int draws = 3, DrawWeights weights = DrawWeights.Probability) : StepLaw
{
    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) =>
        new WithoutReplacement(settings.Draws ?? 3, settings.Weights ?? DrawWeights.Probability);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var keys = support.LogP.Plus(Gumbel(uniforms, support.LogP.dtype)); // (B, K)
        return ThoughtRecord.Of(support, keys.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var last = Drawn(record).Keys.narrow(-1, -1, 1); // (N, 1): −∞ where fewer are kept than drawn
        var drawn = record.Values.ge(last).logical_and(record.Kept).to(record.LogP.dtype); // (N, K)
        if (weights == DrawWeights.Probability) drawn = drawn.mul(record.P());
        return drawn.div(drawn.sum(-1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var (keys, slots) = Drawn(record); // (N, M)
        var real = record.Kept.gather(-1, slots);
        // What is not yet drawn has a key no larger than the one drawn now.
        var left = record.Values.unsqueeze(1).le(keys.unsqueeze(2)).logical_and(record.Kept.unsqueeze(1)); // (N, M, K)
        // A slot that was never drawn sees the first: a finite sum in every row, counted nowhere.
        left = left.logical_or(real.logical_not().unsqueeze(2).logical_and(record.Kept.unsqueeze(1)));
        var mass = logP.unsqueeze(1).masked_fill(left.logical_not(), Scalars.MinusInfinity).logsumexp(-1); // (N, M)
        var terms = Closed(logP, record.Kept).gather(-1, slots).sub(mass);
        return Closed(terms, real).sum(-1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        GumbelSoftmax.Noisy(row, uniforms, 1);
        row.Weights.Clear();
        var (last, sum) = (-1, 0f);
        for (var draw = 0; draw < draws && Next(row, last) is >= 0 and var slot; draw++, last = slot)
            sum += row.Weights[slot] = weights == DrawWeights.Probability ? MathF.Exp(row.LogP[slot]) : 1;
        for (var i = 0; i < row.Weights.Length; i++) row.Weights[i] /= sum;
        return RowMath.Largest(row.Values);
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var (last, sum) = (-1, 0.0);
        for (var draw = 0; draw < draws && Next(row, last) is >= 0 and var slot; draw++, last = slot)
        {
            var mass = 0.0; // of what is not yet drawn, whose keys are no larger than this one's
            for (var i = 0; i < logP.Length; i++)
                if (row.Kept[i] && row.Values[i] <= row.Values[slot]) mass += Math.Exp(logP[i]);
            sum += logP[slot] - Math.Log(mass);
        }
        return sum;
    }

    /// <summary>The slot that is drawn after another, or first of all after −1; −1 where none is left.</summary>
    private static int Next(in ThoughtRow row, int last)
    {
        var at = -1;
        for (var i = 0; i < row.Values.Length; i++)
        {
            var left = last < 0 || row.Values[i] < row.Values[last] || (row.Values[i] == row.Values[last] && i > last);
            if (row.Kept[i] && left && (at < 0 || row.Values[i] > row.Values[at])) at = i;
        }
        return at;
    }

    /// <summary>The M largest keys in falling order and their slots, (N, M).</summary>
    private (Tensor Keys, Tensor Slots) Drawn(ThoughtRecord record)
    {
        var (keys, slots) = record.Values.topk((int)Math.Min(draws, record.Values.shape[1]));
        return (keys, slots);
    }
}
