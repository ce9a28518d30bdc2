using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>Sums and means over the steps of each rollout, laid back onto the steps.</summary>
public static class PerRollout
{
    /// <summary>The sum over a rollout's steps, at each of its steps.</summary>
    /// <param name="values">(N).</param>
    /// <param name="row">(N) int64: which rollout a step belongs to.</param>
    /// <param name="rollouts">R: rollouts of the batch.</param>
    /// <returns>(N), with gradient.</returns>
    public static Tensor Sum(Tensor values, Tensor row, int rollouts)
    {
        using var scope = NewDisposeScope();
        var sums = zeros(rollouts, values.dtype, values.device).index_add(0, row, values, Scalars.One); // (R)
        return sums.index_select(0, row).MoveToOuterDisposeScope();                                     // (N)
    }

    /// <summary>The mean over a rollout's steps, at each of its steps.</summary>
    /// <param name="values">(N).</param>
    /// <param name="row">(N) int64.</param>
    /// <param name="lengths">(N): the length of the step's rollout.</param>
    /// <param name="rollouts">R.</param>
    /// <returns>(N), with gradient.</returns>
    public static Tensor Mean(Tensor values, Tensor row, Tensor lengths, int rollouts)
    {
        using var scope = NewDisposeScope();
        return Sum(values, row, rollouts).div(lengths.to(values.dtype)).MoveToOuterDisposeScope(); // (N)
    }
}
