using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GRPO (DeepSeekMath, arXiv 2402.03300, eq. 3). β is 0 as in TRL and most later work; the paper's is <c>beta: 0.04</c>. TRL's
/// trainer of that name aggregates as <see cref="Dapo"/> does unless told otherwise: <c>loss_type: dapo</c>.
/// </summary>
[Method("grpo")]
public static class Grpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "group mean and deviation, clipped ratio of each step, mean over each rollout, then over rollouts",
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean },
    };
}
