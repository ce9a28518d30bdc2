using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// What the code of SofT-GRPO (arXiv 2511.06411) computes where it departs from the paper: the surrogate log-density of <see
/// cref="Sampling.GumbelReference"/>, every step of the update weighing the same, k3 on that surrogate. Its two updates a step
/// are the recipe's: <c>mini_batches: 2</c>.
/// </summary>
[Method("soft-grpo-reference")]
public static class SoftGrpoReference
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the published code of SofT-GRPO, warts included",
        Law = "gumbel-reference",
        Thinking = new SupportFilter { TopK = 5, TopP = 0.95 },
        Loss = SoftGrpo.Preset.Loss with { Aggregation = Aggregation.TokenMean },
    };
}
