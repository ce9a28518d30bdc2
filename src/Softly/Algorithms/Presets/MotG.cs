using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// Mixture-of-Token GRPO (arXiv 2509.21482): several different tokens drawn without replacement and fed by their probabilities,
/// scored by the exact probability of the draws in their order.
/// </summary>
[Method("mot-g")]
public static class MotG
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "different tokens drawn without replacement, fed as one mixture",
        Law = "without-replacement",
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean },
    };
}
