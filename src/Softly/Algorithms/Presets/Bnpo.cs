using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// What TRL calls BNPO: GRPO averaged over the tokens of the local batch. The batch is the whole update here, so that the loss
/// does not depend on how it is cut (the Beta-normalised reward of arXiv 2506.02864 is not part of it, there or here).
/// </summary>
[Method("bnpo")]
public static class Bnpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "GRPO with the mean over all steps at hand",
        Loss = new LossOptions { Aggregation = Aggregation.TokenMean },
    };
}
