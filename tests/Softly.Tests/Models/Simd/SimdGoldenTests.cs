using System.Text.Json;
using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

/// <summary>Tiny random checkpoints with what Hugging Face's transformers computes for them in double precision.</summary>
public class SimdGoldenTests
{
    [Theory]
    [InlineData("qwen2_tied")]
    [InlineData("llama_rope3_tied")]
    [InlineData("llama_biased_wide_heads")]
    [InlineData("qwen3_tied")]
    public void Greedy_decoding_gives_the_same_tokens(string name)
    {
        using var scope = NewDisposeScope();
        using var decoder = Open(name, out var cases, out _);
        var greedy = cases.GetProperty("greedy").EnumerateArray().ToArray();
        var prompts = greedy.Select(g => (IReadOnlyList<MixtureRow>)Ints(g, "prompt").Select(MixtureRow.Token).ToArray()).ToArray();
        var expected = greedy.Select(g => Ints(g, "continuation")).ToArray();
        var logits = Feed.Begin(decoder, prompts, 1, expected[0].Length - 1);
        for (var step = 0; ; step++)
        {
            var tokens = logits.Select(row => Array.IndexOf(row, row.Max())).ToArray();
            Assert.Equal(expected.Select(e => e[step]), tokens);
            if (step == expected[0].Length - 1) break;
            logits = Feed.Next(decoder, tokens.Select(MixtureRow.Token).ToArray());
        }
    }

    [Theory]
    [InlineData("qwen2_tied")]
    [InlineData("llama_rope3_tied")]
    [InlineData("llama_biased_wide_heads")]
    [InlineData("qwen3_tied")]
    public void Soft_thinking_gives_the_same_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var decoder = Open(name, out var cases, out var expected);
        var records = cases.GetProperty("soft_thinking").EnumerateArray().ToArray();
        for (var r = 0; r < records.Length; r++)
        {
            var steps = records[r].GetProperty("steps").EnumerateArray().ToArray();
            var logits = Feed.Begin(decoder, [Ints(records[r], "prompt").Select(MixtureRow.Token).ToArray()], 1, steps.Length);
            foreach (var step in steps) logits = Feed.Next(decoder, [new(Ints(step, "ids"), Floats(step, "weights"))]);
            var last = expected[$"soft_thinking.{r}.last_logits"].data<double>().ToArray();
            for (var i = 0; i < last.Length; i++) Assert.Equal(last[i], logits[0][i], 1e-4);
        }
    }

    [Theory]
    [InlineData("qwen2_tied")]
    [InlineData("llama_rope3_tied")]
    [InlineData("llama_biased_wide_heads")]
    [InlineData("qwen3_tied")]
    public void Mixtures_at_every_position_give_the_same_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var decoder = Open(name, out _, out var expected);
        var shape = expected["soft_inputs.ids"].shape;
        var ids = expected["soft_inputs.ids"].data<long>().Select(i => (int)i).Chunk((int)shape[1]).ToArray();
        var weights = expected["soft_inputs.weights"].data<double>().Select(w => (float)w).Chunk((int)shape[1]).ToArray();
        var truth = expected["soft_inputs.logits"];
        var inputs = ids.Zip(weights, (i, w) => new MixtureRow(i, w)).ToArray();
        // A prompt of everything but the last eight positions, which are fed one by one.
        var prefix = inputs.Length - 8;
        Same(Feed.Begin(decoder, [inputs[..prefix]], 1, 8)[0], prefix - 1);
        for (var t = prefix; t < inputs.Length; t++) Same(Feed.Next(decoder, [inputs[t]])[0], t);

        void Same(float[] logits, int position)
        {
            var row = truth[position].data<double>().ToArray();
            for (var i = 0; i < row.Length; i++) Assert.Equal(row[i], logits[i], 1e-4);
        }
    }

    private static SimdDecoder Open(string name, out JsonElement cases, out Dictionary<string, Tensor> expected)
    {
        var folder = Reference.Require("golden", "models", name);
        cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json"))).RootElement;
        expected = Read(Path.Combine(folder, "expected.safetensors"));
        var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement;
        var parameters = Read(Path.Combine(folder, "model.safetensors"));
        return new SimdDecoder(Config(json, parameters), parameters, workers: 1);
    }

    // Biases and norms are read off the names of the parameters.
    private static DecoderConfig Config(JsonElement json, Dictionary<string, Tensor> parameters)
    {
        var heads = json.GetProperty("num_attention_heads").GetInt32();
        var rope = json.TryGetProperty("rope_parameters", out var newer) ? newer : json;
        var config = new DecoderConfig
        {
            VocabularySize = json.GetProperty("vocab_size").GetInt32(),
            HiddenSize = json.GetProperty("hidden_size").GetInt32(),
            IntermediateSize = json.GetProperty("intermediate_size").GetInt32(),
            Layers = json.GetProperty("num_hidden_layers").GetInt32(),
            Heads = heads,
            KeyValueHeads = json.GetProperty("num_key_value_heads").GetInt32(),
            HeadSize = json.TryGetProperty("head_dim", out var size) ? size.GetInt32() : json.GetProperty("hidden_size").GetInt32() / heads,
            NormEpsilon = json.GetProperty("rms_norm_eps").GetDouble(),
            RopeTheta = rope.GetProperty("rope_theta").GetDouble(),
            QkvBias = parameters.ContainsKey("model.layers.0.self_attn.q_proj.bias"),
            OutputBias = parameters.ContainsKey("model.layers.0.self_attn.o_proj.bias"),
            FeedForwardBias = parameters.ContainsKey("model.layers.0.mlp.down_proj.bias"),
            QkNorm = parameters.ContainsKey("model.layers.0.self_attn.q_norm.weight"),
            TiedHead = json.GetProperty("tie_word_embeddings").GetBoolean(),
        };
        return !json.TryGetProperty("rope_scaling", out var scaling) || scaling.ValueKind != JsonValueKind.Object ? config : config with
        {
            RopeScaling = new(
                scaling.GetProperty("factor").GetDouble(), scaling.GetProperty("low_freq_factor").GetDouble(),
                scaling.GetProperty("high_freq_factor").GetDouble(), scaling.GetProperty("original_max_position_embeddings").GetInt32()),
        };
    }

    // Just enough of safetensors for these files: a length, a JSON table, the numbers.
    private static Dictionary<string, Tensor> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = BitConverter.ToInt64(bytes);
        var tensors = new Dictionary<string, Tensor>();
        using var header = JsonDocument.Parse(bytes.AsMemory(8, (int)length));
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            var offsets = entry.Value.GetProperty("data_offsets");
            var data = bytes.AsSpan((int)length + 8)[offsets[0].GetInt32()..offsets[1].GetInt32()];
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()).ToArray();
            var type = entry.Value.GetProperty("dtype").GetString();
            var values = empty(shape, type switch
            {
                "F32" => ScalarType.Float32, "F64" => ScalarType.Float64, "I64" => ScalarType.Int64, _ => throw new NotSupportedException(type),
            });
            data.CopyTo(values.bytes);
            tensors[entry.Name] = values;
        }
        return tensors;
    }

    private static int[] Ints(JsonElement element, string name) => element.GetProperty(name).EnumerateArray().Select(n => n.GetInt32()).ToArray();

    private static float[] Floats(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(n => (float)n.GetDouble()).ToArray();
}
