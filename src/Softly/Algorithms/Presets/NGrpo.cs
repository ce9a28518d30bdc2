using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// N-GRPO (arXiv 2606.10768): GRPO on tokens, a tenth of which are fed mixed with their nearest neighbours in the embedding
/// table. The kept set is stored: models of a large vocabulary need a <c>top_k</c>.
/// </summary>
[Method("n-grpo")]
public static class NGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "GRPO on tokens, some of which are fed mixed with their neighbours",
        Law = "neighbors",
        Thinking = new SupportFilter { TopP = 1 },
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean },
    };
}
