using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// What the published SofT-GRPO code computes in its "Dirichlet" ablation, for comparison with its numbers: the draws of
/// <see cref="Gamma"/>, scored by the mean, over components whose <em>current</em> p is above 0.05, of the log-density of
/// Gamma(α·p, 1) at x, each clamped to [−5, 3]. The record is log x.
/// </summary>
/// <remarks>
/// No density of its draws, for the same reasons as <see cref="GumbelReference"/>. The mixture is x/Σx, which the rollout was fed
/// with; the published training fed softmax(x/τ) instead, so its model was trained on other inputs than it had thought with, and
/// the curves of its ablation cannot be had here. Slots that top-p closed stay closed: the published sampler stops at them, because
/// their shape is 0. α is 1 in the code, and was 4 in one of the paper's curves.
/// </remarks>
/// <param name="concentration">α.</param>
[Law("gamma-reference", nameof(LawSettings.Concentration))]
public sealed class GammaReference(double concentration = 1) : StepLaw
{
    /// <summary>Components at or below this probability are not counted.</summary>
    internal const double Border = 0.05;

    private static readonly Scalar Low = Scalars.Of(-5), High = Scalars.Of(3), CountedFrom = Scalars.Of(Border);

    private readonly Gamma _draws = new(concentration);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GammaReference(settings.Concentration ?? 1);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => _draws.UniformCount(kept, hidden);

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => _draws.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _draws.Weights(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var logX = Closed(record.Values, record.Kept).to(ScalarType.Float64);                   // (N, K)
        var shape = Gamma.Shape(logP, record.Kept, _draws.Concentration);                       // (N, K)
        var terms = Gamma.LogPower(logX, shape).sub(logX).sub(logX.exp()).clamp(Low, High);     // (N, K)
        var counted = GaussianProbabilities.P(logP.detach(), record.Kept).gt(CountedFrom);      // (N, K)
        return Published.Mean(terms, counted).to(logP.dtype).MoveToOuterDisposeScope();         // (N)
    }
}
