namespace Softly.Algorithms.Presets;

/// <summary>
/// VESPO (arXiv 2602.10693), with the shapes that TRL gives it: k 2 and λ 3 for good rollouts, k 3 and λ 2 for bad ones.
/// </summary>
[Method("vespo")]
public static class Vespo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the whole rollout's ratio becomes a smooth weight",
        Loss = new LossOptions { Surrogate = Surrogate.Vespo },
    };
}
