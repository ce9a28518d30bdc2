using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms;

/// <summary>
/// SofT-GRPO (arXiv 2511.06411): GRPO whose thoughts are Gumbel-Softmax mixtures. A soft step's ratio is that of the density of
/// the noisy log-probabilities (eqs. 8–12); answer steps have the usual one. Where the published code departs from the paper
/// (clamped noise, a mean over a mask that depends on the policy) this is the paper.
/// </summary>
/// <param name="options">The knobs; <see cref="Defaults"/> when null.</param>
public sealed class SoftGrpo(GrpoOptions? options = null) : IAlgorithm
{
    /// <summary>The paper's setting: β 0.001, ε 0.2, advantage over the deviation; dual clip 3 as in its code.</summary>
    public static GrpoOptions Defaults { get; } = new() { Beta = 0.001, AdvantageEpsilon = 1e-6, DualClip = 3 };

    private readonly Grpo _grpo = new(options ?? Defaults);

    /// <inheritdoc />
    public string Name => "soft-grpo";

    /// <inheritdoc />
    public StepLaw? Law { get; } = new GumbelSoftmax();

    /// <inheritdoc />
    public bool NeedsReference => _grpo.NeedsReference;

    /// <inheritdoc />
    public ScoreNeeds Needs => _grpo.Needs;

    /// <inheritdoc />
    public IReadOnlyList<double[]> Advantages(IReadOnlyList<ScoredGroup> groups) => _grpo.Advantages(groups);

    /// <inheritdoc />
    public LossTerms Loss(StepScores scores, RolloutBatch batch, UpdateSize size) => _grpo.Loss(scores, batch, size);
}
