using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Weights to begin with for tasks that are read out of a table in the prompt: every head begins by looking for positions that
/// hold what the asking position holds, and copies what stands there. Small models take most of their warm start to find such
/// heads by chance; all arms of a comparison begin with them alike.
/// </summary>
/// <remarks>
/// Queries and keys are one random orthonormal map, so that they agree where inputs share a token; it lies in the pairs of a
/// head that turn slowly, so that distance hardly matters. Values go back by the transposed map. A word of the form <c>&gt;x</c>,
/// which stands for x as the end of an edge, begins as the word x turned by one orthonormal map, and odd heads turn it back: what
/// they copy from an edge is the plain word of its end.
/// </remarks>
public static class LookupStart
{
    /// <summary>How strongly heads look: a shared token counts some s² · √width in the logits of attention.</summary>
    private const double Looking = 0.6;

    /// <summary>The share of what a head sees that it adds to its position.</summary>
    private const double Copying = 0.5;

    /// <summary>How much larger embeddings are than a plain start has them: what is copied must be seen beside them.</summary>
    private const double Embedding = 3;

    /// <summary>Pairs of a head that turn by less than one radian over so many positions count as slow.</summary>
    private const int Reach = 64;

    /// <summary>Why a model of this shape cannot begin so, with the remedy in a recipe's words; null where it can.</summary>
    /// <param name="config">Its shape.</param>
    public static string? Problem(DecoderConfig config) =>
        config.KeyValueHeads != config.Heads
            ? $"initialization lookup needs a key head for every query head, and there are {config.KeyValueHeads} for "
                + $"{config.Heads}: leave num_key_value_heads out, or set initialization: plain"
            : Slow(config).Length == 0
                ? $"initialization lookup needs heads that turn slowly, and none does with rope_theta {config.RopeTheta:G6} and "
                    + $"{config.HeadSize} numbers a head: set rope_theta: 1000000, lower num_attention_heads, "
                    + "or set initialization: plain"
                : null;

    /// <summary>Overwrites the maps of attention in all layers, and the embedding; a head of its own begins as the embedding.</summary>
    /// <param name="model">Already initialised, without an adapter. Any type: maps are made in single precision, then rounded.</param>
    /// <param name="seed">Of the random maps.</param>
    /// <param name="words">Pairs of tokens: a word and the one that stands for it as the end of an edge; may be empty.</param>
    /// <exception cref="ArgumentException"><see cref="Problem"/> has why.</exception>
    public static void Apply(Decoder model, long seed, IReadOnlyList<(int Word, int End)> words)
    {
        var config = model.Config;
        if (Problem(config) is { } problem) throw new ArgumentException(problem, nameof(model));
        var rows = Slow(config).Concat(Slow(config).Select(i => i + (config.HeadSize / 2))).Select(i => (long)i).ToArray();

        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(CounterSeed(seed));
        model.Embedding.mul_(Scalars.Of(Embedding));
        var turn = Orthonormal();
        foreach (var (word, end) in words)
            model.Embedding.narrow(0, end, 1).copy_(
                model.Embedding.narrow(0, word, 1).to(ScalarType.Float32).matmul(turn.t())); // (1, D)
        if (!config.TiedHead) model.Head.copy_(model.Embedding);
        var width = config.Heads * config.HeadSize;
        foreach (var layer in model.Layers)
        {
            // One basis dealt out to the heads, so that together they see all of a position.
            var basis = Orthonormal(); // (D, D)
            for (var head = 0; head < config.Heads; head++)
            {
                var at = head * config.HeadSize;
                var own = basis.roll(-at, 0);
                var looks = own.narrow(0, 0, Math.Min(rows.Length, config.HiddenSize)).Times(Looking).to(model.Type); // (rows, D)
                foreach (var start in new[] { at, width + at }) // queries, keys
                    layer.Qkv.index_copy_(
                        0, Scalars.Upload(rows[..(int)looks.shape[0]].Select(r => r + start).ToArray(), model.Device, looks.shape[0]),
                        looks);
                var seen = own.narrow(0, 0, Math.Min(config.HeadSize, config.HiddenSize)); // (H, D)
                var turnsBack = head % 2 == 1 && words.Count > 0;
                layer.Qkv.narrow(0, (2 * width) + at, seen.shape[0]).copy_(turnsBack ? seen.matmul(turn.t()) : seen);
                layer.Output.narrow(1, at, seen.shape[0]).copy_(seen.t().Times(Copying));
            }
        }

        Tensor Orthonormal() => linalg.qr(
            randn([config.HiddenSize, config.HiddenSize], ScalarType.Float32, generator: generator)).Q
            .to(model.Device); // (D, D)
    }

    /// <summary>Pairs of a head that turn slowly.</summary>
    private static int[] Slow(DecoderConfig config)
    {
        var frequencies = RotaryEmbedding.Frequencies(config);
        return [.. Enumerable.Range(0, frequencies.Length).Where(i => frequencies[i] * Reach < 1)];
    }

    /// <summary>Another stream than the one the plain start was drawn from.</summary>
    private static ulong CounterSeed(long seed) => unchecked((ulong)seed + 0x9E3779B97F4A7C15UL);
}
