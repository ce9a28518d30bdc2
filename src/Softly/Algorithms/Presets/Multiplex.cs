using Softly.Sampling;

namespace Softly.Algorithms.Presets;

/// <summary>
/// Multiplex Thinking (arXiv 2601.08808): three independent draws fed as one mixture; the ratio of each draw is clipped by
/// itself, the losses of a step's draws add up, dual clip 3, no divergence, one update a rollout. The kept set is stored:
/// models of a large vocabulary need a <c>top_k</c>.
/// </summary>
[Method("multiplex")]
public static class Multiplex
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "several draws fed as one mixture, the ratio of each clipped by itself",
        Law = "multiplex",
        Thinking = new SupportFilter { TopP = 1 },
        Loss = new LossOptions { Level = RatioLevel.Component, DualClip = 3 },
    };
}
