namespace Softly.Algorithms.Presets;

/// <summary>
/// REINFORCE++ (arXiv 2501.03262): PPO's clip without a critic, the advantage whitened over the whole batch. The penalty for
/// leaving the reference is the loss's here, and not the reward's: <c>beta</c>.
/// </summary>
[Method("reinforce-plus-plus")]
public static class ReinforcePlusPlus
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "clipped ratio, rewards whitened over all steps of the batch",
        Loss = new LossOptions { Advantage = AdvantageKind.Whitened, Scale = RewardScale.None },
    };
}
