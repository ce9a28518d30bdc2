namespace Softly.Algorithms.Presets;

/// <summary>
/// CISPO (MiniMax-M1, arXiv 2506.13585, eqs. 4 and 5), the cap absolute and 5 as in TRL's reading of ScaleRL (arXiv 2510.13786).
/// </summary>
[Method("cispo")]
public static class Cispo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the ratio is a capped weight, so no step loses its gradient",
        Loss = new LossOptions { Surrogate = Surrogate.Cispo, EpsilonHigh = 5 },
    };
}
