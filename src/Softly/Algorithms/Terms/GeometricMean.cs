using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// GMPO (arXiv 2507.20673): the geometric mean of a rollout's ratios in place of their arithmetic mean, each log-ratio
/// held within [−low, high] on the side that its advantage pushes to: −A · exp(mean held log-ratio).
/// </summary>
public static class GeometricMean
{
    /// <summary>The loss of the rollout, at each of its steps, to be minimised.</summary>
    /// <param name="logRatio">(N): log-density now minus old.</param>
    /// <param name="advantages">(N): alike at all steps of a rollout.</param>
    /// <param name="row">(N) int64: which rollout a step belongs to.</param>
    /// <param name="lengths">(N): the length of the step's rollout.</param>
    /// <param name="rollouts">R: rollouts of the batch.</param>
    /// <param name="low">The log-ratio is held above −low.</param>
    /// <param name="high">The log-ratio is held below high.</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(
        Tensor logRatio, Tensor advantages, Tensor row, Tensor lengths, int rollouts, double low, double high)
    {
        using var scope = NewDisposeScope();
        var sign = advantages.sign();
        var held = logRatio.clamp(Scalars.Of(-low), Scalars.Of(high));
        var step = minimum(sign.mul(logRatio), sign.mul(held)).mul(sign);                        // (N)
        var ratio = Ratio.Of(PerRollout.Mean(step, row, lengths, rollouts));                     // (N)
        return ratio.mul(advantages).neg().MoveToOuterDisposeScope();                            // (N)
    }

    /// <summary>
    /// Which steps lie outside the bounds, on either side: those with A &lt; 0 and those with A &gt; 0, (N) each, as 0 or 1.
    /// </summary>
    public static (Tensor Low, Tensor High) Outside(Tensor logRatio, Tensor advantages, double low, double high)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var outside = logRatio.lt(Scalars.Of(-low)).logical_or(logRatio.gt(Scalars.Of(high)));
        return (outside.logical_and(advantages.lt(Scalars.Of(0))).to(logRatio.dtype).MoveToOuterDisposeScope(),
            outside.logical_and(advantages.gt(Scalars.Of(0))).to(logRatio.dtype).MoveToOuterDisposeScope());
    }
}
