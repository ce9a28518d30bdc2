using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// SAPO (arXiv 2511.20347): in place of the clip a soft gate, −A · σ(τ (r − 1)) · 4/τ, whose slope is 1 at r = 1
/// and falls off on both sides, faster for negative advantages.
/// </summary>
public static class Sapo
{
    /// <summary>The loss of every step, to be minimised.</summary>
    /// <param name="logRatio">(N): log-density now minus old.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="positive">τ where A &gt; 0.</param>
    /// <param name="negative">τ elsewhere.</param>
    /// <param name="limit">The largest |log-ratio|.</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(
        Tensor logRatio, Tensor advantages, double positive, double negative, double limit = Ratio.LargestLog)
    {
        using var scope = NewDisposeScope();
        var rising = advantages.gt(Scalars.Of(0)).to(advantages.dtype);
        var tau = rising.Times(positive - negative).Plus(negative);                              // (N)
        var gate = Ratio.Of(logRatio, limit).Plus(-1).mul(tau).sigmoid().Times(4).div(tau);      // (N)
        return gate.mul(advantages).neg().MoveToOuterDisposeScope();                             // (N)
    }
}
