namespace Softly.Algorithms.Presets;

/// <summary>
/// GPG (arXiv 2504.02546, eqs. 5 and 7): no ratio, no clip, no reference; the advantage is r − mean times all rollouts over those
/// of groups with spread.
/// </summary>
[Method("gpg")]
public static class Gpg
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the policy gradient itself, made up for groups without spread",
        Loss = new LossOptions
        {
            Surrogate = Surrogate.Reinforce, Advantage = AdvantageKind.Undiluted, Scale = RewardScale.None,
        },
    };
}
