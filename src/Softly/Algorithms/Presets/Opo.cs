using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// OPO (arXiv 2505.23585): exact on-policy gradients, so no ratio, clip, reference or entropy term; the baseline is the group's
/// mean weighed by length.
/// </summary>
[Method("opo")]
public static class Opo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "REINFORCE on whole rollouts against the mean weighed by length",
        Loss = new LossOptions
        {
            Surrogate = Surrogate.Reinforce, Aggregation = Aggregation.SequenceSum, Advantage = AdvantageKind.LengthWeighted,
            Scale = RewardScale.None,
        },
    };
}
