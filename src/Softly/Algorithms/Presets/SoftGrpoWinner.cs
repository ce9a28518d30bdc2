using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// SofT-GRPO's thoughts (arXiv 2511.06411) scored by the log-probability of their largest component: the discrete score on soft
/// rollouts, the last step of the ladder from the density of the noise over that of the mixture.
/// </summary>
[Method("soft-grpo-winner")]
public static class SoftGrpoWinner
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "SofT-GRPO scored by its largest component",
        Law = "gumbel-winner",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
