using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// GMPO (arXiv 2507.20673): ratios held within (e^−0.4, e^0.4) on the side their advantage pushes to, then their geometric mean.
/// </summary>
[Method("gmpo")]
public static class Gmpo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "the geometric mean of a rollout's ratios",
        Loss = new LossOptions
        {
            Surrogate = Surrogate.GeometricMean, Aggregation = Aggregation.SequenceMean, EpsilonLow = 0.4, EpsilonHigh = 0.4,
        },
    };
}
