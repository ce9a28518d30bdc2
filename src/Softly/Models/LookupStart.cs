using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Weights to begin with for tasks that are read out of a table in the prompt: every head begins by looking for positions that hold
/// what the asking position holds. Queries and keys are one random orthonormal map, so that they agree where their inputs share a
/// token; it lies in the pairs of a head that turn slowly, so that distance hardly matters. Found by chance alone, such a head
/// takes a small model most of its warm start.
/// </summary>
public static class LookupStart
{
    /// <summary>How strongly: a shared token counts about 4·s² in the logits of attention in a head of width 32.</summary>
    private const double Strength = 1.2;

    /// <summary>Pairs that turn less than this over <see cref="Reach"/> positions take part.</summary>
    private const double LargestAngle = 1;

    private const int Reach = 64;

    /// <summary>Overwrites the maps of queries and keys of all layers.</summary>
    /// <param name="model">Already initialised; without grouped key heads.</param>
    /// <param name="seed">Of the random map.</param>
    /// <exception cref="ArgumentException">The model has fewer key heads than query heads.</exception>
    public static void Apply(Decoder model, long seed)
    {
        var config = model.Config;
        if (config.KeyValueHeads != config.Heads)
            throw new ArgumentException(
                $"initialization lookup needs a key head for every query head: {config.Heads} query heads, "
                + $"{config.KeyValueHeads} key heads; leave num_key_value_heads out");
        using var off = no_grad();
        using var generator = new Generator((ulong)seed + 1);
        var frequencies = RotaryEmbedding.Frequencies(config);
        var slow = Enumerable.Range(0, frequencies.Length).Where(i => frequencies[i] * Reach < LargestAngle).ToList();
        var rows = slow.Concat(slow.Select(i => i + config.HeadSize / 2)).Select(i => (long)i).ToArray();
        foreach (var layer in model.Layers)
        {
            using var scope = NewDisposeScope();
            var width = config.Heads * config.HeadSize;
            // One orthonormal basis dealt out to the heads, so that together they see all of a position.
            var basis = linalg.qr(randn([config.HiddenSize, config.HiddenSize], ScalarType.Float32, generator: generator)).Q; // (D, D)
            for (var head = 0; head < config.Heads; head++)
            {
                var map = basis.roll(-head * rows.Length, 0).narrow(0, 0, Math.Min(rows.Length, config.HiddenSize))
                    .Times(Strength).to(model.Type); // (2·slow, D)
                foreach (var start in new[] { head * config.HeadSize, width + (head * config.HeadSize) }) // queries, keys
                    layer.Qkv.index_copy_(
                        0, Scalars.Upload(rows.Select(r => r + start).ToArray(), model.Device, rows.Length), map);
            }
        }
    }
}
