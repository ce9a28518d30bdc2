using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>How the losses of steps become one number: a weight for each step, whose weighted sum is the loss.</summary>
public enum Aggregation
{
    /// <summary>Every step of the update weighs the same (DAPO, arXiv 2503.14476, eq. 8; verl's token-mean; BNPO).</summary>
    TokenMean,

    /// <summary>A mean over each rollout's steps, then over rollouts (GRPO, arXiv 2402.03300, eq. 3).</summary>
    SequenceMean,

    /// <summary>A sum over each rollout's steps, then a mean over rollouts.</summary>
    SequenceSum,

    /// <summary>
    /// A sum over all steps, divided by rollouts times a constant length (Dr. GRPO, arXiv 2503.20783).
    /// </summary>
    Constant,
}

/// <summary>
/// The weights of an <see cref="Aggregation"/>. They are those of the whole update, so losses of micro-batches add up to its
/// loss, however it is cut; where others divide by what their local batch holds (BNPO, several trainers' token mean), the
/// update is the batch here.
/// </summary>
public static class StepWeights
{
    /// <summary>The weight of each step.</summary>
    /// <param name="aggregation">How steps add up.</param>
    /// <param name="lengths">(N): the length of the step's rollout.</param>
    /// <param name="steps">Scored steps of the whole update.</param>
    /// <param name="rollouts">Rollouts of the whole update.</param>
    /// <param name="constant">The constant length, in steps; for <see cref="Aggregation.Constant"/> alone.</param>
    /// <returns>(N) of the type of <paramref name="lengths"/>.</returns>
    public static Tensor Of(Aggregation aggregation, Tensor lengths, long steps, double rollouts, double constant)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var divisor = aggregation switch
        {
            Aggregation.TokenMean => steps,
            Aggregation.SequenceMean or Aggregation.SequenceSum => rollouts,
            Aggregation.Constant => rollouts * constant,
            _ => throw new ArgumentOutOfRangeException(nameof(aggregation), aggregation, "an aggregation"),
        };
        // A number that changes is not a Scalar.
        var one = Scalars.Upload(new[] { 1 / (double)divisor }, lengths.device, 1).to(lengths.dtype);          // (1)
        var weights = aggregation == Aggregation.SequenceMean ? one.div(lengths) : one.expand_as(lengths);
        return weights.MoveToOuterDisposeScope();                                                              // (N)
    }
}
