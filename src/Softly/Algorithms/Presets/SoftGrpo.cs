using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// SofT-GRPO (arXiv 2511.06411, eqs. 8–12): GRPO whose thoughts are Gumbel-Softmax mixtures. A soft step's ratio is that of the
/// density of the noisy log-probabilities; answer steps have the usual one. A mean over each rollout's steps, then over the
/// group, β 0.001 with k3, ε 0.2, the deviation with 1e-6; dual clip 3 as in its code. Where the published code departs from the
/// paper (clamped noise, a mean over a mask that depends on the policy, steps that all weigh the same) this is the paper;
/// <c>loss_type: dapo</c> makes all steps weigh the same.
/// </summary>
[Method("soft-grpo")]
public static class SoftGrpo
{
    /// <summary>The paper's setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "thoughts are Gumbel-Softmax mixtures, scored by the density of their noisy log-probabilities",
        Law = "gumbel-softmax",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = new LossOptions
        {
            Aggregation = Aggregation.SequenceMean, Beta = 0.001, AdvantageEpsilon = 1e-6, DualClip = 3,
        },
    };
}
