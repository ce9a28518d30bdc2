using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// The control: thoughts of nothing, whose number the recipe sets (<c>think_length</c>), and GRPO on the answers (pause tokens,
/// arXiv 2310.02226).
/// </summary>
[Method("blank")]
public static class BlankGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the control: blank thoughts, GRPO on the answer",
        Law = "blank",
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean },
    };
}
