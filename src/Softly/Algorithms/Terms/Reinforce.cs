using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// The score-function estimator itself (Williams 1992), without a ratio: −A · log p. GPG (arXiv 2504.02546, eq. 5) and RLOO
/// (arXiv 2402.14740) are this with their own advantages.
/// </summary>
public static class Reinforce
{
    /// <summary>The loss of every step, to be minimised.</summary>
    /// <param name="logDensity">(N), with gradient.</param>
    /// <param name="advantages">(N).</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(Tensor logDensity, Tensor advantages)
    {
        using var scope = NewDisposeScope();
        return logDensity.mul(advantages).neg().MoveToOuterDisposeScope();
    }
}
