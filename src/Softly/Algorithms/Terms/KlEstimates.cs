using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// Estimates of the divergence from a frozen reference, from log-densities of what was drawn (Schulman, "Approximating KL
/// divergence", 2020).
/// </summary>
public static class KlEstimates
{
    /// <summary>
    /// k3: e^δ − δ − 1 with δ = log reference − log policy. Never negative, and 0 only where the two agree. Held below
    /// <paramref name="most"/> as in the published code, so that one odd step cannot rule the loss.
    /// </summary>
    /// <param name="logDensity">(N).</param>
    /// <param name="reference">(N).</param>
    /// <param name="most">The largest value of a step; null for no bound.</param>
    public static Tensor K3(Tensor logDensity, Tensor reference, double? most = 10)
    {
        using var scope = NewDisposeScope();
        var delta = reference.sub(logDensity);
        // Where the bound holds anyway e^δ must not become infinite: 0 · ∞ would be the gradient.
        var k3 = most is { } bound
            ? Unbounded(delta.clamp_max(Scalars.Of(bound + 1))).clamp_max(Scalars.Of(bound))
            : Unbounded(delta);
        return k3.MoveToOuterDisposeScope();
    }

    private static Tensor Unbounded(Tensor delta) => delta.exp().sub(delta).Plus(-1);
}
