using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GRPO on softmax mixtures of log-probabilities with normal noise, by the exact ratio: SofT-GRPO with another noise. The
/// published Gaussian ablation (arXiv 2511.06411, section 5.2) has it on the probabilities: <c>thinking_law:
/// gaussian-probabilities</c>.
/// </summary>
[Method("gaussian")]
public static class GaussianGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "normal noise on log-probabilities, exact ratio",
        Law = "gaussian-logits",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss,
    };
}
