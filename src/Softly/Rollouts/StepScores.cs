using static TorchSharp.torch;

namespace Softly.Rollouts;

/// <summary>What a loss may ask a replay for besides the log-density of every step.</summary>
[Flags]
public enum ScoreNeeds
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Log-densities of every component of a thought.</summary>
    Components = 1,

    /// <summary>The divergence from the frozen reference in closed form.</summary>
    Divergences = 2,

    /// <summary>Entropies of the whole next-token distributions.</summary>
    Entropies = 4,

    /// <summary>How far the frozen reference is from the policy at thoughts.</summary>
    Anchors = 8,
}

/// <summary>What a replay found for N steps.</summary>
/// <param name="LogDensities">(N), or (N, C) where components were asked for; with gradient.</param>
public sealed record StepScores(Tensor LogDensities)
{
    /// <summary>
    /// (N, C): how often each component counts, 0 where it is unused; a step's log-density is Σ counts · components. Null where
    /// components were not asked for.
    /// </summary>
    public Tensor? Counts { get; init; }

    /// <summary>
    /// (N) nats, with gradient: KL(policy ‖ reference), the law's own on thoughts and the categorical one on tokens, over the whole
    /// vocabulary or, where a token was drawn from a stored set, over that. Null where it was not asked for.
    /// </summary>
    public Tensor? Divergences { get; init; }

    /// <summary>
    /// (N) nats, with gradient: KL(reference ‖ policy) of the whole next-token distribution at the thinking temperature; 0 at
    /// steps that are no thoughts. Null where it was not asked for.
    /// </summary>
    public Tensor? Anchors { get; init; }

    /// <summary>(N) nats, with gradient: entropy of the whole next-token distribution. Null where it was not asked for.</summary>
    public Tensor? Entropies { get; init; }
}
