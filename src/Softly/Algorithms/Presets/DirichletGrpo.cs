using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GRPO on mixtures drawn from a Dirichlet distribution around p (stochastic soft thinking, arXiv 2508.03440; the ablation of
/// arXiv 2511.06411, section 5.2, without its clamp, mask and mismatch of inputs), by the exact ratio of its densities.
/// Everything else is SofT-GRPO's.
/// </summary>
[Method("dirichlet")]
public static class DirichletGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "mixtures from a Dirichlet distribution, exact ratio",
        Law = "dirichlet",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
