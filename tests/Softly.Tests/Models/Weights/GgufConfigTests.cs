using Softly.Models;
using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class GgufConfigTests
{
    [Fact]
    public void SmolLM2_has_the_same_configuration_in_both_formats()
    {
        var folder = Reference.Require("models", "smollm2-135m-instruct");
        using var file = new GgufFile(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var (gguf, json) = (GgufConfig.Read(file), CheckpointConfig.Read(folder).Decoder);
        Assert.Equal([2], gguf.EndTokens);
        Assert.Equal(json.EndTokens, gguf.EndTokens);
        Assert.Equal(json with { EndTokens = [], Further = null }, gguf with { EndTokens = [] });
    }

    [Fact]
    public void A_head_of_its_own_and_biases_follow_from_the_tensors()
    {
        Assert.True(
            Read("llama_f32_untied") is { TiedHead: false, QkvBias: false, KeyValueHeads: 1, HeadSize: 16, ModelType: "llama" });
        Assert.True(Read("llama_q8_0") is { TiedHead: true, VocabularySize: 288, BeginToken: 1, PadToken: 0 });
        Assert.True(
            Read("qwen2_bf16") is { TiedHead: true, QkvBias: true, OutputBias: false, NormEpsilon: 1e-6, RopeTheta: 1e6 });
        Assert.True(Read("qwen2_q4_1") is { TiedHead: false, QkvBias: true, KeyValueHeads: 2, MaxPositions: 128 });
    }

    [Theory]
    [InlineData("general.architecture", "gemma", "'gemma' is not supported; llama, qwen2, qwen3 are")]
    [InlineData("llama.rope.scaling.type", "yarn", "llama.rope.scaling.type: 'yarn' is not supported")]
    [InlineData("llama.block_count", null, "llama.block_count: is missing")]
    [InlineData("llama.expert_count", 8u, "llama.expert_count: is not supported")]
    [InlineData("llama.attention.value_length", 32u, "llama.attention.value_length: only the width of a key, 16")]
    [InlineData("llama.feed_forward_length", new[] { 128, 64 }, "llama.feed_forward_length: one whole number")]
    [InlineData("split.count", 2u, "split.count: the file is one of 2 parts")]
    public void What_is_not_supported_is_refused_by_name(string key, object? value, string says)
    {
        using var folder = new TemporaryFolder();
        using var file = new GgufFile(Write(folder, metadata =>
        {
            if (value is null) metadata.Remove(key);
            else metadata[key] = value;
        }, null));
        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => GgufConfig.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotary_scaling_of_Llama_3_is_told_from_its_divisors()
    {
        // Base 500,000 and heads of 16: wave lengths 2π·5e5^(i/8). Below 8192/4 = 2048 (i ≤ 3: 2π·137.2 = 862) the divisor is 1;
        // above 8192 (i ≥ 5: 2π·3646 = 22,910) it is 32; for i = 4, 2π·707.1 = 4443 and 8192/4443 = 1.8438 turns,
        // so the blend is (1.8438 - 1)/3 = 0.28127 and the divisor 1/(0.71873/32 + 0.28127) = 3.29240.
        float[] divisors = [1, 1, 1, 1, 3.2924f, 32, 32, 32];
        using var folder = new TemporaryFolder();
        using (var file = new GgufFile(Write(folder, metadata => metadata["llama.rope.freq_base"] = 500000f, divisors)))
        {
            Assert.Equal(new Llama3RopeScaling(32, 1, 4, 8192), GgufConfig.Read(file).RopeScaling);
            Assert.DoesNotContain("rope_freqs.weight", file.Entries.Keys);
        }
        divisors[3] = 2;
        using (var file = new GgufFile(Write(folder, metadata => metadata["llama.rope.freq_base"] = 500000f, divisors)))
            Assert.Contains(
                "rope_freqs.weight", Assert.Throws<InvalidDataException>(() => GgufConfig.Read(file)).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linear", 2.5)]
    [InlineData(null, 2.5)]
    [InlineData("none", 1)]
    public void A_factor_is_linear_scaling_unless_its_type_says_none(string? type, double divisor)
    {
        using var folder = new TemporaryFolder();
        using var file = new GgufFile(Write(folder, metadata =>
        {
            if (type is not null) metadata["llama.rope.scaling.type"] = type;
            metadata["llama.rope.scaling.factor"] = 2.5f;
        }, null));
        Assert.Equal(divisor, GgufConfig.Read(file).RopeDivisor);
    }

    private static DecoderConfig Read(string name)
    {
        using var file = new GgufFile(Reference.Require("golden", "models", "gguf", name, "model.gguf"));
        return GgufConfig.Read(file);
    }

    // A header of a one-layer llama with heads of 16, and at most one tensor.
    private static string Write(TemporaryFolder folder, Action<Dictionary<string, object>> change, float[]? divisors)
    {
        var metadata = new Dictionary<string, object>
        {
            ["general.architecture"] = "llama",
            ["llama.vocab_size"] = 100u,
            ["llama.context_length"] = 128u,
            ["llama.embedding_length"] = 64u,
            ["llama.block_count"] = 1u,
            ["llama.feed_forward_length"] = 128u,
            ["llama.attention.head_count"] = 4u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
        };
        change(metadata);
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(text.ToCharArray());
        }
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(divisors is null ? 0UL : 1UL);
        writer.Write((ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            Text(key);
            switch (value)
            {
                case string text: writer.Write(8u); Text(text); break;
                case uint number: writer.Write(4u); writer.Write(number); break;
                case float number: writer.Write(6u); writer.Write(number); break;
                case int[] numbers:
                    writer.Write(9u);
                    writer.Write(5u);
                    writer.Write((ulong)numbers.Length);
                    foreach (var number in numbers) writer.Write(number);
                    break;
            }
        }
        if (divisors is not null)
        {
            Text("rope_freqs.weight");
            writer.Write(1u);
            writer.Write((ulong)divisors.Length);
            writer.Write(0u);
            writer.Write(0UL);
            while (stream.Length % 32 != 0) writer.Write((byte)0);
            foreach (var divisor in divisors) writer.Write(divisor);
        }
        var path = folder.File(Guid.NewGuid() + ".gguf");
        File.WriteAllBytes(path, stream.ToArray());
        return path;
    }
}
