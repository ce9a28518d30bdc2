namespace Softly.Models;

/// <summary>What fused passes take, from sizes alone: what <c>softly plan</c> counts.</summary>
/// <param name="Weights">Bytes of the weights in the order of products, forward and backward, head included.</param>
/// <param name="Activations">Bytes that a forward pass leaves for its backward pass.</param>
/// <param name="Workspaces">Bytes that the workers' own room takes in a backward pass.</param>
public sealed record FusedMemory(long Weights, long Activations, long Workspaces)
{
    /// <summary>Counts.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="layout">The largest batch.</param>
    /// <param name="half">Products in bfloat16.</param>
    /// <param name="recomputes">Layers are computed again in backward.</param>
    /// <param name="workers">Threads.</param>
    public static FusedMemory Of(DecoderConfig config, PackedLayout layout, bool half, bool recomputes, int workers)
    {
        long d = config.HiddenSize, q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize,
            f = config.IntermediateSize;
        var matrices = (config.Layers * ((d * ((2 * q) + (2 * kv))) + (3 * d * f))) + (config.VocabularySize * d);
        var shards = FusedShard.Cut(layout, config);
        var kept = recomputes ? Kept.Inputs : Kept.All;
        return new FusedMemory(
            2 * matrices * (half ? sizeof(ushort) : sizeof(float)), shards.Sum(s => s.Bytes(config, kept, half)),
            Math.Min(workers, shards.Length) * shards.Max(s => FusedWorkspace.BackwardBytes(config, s.Rows, half)));
    }
}
