using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// Dr. GRPO (arXiv 2503.20783): the advantage is r − mean, and a rollout's sum is divided by the longest length that
/// a rollout may have.
/// </summary>
[Method("dr-grpo")]
public static class DrGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "GRPO without its two biases: no deviation, and a constant length in place of the rollout's own",
        Loss = new LossOptions { Aggregation = Aggregation.Constant, Scale = RewardScale.None },
    };
}
