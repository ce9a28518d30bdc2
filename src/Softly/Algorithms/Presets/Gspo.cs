using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GSPO (arXiv 2507.18071, eqs. 5 and 7; its two bounds from section 5.1).
/// </summary>
[Method("gspo")]
public static class Gspo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the ratio is the whole rollout's, normalised by its length",
        Loss = new LossOptions
        {
            Level = RatioLevel.Sequence, Aggregation = Aggregation.SequenceMean, EpsilonLow = 3e-4, EpsilonHigh = 4e-4,
        },
    };
}
