using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// What is stored of N thoughts: everything random, and the policy that drew them, so that inputs and densities can be had again
/// from it alone.
/// </summary>
/// <param name="Ids">(N, K) int64: stored tokens. A law may add slots that are fed but not scored.</param>
/// <param name="Kept">(N, K) bool: the slots that could be drawn, and are scored.</param>
/// <param name="LogP">(N, K): log-probabilities under the policy that drew; −∞ in slots without any.</param>
/// <param name="Values">(N, C): what the law drew; C is K for most laws.</param>
public sealed record ThoughtRecord(Tensor Ids, Tensor Kept, Tensor LogP, Tensor Values)
{
    /// <summary>
    /// (N, K, D): embedding rows of the stored tokens, for laws that ask for them (<see cref="StepLaw.NeedsEmbedding"/>).
    /// </summary>
    public Tensor? Rows { get; init; }

    /// <summary>
    /// (N) int64: the number of each thought's rollout in its group, for laws that draw by it (<see cref="GumbelLadder"/>).
    /// </summary>
    public Tensor? Members { get; init; }

    /// <summary>The record of a law that keeps the filter's set as it is.</summary>
    /// <param name="support">What could be drawn.</param>
    /// <param name="values">(N, C): what was.</param>
    public static ThoughtRecord Of(Support support, Tensor values) =>
        new(support.Ids, support.Kept, support.LogP, values) { Members = support.Members };

    /// <summary>Probabilities under the policy that drew, (N, K): 0 in slots that are not kept.</summary>
    public Tensor P()
    {
        using var scope = NewDisposeScope();
        return LogP.exp().masked_fill(Kept.logical_not(), Scalars.Of(0)).MoveToOuterDisposeScope();
    }
}
