using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// LUSPO (arXiv 2602.05261; its two bounds from section 5.1): the ratio is the whole rollout's, and its loss counts once for each
/// of its steps.
/// </summary>
[Method("luspo")]
public static class Luspo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "GSPO with a rollout's loss weighed by its length",
        Loss = new LossOptions
        {
            Level = RatioLevel.Sequence, Aggregation = Aggregation.SequenceSum, EpsilonLow = 2e-3, EpsilonHigh = 2.5e-3,
        },
    };
}
