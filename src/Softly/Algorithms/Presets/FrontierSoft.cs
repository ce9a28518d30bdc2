using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// Thoughts that carry a set: little noise and τ = 1, so that a thought stays a mixture of what may be meant; scored by its
/// winner, and held near the start by KL(start ‖ policy) at thoughts alone. It keeps what a warm start on sets has taught;
/// without such a start there is nothing to keep. The rest is GRPO with every step of the update weighing the same.
/// </summary>
[Method("frontier-soft")]
public static class FrontierSoft
{
    /// <summary>Our setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "thoughts that carry a set: little noise, scored by the winner, anchored to the start",
        Law = "gumbel-winner",
        LawSettings = new LawSettings { Tau = 1, NoiseScale = 0.4 },
        Thinking = new SupportFilter { TopK = 10, TopP = 1 },
        Loss = new LossOptions { Aggregation = Aggregation.TokenMean, Anchor = 0.3 },
    };
}
