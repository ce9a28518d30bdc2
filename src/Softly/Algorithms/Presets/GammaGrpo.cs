using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GRPO on mixtures of independent Gamma draws, the form in which the published ablation draws its Dirichlet noise (arXiv
/// 2511.06411, section 5.2), by the exact ratio. Ratio and gradient are those of <c>dirichlet</c>; a ratio by component is to
/// be had here alone.
/// </summary>
[Method("gamma")]
public static class GammaGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "mixtures of Gamma draws, exact ratio",
        Law = "gamma",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
