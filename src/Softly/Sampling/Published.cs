using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>What the laws of the published SofT-GRPO code have in common (docs/algorithms/soft-grpo-reference.md).</summary>
internal static class Published
{
    /// <summary>
    /// The mean of the terms that are counted; NaN where none is, as published. Which are counted is decided by the current
    /// policy and has no gradient.
    /// </summary>
    /// <param name="terms">(N, K), finite.</param>
    /// <param name="counted">(N, K) bool.</param>
    /// <returns>(N).</returns>
    public static Tensor Mean(Tensor terms, Tensor counted)
    {
        using var scope = NewDisposeScope();
        var weights = counted.to(terms.dtype); // (N, K)
        return terms.mul(weights).sum(-1).div(weights.sum(-1)).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>
    /// The support's ids with the lowest tokens that are not kept in its closed slots: tokens of probability 0 with which the
    /// published sampler fills up, and which its training scores too.
    /// </summary>
    /// <returns>(B, K) int64.</returns>
    public static Tensor Filled(Support support)
    {
        using var scope = NewDisposeScope();
        long rows = support.Ids.shape[0], slots = support.Ids.shape[1], enough = 2 * slots;
        // Of the first 2K ids at most K are kept, so K or more are not.
        var beyond = Scalars.OfLong(enough);
        var at = support.Ids.masked_fill(support.Kept.logical_not(), beyond).clamp_max(beyond); // (B, K)
        var used = support.Kept.new_zeros([rows, enough + 1], ScalarType.Bool)
            .scatter(1, at, ones_like(support.Kept)).narrow(1, 0, enough); // (B, 2K)
        var numbers = Enumerable.Range(0, (int)enough).Select(i => (long)i).ToArray();
        var candidates = Scalars.Upload(numbers, support.Ids.device, 1, enough).expand(rows, enough); // (B, 2K)
        var unused = candidates.masked_fill(used, beyond).sort(-1).Values; // (B, 2K)
        var place = support.Kept.logical_not().to(ScalarType.Int64).cumsum(-1).add(Scalars.MinusOne, Scalars.One)
            .clamp_min(Scalars.OfLong(0)); // (B, K): the first closed slot takes the lowest
        return where(support.Kept, support.Ids, unused.gather(1, place)).MoveToOuterDisposeScope();
    }

    /// <summary>The row form: closed slots get the lowest tokens that are not kept, and count as kept.</summary>
    public static void Fill(in ThoughtRow row)
    {
        var (kept, next) = (row.Count, 0L);
        for (var i = kept; i < row.Ids.Length; i++, next++)
        {
            while (row.Ids[..kept].Contains(next)) next++;
            (row.Ids[i], row.Kept[i]) = (next, true);
        }
    }

    /// <summary>A record in which filler slots count as kept.</summary>
    /// <param name="support">What could be drawn.</param>
    /// <param name="values">(B, K): what was; filler slots have values too.</param>
    public static ThoughtRecord Record(Support support, Tensor values) =>
        new(Filled(support), ones_like(support.Kept), support.LogP, values) { Members = support.Members };
}
