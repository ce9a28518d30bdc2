using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms;

/// <summary>
/// How rewards become a gradient: numbers in, numbers out. An algorithm sees log-densities, advantages and grades, never a model.
/// </summary>
public interface IAlgorithm
{
    /// <summary>The name a recipe uses.</summary>
    string Name { get; }

    /// <summary>The thinking law the method was published with; null for discrete thinking.</summary>
    StepLaw? Law { get; }

    /// <summary>True where the loss needs log-densities under the frozen reference.</summary>
    bool NeedsReference { get; }

    /// <summary>Advantages of one group.</summary>
    /// <param name="rewards">G rewards.</param>
    /// <returns>G advantages.</returns>
    IReadOnlyList<double> Advantages(IReadOnlyList<double> rewards);

    /// <summary>The loss of a micro-batch, already divided by the whole update's number of steps: micro-batches add up.</summary>
    /// <param name="logDensities">(N) under the policy, with gradient.</param>
    /// <param name="batch">The rest: advantages, old and reference log-densities.</param>
    /// <param name="steps">How many steps the whole update has.</param>
    LossTerms Loss(Tensor logDensities, RolloutBatch batch, long steps);
}

/// <summary>A loss and what to report of it.</summary>
/// <param name="Total">Scalar, with gradient.</param>
/// <param name="Report">
/// (<see cref="Names"/>) float64 sums over the micro-batch's steps, already divided by the update's steps, without gradient.
/// </param>
public sealed record LossTerms(Tensor Total, Tensor Report)
{
    /// <summary>What the entries of <see cref="Report"/> mean.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["policy_loss", "kl", "clip_ratio/low_mean", "clip_ratio/high_mean", "ratio/mean", "ratio/square", "log_ratio/mean"];
}
