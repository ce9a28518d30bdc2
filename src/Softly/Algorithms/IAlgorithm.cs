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

    /// <summary>What the loss needs to know of a step besides its log-density.</summary>
    ScoreNeeds Needs { get; }

    /// <summary>True where the frozen reference must be at hand, for its log-densities or for divergences.</summary>
    bool NeedsReferenceModel => NeedsReference || (Needs & (ScoreNeeds.Divergences | ScoreNeeds.Anchors)) != 0;

    /// <summary>Advantages of all groups of a training step.</summary>
    /// <param name="groups">P groups.</param>
    /// <returns>P lists of G advantages.</returns>
    IReadOnlyList<double[]> Advantages(IReadOnlyList<ScoredGroup> groups);

    /// <summary>Measures an update to be, so that its micro-batches add up.</summary>
    /// <param name="scored">The rollouts that have a loss.</param>
    /// <param name="rollouts">How many there are, those without a loss counted.</param>
    UpdateSize Measure(IReadOnlyList<Rollout> scored, int rollouts) => new(scored.Sum(r => (long)r.ScoredSteps), rollouts);

    /// <summary>The loss of a micro-batch, already divided by the whole update's size: micro-batches add up.</summary>
    /// <param name="scores">The policy's, with gradient.</param>
    /// <param name="batch">The rest: advantages, old and reference log-densities.</param>
    /// <param name="size">Of the whole update.</param>
    LossTerms Loss(StepScores scores, RolloutBatch batch, UpdateSize size);
}

/// <summary>What advantages are made of.</summary>
/// <param name="Rewards">G; NaN for a rollout nobody could score.</param>
/// <param name="Lengths">G: scored steps of each rollout.</param>
public sealed record ScoredGroup(double[] Rewards, int[] Lengths);

/// <summary>How much goes into one update.</summary>
/// <param name="Steps">Scored steps.</param>
/// <param name="Rollouts">Rollouts, those without a scored step counted.</param>
public readonly record struct UpdateSize(long Steps, int Rollouts)
{
    /// <summary>Steps with less entropy, in nats, get no policy loss; null (the default) where all do.</summary>
    public double? LeastEntropy { get; init; }
}

/// <summary>A loss and what to report of it.</summary>
/// <param name="Total">Scalar, with gradient.</param>
/// <param name="Names">What the entries of the report mean.</param>
/// <param name="Report">
/// (<paramref name="Names"/>) float64, without gradient: what a micro-batch adds to the update's figure; where a name ends in
/// <c>/max</c>, the micro-batch's largest.
/// </param>
public sealed record LossTerms(Tensor Total, IReadOnlyList<string> Names, Tensor Report);
