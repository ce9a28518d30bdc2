using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>What is done about a gap between the rollout engine's log-density of a step and the trainer's.</summary>
public enum MismatchCorrection
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Each step is weighed by its ratio, held below the cap.</summary>
    TokenTruncate,

    /// <summary>Each step is weighed by its ratio; steps above the cap are left out.</summary>
    TokenMask,

    /// <summary>Each rollout is weighed by its ratio, held below the cap.</summary>
    SequenceTruncate,

    /// <summary>Each rollout is weighed by its ratio; rollouts above the cap are left out.</summary>
    SequenceMask,
}

/// <summary>
/// Truncated importance sampling between the engine that drew a rollout and the trainer (Yao et al., "Your efficient RL framework
/// secretly brings you off-policy RL training", 2025; TRL's modes of the same names), and TRL's mask for rollouts that have
/// drifted too far (DeepSeek-V3.2, arXiv 2512.02556).
/// </summary>
public static class Mismatch
{
    /// <summary>The weight of each step's loss, without gradient.</summary>
    /// <param name="correction">Any but <see cref="MismatchCorrection.None"/>.</param>
    /// <param name="old">(N): the trainer's log-densities under the policy that drew the rollouts.</param>
    /// <param name="recorded">(N): the rollout engine's.</param>
    /// <param name="row">(N) int64: which rollout a step belongs to.</param>
    /// <param name="rollouts">R: rollouts of the batch.</param>
    /// <param name="cap">The largest weight.</param>
    /// <returns>(N).</returns>
    public static Tensor Weights(
        MismatchCorrection correction, Tensor old, Tensor recorded, Tensor row, int rollouts, double cap)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var gap = old.detach().sub(recorded.to(old.dtype));                                                    // (N)
        if (correction is MismatchCorrection.SequenceTruncate or MismatchCorrection.SequenceMask)
            gap = PerRollout.Sum(gap, row, rollouts);
        var ratio = Ratio.Of(gap);
        var weights = correction is MismatchCorrection.TokenTruncate or MismatchCorrection.SequenceTruncate
            ? ratio.clamp_max(Scalars.Of(cap))
            : ratio.masked_fill(ratio.gt(Scalars.Of(cap)), Scalars.OfLong(0));
        return weights.MoveToOuterDisposeScope();                                                              // (N)
    }

    /// <summary>
    /// 1 for steps of rollouts that are kept, 0 for those of rollouts with A &lt; 0 whose mean of recorded − current log-density
    /// is above a threshold: what the policy has already left is not pushed away further.
    /// </summary>
    /// <param name="logDensity">(N): the policy's.</param>
    /// <param name="recorded">(N): the rollout engine's.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="row">(N) int64.</param>
    /// <param name="lengths">(N): the length of the step's rollout.</param>
    /// <param name="rollouts">R.</param>
    /// <param name="threshold">In nats a step.</param>
    /// <returns>(N).</returns>
    public static Tensor Kept(
        Tensor logDensity, Tensor recorded, Tensor advantages, Tensor row, Tensor lengths, int rollouts, double threshold)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var drift = PerRollout.Mean(recorded.to(logDensity.dtype).sub(logDensity.detach()), row, lengths, rollouts); // (N)
        var kept = advantages.ge(Scalars.Of(0)).logical_or(drift.le(Scalars.Of(threshold)));
        return kept.to(logDensity.dtype).MoveToOuterDisposeScope();                                                  // (N)
    }
}
