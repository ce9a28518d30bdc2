using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// RLOO (Ahmadian et al., arXiv 2402.14740): the whole answer is one action, so a rollout's steps add up; the
/// baseline is the mean reward of the others. Its KL penalty is the loss's here, and not the reward's: <c>beta</c>.
/// </summary>
[Method("rloo")]
public static class Rloo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "REINFORCE on whole rollouts against the mean of the others",
        Loss = new LossOptions
        {
            Surrogate = Surrogate.Reinforce, Aggregation = Aggregation.SequenceSum, Advantage = AdvantageKind.LeaveOneOut,
            Scale = RewardScale.None,
        },
    };
}
