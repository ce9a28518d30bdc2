using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// SofT-GRPO (arXiv 2511.06411) with the density of the mixture in place of that of the noise (Concrete distribution,
/// arXiv 1611.00712, eq. 10): the same thoughts, and no gradient noise from a shift of the noise that never reaches the model.
/// </summary>
[Method("soft-grpo-concrete")]
public static class SoftGrpoConcrete
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "SofT-GRPO scored by the density of the mixture itself",
        Law = "concrete",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
