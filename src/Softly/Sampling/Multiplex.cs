using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Multiplex Thinking (arXiv 2601.08808): M independent draws from p, fed as one mixture; the log-density is Σ log p over the
/// draws. One draw is discrete thinking, to the last bit; at a confident step several are too. CoT2's multi-token sampling
/// (arXiv 2505.23648) is the same rollout.
/// </summary>
/// <remarks>
/// The record counts how often each token was drawn, and marks the first draw with another quarter: it is the thought's text,
/// and ends thinking with exactly the probability that a discrete token has. The order of the draws never reaches the model.
/// Published with the whole vocabulary as support, and weighted by default; here draws come from the kept set, which must be
/// stored (top_k up to 1024).
/// </remarks>
/// <param name="draws">M; published with 3.</param>
/// <param name="weights">Every draw alike, or by its probability (what the published code calls weighted).</param>
[Law("multiplex", nameof(LawSettings.Draws), nameof(LawSettings.Weights))]
public sealed class Multiplex(int draws = 3, DrawWeights weights = DrawWeights.Mean) : SeparableLaw
{
    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Multiplex(settings.Draws ?? 3, settings.Weights ?? DrawWeights.Mean);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => draws * kept;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var noise = Gumbel(uniforms, support.LogP.dtype).reshape(support.LogP.shape[0], draws, -1); // (B, M, K)
        var drawn = Categorical.OneHot(support.LogP.unsqueeze(1).Plus(noise));                      // (B, M, K)
        var values = drawn.sum(1).Plus(drawn.select(1, 0).mul(Mark));                               // (B, K)
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Winner(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        return Closed(record.Values, record.Kept).sub(Counts(record)).argmax(-1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var shares = Counts(record); // (N, K)
        if (weights == DrawWeights.Probability) shares = shares.mul(record.P());
        return shares.div(shares.sum(-1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        var (k, first) = (row.Values.Length, 0);
        row.Values.Clear();
        for (var draw = 0; draw < draws; draw++)
        {
            var (best, highest) = (0, float.NegativeInfinity);
            for (var i = 0; i < k; i++)
            {
                if (!row.Kept[i]) continue;
                var key = row.LogP[i] + RowMath.Gumbel(uniforms[(draw * k) + i]);
                if (key > highest) (best, highest) = (i, key);
            }
            row.Values[best] += draw == 0 ? 1.25f : 1;
            if (draw == 0) first = best;
        }
        var sum = 0f;
        for (var i = 0; i < k; i++)
        {
            var count = MathF.Floor(row.Values[i]);
            sum += row.Weights[i] = weights == DrawWeights.Probability && count > 0 ? count * MathF.Exp(row.LogP[i]) : count;
        }
        for (var i = 0; i < k; i++) row.Weights[i] /= sum;
        return first;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var sum = 0.0;
        for (var i = 0; i < logP.Length; i++)
            if (row.Values[i] > 0) sum += Math.Floor(row.Values[i]) * logP[i];
        return sum;
    }

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP) => Closed(logP, record.Kept);

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        return Closed(record.Values, record.Kept).floor().MoveToOuterDisposeScope();
    }

    /// <summary>M·(1 − Σp²).</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => draws * Categorical.Variance(p);

    /// <summary>M times the categorical one.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        return Categorical.Between(record.Kept, logP, logQ).Times(draws).MoveToOuterDisposeScope();
    }

    private static readonly Scalar Mark = Scalars.Of(0.25);
}
