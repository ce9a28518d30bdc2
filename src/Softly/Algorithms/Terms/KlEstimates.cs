using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>
/// Estimates of the divergence from a frozen reference, from log-densities of what was drawn (Schulman, "Approximating KL
/// divergence", 2020). k1, k2 and k3 have the same mean up to second order; only the gradient of k2 is that of the divergence
/// on average, k1's is 0 and k3's is that of the divergence the other way round.
/// </summary>
public static class KlEstimates
{
    /// <summary>k1: log policy − log reference. Unbiased, of either sign.</summary>
    /// <param name="logDensity">(N).</param>
    /// <param name="reference">(N).</param>
    public static Tensor K1(Tensor logDensity, Tensor reference) => logDensity.sub(reference);

    /// <summary>|k1|: never negative, and a gradient of ±1 everywhere but where the two agree.</summary>
    /// <inheritdoc cref="K1"/>
    public static Tensor Abs(Tensor logDensity, Tensor reference)
    {
        using var scope = NewDisposeScope();
        return logDensity.sub(reference).abs().MoveToOuterDisposeScope();
    }

    /// <summary>k2: ½ (log policy − log reference)².</summary>
    /// <inheritdoc cref="K1"/>
    public static Tensor K2(Tensor logDensity, Tensor reference)
    {
        using var scope = NewDisposeScope();
        var gap = logDensity.sub(reference);
        return gap.mul(gap).Times(0.5).MoveToOuterDisposeScope();
    }

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
