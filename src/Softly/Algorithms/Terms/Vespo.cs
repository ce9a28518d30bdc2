using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>The shape of VESPO's weight for one sign of the advantage.</summary>
/// <param name="K">k: how fast the weight rises from ratio 0.</param>
/// <param name="Lambda">λ: how fast it falls off for large ratios; at least 1e-4.</param>
public readonly record struct VespoShape(double K, double Lambda);

/// <summary>
/// VESPO (arXiv 2602.10693, with TRL's names): the ratio w of the whole rollout, not normalised by length, becomes a weight
/// φ(w) = w^k · e^(λ (1 − w)) without gradient, which is 1 at w = 1: −φ · A · log p.
/// </summary>
public static class Vespo
{
    /// <summary>The largest |log-ratio| of a step, and the largest of a rollout.</summary>
    private const double Most = 20;

    /// <summary>The smallest ratio of a rollout, and of a step's mismatch.</summary>
    private static readonly double Least = Math.Log(1e-8);

    /// <summary>φ of the rollout, at each of its steps, without gradient.</summary>
    /// <param name="logRatio">(N): log-density now minus old.</param>
    /// <param name="advantages">(N): alike at all steps of a rollout.</param>
    /// <param name="row">(N) int64: which rollout a step belongs to.</param>
    /// <param name="rollouts">R: rollouts of the batch.</param>
    /// <param name="positive">Where A ≥ 0.</param>
    /// <param name="negative">Where A &lt; 0.</param>
    /// <param name="mismatch">
    /// (N): weights for the gap between rollout and trainer, which enter the ratio here; null for none.
    /// </param>
    /// <returns>(N).</returns>
    public static Tensor Weights(
        Tensor logRatio, Tensor advantages, Tensor row, int rollouts, VespoShape positive, VespoShape negative,
        Tensor? mismatch = null)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var steps = Ratio.Held(logRatio.detach(), Most);                                                       // (N)
        if (mismatch is not null) steps = steps.Plus(mismatch.log().clamp(Scalars.Of(Least), Scalars.Of(Most)));
        var log = PerRollout.Sum(steps, row, rollouts).clamp(Scalars.Of(Least), Scalars.Of(Most));             // (N)
        var rising = advantages.ge(Scalars.Of(0)).to(log.dtype);                                               // (N)
        var k = rising.Times(positive.K - negative.K).Plus(negative.K);                                        // (N)
        double up = Math.Max(1e-4, positive.Lambda), down = Math.Max(1e-4, negative.Lambda);
        var lambda = rising.Times(up - down).Plus(down);                                                       // (N)
        // e^(λ − λw) with w up to e^20 is 0, never infinite; w^k · e^λ may be, and then the whole is 0.
        var phi = lambda.Plus(k.mul(log)).sub(lambda.mul(log.exp())).exp();
        return phi.nan_to_num(0, 0, 0).MoveToOuterDisposeScope();                                              // (N)
    }

    /// <summary>The loss of every step, to be minimised.</summary>
    /// <param name="logDensity">(N), with gradient.</param>
    /// <param name="weights">(N): φ.</param>
    /// <param name="advantages">(N).</param>
    /// <returns>(N).</returns>
    public static Tensor Loss(Tensor logDensity, Tensor weights, Tensor advantages)
    {
        using var scope = NewDisposeScope();
        return weights.mul(advantages).mul(logDensity).neg().MoveToOuterDisposeScope();
    }
}
