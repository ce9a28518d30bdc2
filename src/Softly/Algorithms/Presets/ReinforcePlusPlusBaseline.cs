namespace Softly.Algorithms.Presets;

/// <summary>
/// REINFORCE++ with the group's mean as baseline (arXiv 2501.03262): that, then whitening over the whole batch, and k2 where a
/// <c>beta</c> is given.
/// </summary>
[Method("reinforce-plus-plus-baseline")]
public static class ReinforcePlusPlusBaseline
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the group's mean taken off, then whitened over all steps of the batch",
        Loss = new LossOptions
        {
            Advantage = AdvantageKind.WhitenedBaseline, Scale = RewardScale.None, Kl = KlEstimator.K2,
        },
    };
}
