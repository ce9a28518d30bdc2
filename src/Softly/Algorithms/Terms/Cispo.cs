using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// CISPO (MiniMax-M1, arXiv 2506.13585, eqs. 4 and 5): the ratio is a held weight without gradient, so that no step loses its
/// gradient: −sg(held ratio) · A · log p.
/// </summary>
public static class Cispo
{
    /// <summary>The loss of every step, to be minimised.</summary>
    /// <param name="logDensity">(N), with gradient.</param>
    /// <param name="logRatio">(N): log-density now minus old.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="least">The ratio is held above this; null for no lower bound.</param>
    /// <param name="most">The ratio is held below this, an absolute number and not a distance from 1.</param>
    /// <param name="limit">The largest |log-ratio|.</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(
        Tensor logDensity, Tensor logRatio, Tensor advantages, double? least, double most, double limit = Ratio.LargestLog)
    {
        using var scope = NewDisposeScope();
        var ratio = Ratio.Of(logRatio.detach(), limit);
        var held = least is { } low ? ratio.clamp(Scalars.Of(low), Scalars.Of(most)) : ratio.clamp_max(Scalars.Of(most)); // (N)
        return held.mul(advantages).mul(logDensity).neg().MoveToOuterDisposeScope();                                     // (N)
    }

    /// <summary>Which steps' weights are held from below and from above, (N) each, as 0 or 1.</summary>
    public static (Tensor Low, Tensor High) Held(Tensor logRatio, double? least, double most)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var ratio = logRatio.exp();
        var low = least is { } bound ? ratio.lt(Scalars.Of(bound)) : zeros_like(ratio);
        return (low.to(logRatio.dtype).MoveToOuterDisposeScope(),
            ratio.gt(Scalars.Of(most)).to(logRatio.dtype).MoveToOuterDisposeScope());
    }
}
