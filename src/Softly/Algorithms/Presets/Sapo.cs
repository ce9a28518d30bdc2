using Softly.Algorithms.Terms;

namespace Softly.Algorithms.Presets;

/// <summary>
/// SAPO (arXiv 2511.20347): the gate's temperature is 1 for good rollouts and 1.05 for bad ones.
/// </summary>
[Method("sapo")]
public static class Sapo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "a soft gate in place of the clip",
        Loss = new LossOptions { Surrogate = Surrogate.Sapo, Aggregation = Aggregation.SequenceMean },
    };
}
