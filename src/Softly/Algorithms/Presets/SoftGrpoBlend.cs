using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// SofT-GRPO's thoughts (arXiv 2511.06411) scored by a blend of the density of the mixture and that of the winner, by the
/// entropy of the step: see <see cref="Sampling.GumbelBlend"/>.
/// </summary>
[Method("soft-grpo-blend")]
public static class SoftGrpoBlend
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "SofT-GRPO scored by mixture and winner, blended by entropy",
        Law = "gumbel-blend",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
