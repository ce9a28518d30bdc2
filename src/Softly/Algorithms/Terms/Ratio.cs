using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>From log-densities to importance ratios: held where they would leave all numbers, and of whole rollouts.</summary>
public static class Ratio
{
    /// <summary>e to this is near the largest number of single precision.</summary>
    public const double LargestLog = 80;

    /// <summary>
    /// e^x with x held within ± <paramref name="limit"/>, where it has no gradient: an infinite ratio would make 0 · ∞ of the
    /// gradient where a clip holds it.
    /// </summary>
    /// <param name="logRatio">Any shape.</param>
    /// <param name="limit">The largest |x|.</param>
    public static Tensor Of(Tensor logRatio, double limit = LargestLog)
    {
        using var scope = NewDisposeScope();
        return Held(logRatio, limit).exp().MoveToOuterDisposeScope();
    }

    /// <summary>x within ± <paramref name="limit"/>.</summary>
    public static Tensor Held(Tensor logRatio, double limit) => logRatio.clamp(Scalars.Of(-limit), Scalars.Of(limit));

    /// <summary>
    /// The log-ratio of whole rollouts, normalised by length, in the form whose gradient goes to each step's own log-density
    /// (GSPO, arXiv 2507.18071, eqs. 7 and 13): the mean over the rollout's steps, without gradient, plus log p − sg(log p).
    /// </summary>
    /// <param name="logDensity">(N), with gradient.</param>
    /// <param name="logRatio">(N): now minus old.</param>
    /// <param name="row">(N) int64: which rollout a step belongs to.</param>
    /// <param name="lengths">(N): the length of the step's rollout.</param>
    /// <param name="rollouts">R: rollouts of the batch.</param>
    /// <returns>(N): alike at all steps of a rollout.</returns>
    public static Tensor OfSequence(Tensor logDensity, Tensor logRatio, Tensor row, Tensor lengths, int rollouts)
    {
        using var scope = NewDisposeScope();
        var mean = PerRollout.Mean(logRatio.detach(), row, lengths, rollouts);                // (N)
        return logDensity.sub(logDensity.detach()).Plus(mean).MoveToOuterDisposeScope();      // (N)
    }
}
