using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// PPO's clipped surrogate per step (arXiv 1707.06347, eq. 7) with a low and a high bound (DAPO's clip-higher, arXiv 2503.14476,
/// eq. 8) and the dual clip (arXiv 1912.09729, eq. 5).
/// </summary>
public static class ClippedRatio
{
    /// <summary>The loss of every step, to be minimised. Any shape; all inputs alike or broadcast.</summary>
    /// <param name="logRatio">(N): log-density now minus old.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="low">The ratio is held above 1 − low.</param>
    /// <param name="high">The ratio is held below 1 + high.</param>
    /// <param name="dual">For negative advantages the loss is held below dual · |A|; null for no dual clip.</param>
    /// <param name="limit">The largest |log-ratio|; see <see cref="Ratio.Of"/>.</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(
        Tensor logRatio, Tensor advantages, double low, double high, double? dual, double limit = Ratio.LargestLog)
    {
        using var scope = NewDisposeScope();
        var ratio = Ratio.Of(logRatio, limit);
        var free = ratio.mul(advantages);
        var held = ratio.clamp(Scalars.Of(1 - low), Scalars.Of(1 + high)).mul(advantages);
        var gain = minimum(free, held);
        if (dual is { } c)
        {
            var floor = advantages.mul(Scalars.Of(c));
            gain = where(advantages.lt(Scalars.Of(0)), maximum(gain, floor), gain);
        }
        return gain.neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Which steps lose their gradient to the low bound (A &lt; 0) and to the high one (A &gt; 0), (N) each, as 0 or 1.
    /// </summary>
    public static (Tensor Low, Tensor High) Clipped(Tensor logRatio, Tensor advantages, double low, double high)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var ratio = logRatio.exp();
        var below = ratio.lt(Scalars.Of(1 - low)).logical_and(advantages.lt(Scalars.Of(0)));
        var above = ratio.gt(Scalars.Of(1 + high)).logical_and(advantages.gt(Scalars.Of(0)));
        return (below.to(logRatio.dtype).MoveToOuterDisposeScope(), above.to(logRatio.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Which steps lose their gradient to the dual clip, (N) as 0 or 1.</summary>
    public static Tensor DualClipped(Tensor logRatio, Tensor advantages, double dual)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var held = logRatio.exp().gt(Scalars.Of(dual)).logical_and(advantages.lt(Scalars.Of(0)));
        return held.to(logRatio.dtype).MoveToOuterDisposeScope();
    }
}
