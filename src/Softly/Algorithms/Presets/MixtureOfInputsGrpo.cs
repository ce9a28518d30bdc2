using Softly.Algorithms.Terms;
using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GRPO on tokens that are fed as a mixture with the distribution they were drawn from (Mixture of Inputs, arXiv 2505.14827,
/// published without training): the action is the token.
/// </summary>
[Method("mixture-of-inputs")]
public static class MixtureOfInputsGrpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "a token is drawn, and fed mixed with its distribution",
        Law = "mixture-of-inputs",
        Thinking = new SupportFilter { TopP = 1 },
        Loss = new LossOptions { Aggregation = Aggregation.SequenceMean },
    };
}
