using Softly.Models;

namespace Softly.Cli;

/// <summary>
/// What a model computes for some positions, in floating-point operations: two a weight that multiplies, and four a number of the
/// queries' width and position attended to (scores, and the sum of values). Norms, rotations and draws are left out.
/// </summary>
/// <param name="config">The model's shape.</param>
internal sealed class ModelWork(DecoderConfig config)
{
    /// <summary>
    /// Numbers in the matrices that every position is multiplied with: all layers' and the head, once where it is the embedding
    /// too.
    /// </summary>
    public long Matrices { get; } = config.Layers
        * ((long)config.HiddenSize * 2 * (config.Heads + config.KeyValueHeads) * config.HeadSize
            + 3L * config.HiddenSize * config.IntermediateSize)
        + (long)config.VocabularySize * config.HiddenSize;

    /// <summary>Operations of a forward pass.</summary>
    /// <param name="positions">How many positions go through the model.</param>
    /// <param name="context">How many each attends to, itself counted, summed over them.</param>
    public double Forward(double positions, double context) =>
        2.0 * Matrices * positions + 4.0 * config.Layers * config.Heads * config.HeadSize * context;
}
