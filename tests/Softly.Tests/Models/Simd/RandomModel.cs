using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

/// <summary>Random parameters for a configuration, as tensors and as plain numbers.</summary>
internal sealed class RandomModel : IDisposable
{
    public RandomModel(DecoderConfig config, int seed = 1)
    {
        Config = config;
        var random = new Random(seed);
        foreach (var (name, shape) in Shapes(config))
        {
            // Norms near one, biases small; matrices scaled so that activations keep their size, and the embedding so that logits
            // spread.
            var (middle, spread) =
                name.Contains("norm") ? (1.0, 0.3) : name.EndsWith("bias") ? (0, 0.2) : (0, 1.2 / Math.Sqrt(shape[^1]));
            if (name is "model.embed_tokens.weight" or "lm_head.weight") spread *= 2;
            var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(middle
                    + (spread * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
            Values[name] = (values, shape);
            Tensors[name] = tensor(values, shape);
        }
    }

    public DecoderConfig Config { get; }

    public Dictionary<string, (float[] Values, long[] Shape)> Values { get; } = [];

    public Dictionary<string, Tensor> Tensors { get; } = [];

    public ScalarModel Scalar => new(Config, Values);

    /// <summary>Rounds what products multiply to bfloat16.</summary>
    public ScalarModel Half => new(Config, Values, x => Brain.Widen(Brain.Narrow((float)x)));

    /// <summary>Names and shapes of all parameters.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(DecoderConfig config)
    {
        long width = config.HiddenSize, inner = config.IntermediateSize, size = config.HeadSize;
        long queries = config.Heads * size, shared = config.KeyValueHeads * size;
        yield return ("model.embed_tokens.weight", [config.VocabularySize, width]);
        yield return ("model.norm.weight", [width]);
        if (!config.TiedHead) yield return ("lm_head.weight", [config.VocabularySize, width]);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            yield return (name + "input_layernorm.weight", [width]);
            yield return (name + "post_attention_layernorm.weight", [width]);
            (string Name, long Rows, long Columns, bool Biased)[] linears =
            [
                ("self_attn.q_proj", queries, width, config.QkvBias), ("self_attn.k_proj", shared, width, config.QkvBias),
                ("self_attn.v_proj", shared, width, config.QkvBias), ("self_attn.o_proj", width, queries, config.OutputBias),
                ("mlp.gate_proj", inner, width, config.FeedForwardBias), ("mlp.up_proj", inner, width, config.FeedForwardBias),
                ("mlp.down_proj", width, inner, config.FeedForwardBias),
            ];
            foreach (var linear in linears)
            {
                yield return ($"{name}{linear.Name}.weight", [linear.Rows, linear.Columns]);
                if (linear.Biased) yield return ($"{name}{linear.Name}.bias", [linear.Rows]);
            }
            if (!config.QkNorm) continue;
            yield return (name + "self_attn.q_norm.weight", [size]);
            yield return (name + "self_attn.k_norm.weight", [size]);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in Tensors.Values) tensor.Dispose();
    }
}
