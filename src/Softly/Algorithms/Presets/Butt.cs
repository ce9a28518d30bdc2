using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// Butt et al., "Soft Tokens, Hard Truths" (arXiv 2509.19170, section 3): the mixture of the whole vocabulary at temperature 0.5
/// plus normal noise, REINFORCE with a leave-one-out baseline (RLOO) on whole rollouts. Answers were decoded greedily there; here
/// they are drawn, and scored. The kept set is stored: models of a large vocabulary need a <c>top_k</c>.
/// </summary>
[Method("butt")]
public static class Butt
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "normal noise on the input embedding, leave-one-out REINFORCE",
        Law = "gaussian-embedding",
        Thinking = new SupportFilter { Temperature = 0.5 },
        Loss = Rloo.Preset.Loss,
    };
}
