using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// How a thought is chosen from the kept tokens: both halves, the draw and its log-density, stand in one type, and every law
/// is tested with itself (the mean score is 0, the mean ratio is 1, draws follow the density). To add a law, add
/// one class with its <see cref="LawAttribute"/> and <c>From</c>.
/// </summary>
/// <remarks>Immutable and free of tensors of its own: one instance serves all threads.</remarks>
public abstract class StepLaw
{
    /// <summary>The name a recipe uses (<see cref="LawAttribute"/>).</summary>
    public string Name => GetType().GetCustomAttribute<LawAttribute>()?.Name ?? GetType().Name;

    /// <summary>
    /// True where <see cref="LogDensity"/> is the density of what <see cref="Draw"/> draws, and not a stand-in.
    /// </summary>
    public abstract bool IsExact { get; }

    /// <summary>False for laws without a density: they can be sampled and evaluated, but not trained.</summary>
    public virtual bool CanTrain => true;

    /// <summary>Draws what is recorded of a step.</summary>
    /// <param name="support">The kept tokens, (B, K).</param>
    /// <param name="uniforms">(B, K) float64 in (0, 1), one for every slot.</param>
    /// <returns>(B, K): the record's values; −∞ in slots that are not kept. The largest is the winner.</returns>
    public abstract Tensor Draw(Support support, Tensor uniforms);

    /// <summary>The mixture that the next position is fed with, from the record alone.</summary>
    /// <param name="values">(N, K) as drawn.</param>
    /// <returns>(N, K): weights that sum to 1; 0 in slots that are not kept.</returns>
    public abstract Tensor Weights(Tensor values);

    /// <summary>The log-density of the record under a policy, given the kept set.</summary>
    /// <param name="values">(N, K) as drawn: data, no gradient flows into it.</param>
    /// <param name="kept">(N, K) bool.</param>
    /// <param name="logP">(N, K): the policy's log-probabilities renormalised over the kept slots.</param>
    /// <returns>(N).</returns>
    public abstract Tensor LogDensity(Tensor values, Tensor kept, Tensor logP);

    /// <summary>
    /// Log-probabilities over the kept slots from logits of the stored ids: what <see cref="LogDensity"/> takes.
    /// </summary>
    /// <param name="logits">(N, K): logits of the stored ids under a policy.</param>
    /// <param name="kept">(N, K) bool.</param>
    /// <param name="temperature">The temperature of the draw.</param>
    public static Tensor Renormalized(Tensor logits, Tensor kept, double temperature)
    {
        using var scope = NewDisposeScope();
        var scaled = temperature == 1 ? logits : logits.mul(Scalars.Of(1 / temperature));
        return scaled.masked_fill(kept.logical_not(), Scalars.MinusInfinity).log_softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>The refusal of laws whose winner must follow p.</summary>
    protected static ArgumentException NoScale(string name) => new(
        $"thinking_law {name} needs noise_factor: 1, because only then does the winner follow p; "
        + "use gumbel-softmax for another scale");

    /// <summary>
    /// Standard Gumbel noise from uniforms, ε = −log(−log u), in double: single precision cannot tell u from 1 in the upper tail.
    /// </summary>
    protected static Tensor Gumbel(Tensor uniforms, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return uniforms.to(ScalarType.Float64).log().neg_().log_().neg_().to(type).MoveToOuterDisposeScope();
    }
}
