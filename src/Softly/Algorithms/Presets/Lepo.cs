using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// LEPO (arXiv 2604.17892): thoughts are scored by the soft cross-entropy to what was fed and get the plain gradient, without
/// ratio or clip; tokens are GRPO's. Published with two passes over a step's rollouts: <c>num_iterations: 2</c>.
/// </summary>
[Method("lepo")]
public static class Lepo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "soft cross-entropy on thoughts, without a ratio",
        Law = "soft-cross-entropy",
        Thinking = new SupportFilter { TopK = 30, TopP = 0.95 },
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean, ThoughtRatio = false },
    };
}
