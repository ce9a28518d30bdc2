using Softly.Models;
using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class CheckpointConfigTests
{
    private const string Least = """
        "model_type": "llama", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4
        """;

    [Fact]
    public void Fields_of_the_older_form_are_read()
    {
        var (config, type) = CheckpointConfig.Read(Reference.Require("golden", "models", "llama_rope3_tied"));
        Assert.Equal(new Llama3RopeScaling(32, 1, 4, 64), config.RopeScaling);
        Assert.Equal((500000, 1e-5, 512), (config.RopeTheta, config.NormEpsilon, config.MaxPositions));
        Assert.Equal((223, 64, 176, 3, 4, 1, 16),
            (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.Layers, config.Heads,
                config.KeyValueHeads, config.HeadSize));
        Assert.True(config.TiedHead);
        Assert.Equal((1, 0), (config.BeginToken, config.PadToken));
        Assert.Equal([2], config.EndTokens);
        Assert.Equal(StoredType.F32, type);
    }

    [Fact]
    public void Fields_of_the_newer_form_are_read()
    {
        var (config, type) = CheckpointConfig.Read(Reference.Require("golden", "models", "qwen3_tied"));
        Assert.Equal(
            ("qwen3", 1e6, 32, true, false),
            (config.ModelType, config.RopeTheta, config.HeadSize, config.QkNorm, config.QkvBias));
        Assert.Equal(StoredType.F32, type);
        var warm = CheckpointConfig.Read(Reference.Require("golden", "parity", "warm_start")).Decoder;
        Assert.Null(warm.BeginToken);
        Assert.Equal([1], warm.EndTokens);
    }

    [Fact]
    public void Biases_and_wide_heads_are_read()
    {
        var config = CheckpointConfig.Read(Reference.Require("golden", "models", "llama_biased_wide_heads")).Decoder;
        Assert.True(
            config is { QkvBias: true, OutputBias: true, FeedForwardBias: true, HeadSize: 24, HiddenSize: 64, TiedHead: false });
        var qwen = CheckpointConfig.Read(Reference.Require("golden", "models", "qwen2_untied_sharded")).Decoder;
        Assert.True(
            qwen is { QkvBias: true, OutputBias: false, FeedForwardBias: false, QkNorm: false, HeadSize: 16, TiedHead: false });
    }

    [Fact]
    public void Missing_fields_take_the_defaults_of_the_family()
    {
        var llama = CheckpointConfig.Parse($"{{{Least}}}").Decoder;
        Assert.True(llama is
        {
            KeyValueHeads: 4,
            HeadSize: 16,
            TiedHead: false,
            BeginToken: 1,
            PadToken: null,
            RopeTheta: 10000,
            NormEpsilon: 1e-6
        });
        Assert.Equal([2], llama.EndTokens);
        var qwen3 = CheckpointConfig.Parse(
            $"{{{Least.Replace("llama", "qwen3", StringComparison.Ordinal)}, \"num_key_value_heads\": 2}}").Decoder;
        Assert.True(qwen3 is { HeadSize: 128, BeginToken: null, TiedHead: false, QkNorm: true });
        Assert.Empty(qwen3.EndTokens);
    }

    [Theory]
    [InlineData("\"hidden_act\": \"gelu\"", "hidden_act: 'gelu' is not supported; 'silu' is")]
    [InlineData(
        "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}",
        "rope_scaling.rope_type: 'dynamic' is not supported; 'default', 'linear' and 'llama3' are")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"longrope\", \"factor\": 2}", "rope_scaling.rope_type: 'longrope'")]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\"}", "rope_scaling.factor: is missing")]
    [InlineData("\"rope_scaling\": {\"type\": \"default\", \"mrope_section\": [16, 24, 24]}", "rope_scaling.mrope_section")]
    [InlineData("\"use_mrope\": true", "use_mrope: 'true' is not supported: it changes what is computed; only false is")]
    [InlineData("\"pretraining_tp\": 2", "pretraining_tp: '2' is not supported: it changes what is computed; only 1 is")]
    [InlineData("\"num_experts\": 8", "num_experts: '8'")]
    [InlineData("\"num_local_experts\": 8", "num_local_experts: '8'")]
    [InlineData("\"attention_multiplier\": 0.0078125", "attention_multiplier: '0.0078125' is not supported: it changes what")]
    [InlineData("\"logits_scaling\": 8.0", "logits_scaling: '8.0'")]
    [InlineData("\"embedding_multiplier\": 12", "embedding_multiplier")]
    [InlineData("\"residual_multiplier\": 0.2", "residual_multiplier")]
    [InlineData("\"logit_scale\": 0.0625", "logit_scale")]
    [InlineData("\"final_logit_softcapping\": 30.0", "final_logit_softcapping")]
    [InlineData("\"dual_chunk_attention_config\": {\"chunk_size\": 262144}", "dual_chunk_attention_config")]
    [InlineData("\"no_rope_layers\": [1, 1, 1, 0]", "no_rope_layers")]
    [InlineData("\"auto_map\": {\"AutoModelForCausalLM\": \"modeling_x.X\"}", "auto_map: the checkpoint brings code of its own")]
    [InlineData("\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 2}", "rope_parameters.rope_type: 'yarn'")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 2}", "rope_scaling.low_freq_factor: is missing")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": -1}", "rope_scaling.factor: a number above 0")]
    [InlineData("\"use_sliding_window\": true", "use_sliding_window: sliding windows are not supported")]
    [InlineData("\"layer_types\": [\"full_attention\", \"sliding_attention\"]", "layer_types: 'sliding_attention'")]
    [InlineData("\"partial_rotary_factor\": 0.5", "partial_rotary_factor: is not supported")]
    [InlineData("\"rope_interleaved\": true", "rope_interleaved")]
    [InlineData("\"attention_dropout\": 0.1", "attention_dropout")]
    [InlineData("\"quantization_config\": {\"bits\": 4}", "quantization_config")]
    [InlineData("\"torch_dtype\": \"int8\"", "torch_dtype: 'int8' is not supported; float64, float32, float16, bfloat16 are")]
    [InlineData("\"num_key_value_heads\": 3", "num_key_value_heads: 3 does not divide the 4")]
    [InlineData("\"head_dim\": 15", "head_dim: rotary positions need an even width")]
    [InlineData("\"eos_token_id\": \"2\"", "eos_token_id: a token id or a list of token ids is expected")]
    [InlineData("\"eos_token_id\": [2, -1]", "eos_token_id")]
    [InlineData("\"bos_token_id\": [1, 2]", "bos_token_id: one token id")]
    [InlineData("\"tie_word_embeddings\": 1", "tie_word_embeddings: true or false")]
    [InlineData("\"architectures\": [\"LlamaForSequenceClassification\"]", "architectures: 'LlamaForSequenceClassification'")]
    [InlineData("\"rms_norm_eps\": 1e999", "rms_norm_eps: a number is expected")]
    [InlineData("\"model_type\": \"llama\"", "not valid JSON")] // twice
    public void What_is_not_supported_is_refused_by_name(string field, string says) =>
        Assert.Contains(
            says, Assert.Throws<InvalidDataException>(() => CheckpointConfig.Parse($"{{{Least}, {field}}}")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("\"use_mrope\": false")]
    [InlineData("\"pretraining_tp\": 1")]
    [InlineData("\"residual_multiplier\": 1.0")]
    [InlineData("\"num_experts\": null")]
    [InlineData("\"sliding_window\": 4096, \"use_sliding_window\": false, \"max_window_layers\": 21")]
    public void Fields_that_say_nothing_new_are_let_through(string field) => CheckpointConfig.Parse($"{{{Least}, {field}}}");

    [Theory]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.5}")]
    [InlineData("\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2.5, \"rope_theta\": 10000}")]
    public void Linear_scaling_divides_positions_by_its_factor(string field)
    {
        var config = CheckpointConfig.Parse($"{{{Least}, {field}}}");
        Assert.Equal(2.5, config.Decoder.RopeDivisor);
        Assert.Equal(2.5, CheckpointConfig.Parse(config.ToJson()).Decoder.RopeDivisor);
        // Position 5 turns as position 2 does without scaling: pair i by 2 · 10000^(−2i/16).
        var frequencies = RotaryEmbedding.Frequencies(config.Decoder);
        for (var i = 0; i < 8; i++) Assert.Equal(2 * Math.Pow(10000, -i / 8.0), 5 * frequencies[i], 1e-15);
    }

    /// <summary>Half of a surrogate pair: what cannot be written again is refused when it is read, not when a run is saved.</summary>
    [Theory]
    [InlineData("\"note\": \"\\ud800\"")]
    [InlineData("\"\\ud800\": 1")]
    [InlineData("\"hidden_act\": \"\\ud800\"")]
    [InlineData("\"note\": {\"deep\": [\"\\udc00\"]}")]
    public void Text_that_is_none_is_refused_on_the_way_in(string field) =>
        Assert.Contains("not valid", Assert.Throws<InvalidDataException>(
            () => CheckpointConfig.Parse($"{{{Least}, {field}}}").ToJson()).Message, StringComparison.Ordinal);

    [Fact]
    public void Harmless_fields_survive_and_what_is_stored_is_told_truly()
    {
        var config = CheckpointConfig.Parse($$"""
            {{{Least}}, "torch_dtype": "float32", "initializer_range": 0.041, "max_window_layers": 21, "use_cache": true,
             "transformers_version": "4.1", "_name_or_path": "/home/x", "team": {"name": "ü", "size": [1, 2]}, "pad_token_id": 3}
            """);
        using var folder = new TemporaryFolder();
        (config with { StoredType = StoredType.BF16 }).Write(folder.Path);
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!.AsObject();
        Assert.Equal("bfloat16", (string?)json["torch_dtype"]);
        Assert.Equal("LlamaForCausalLM", (string?)json["architectures"]![0]);
        Assert.Equal((0.041, 21, 3, "ü"), ((double)json["initializer_range"]!, (int)json["max_window_layers"]!,
            (int)json["pad_token_id"]!, (string?)json["team"]!["name"]));
        Assert.False(json.ContainsKey("transformers_version") || json.ContainsKey("_name_or_path"));
        Assert.Equal(config.Decoder.Further, CheckpointConfig.Read(folder.Path).Decoder.Further);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var message = Assert.Throws<InvalidDataException>(() => CheckpointConfig.Parse("""
            {"model_type": "mistral", "vocab_size": 1.5, "hidden_size": 99999999999, "num_hidden_layers": 0, "hidden_act": "relu"}
            """, "here.json")).Message;
        Assert.StartsWith("here.json", message, StringComparison.Ordinal);
        foreach (var field in new[]
        {
            "model_type: 'mistral'", "vocab_size", "hidden_size", "num_hidden_layers", "hidden_act",
            "intermediate_size: is missing", "num_attention_heads: is missing"
        })
            Assert.Contains(field, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"a\": 1")]
    public void What_is_no_JSON_object_is_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => CheckpointConfig.Parse(json));

    public static TheoryData<string> Checkpoints => [.. GoldenModel.Checkpoints];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void A_configuration_written_is_read_the_same(string name)
    {
        var config = CheckpointConfig.Read(Reference.Require("golden", "models", name));
        var two = config with { Decoder = config.Decoder with { EndTokens = [2, 5] } };
        using var folder = new TemporaryFolder();
        foreach (var written in new[] { config, two })
        {
            written.Write(folder.Path);
            var read = CheckpointConfig.Read(folder.Path);
            Assert.Equal(written.Decoder.EndTokens, read.Decoder.EndTokens);
            Assert.Equal(
                written with { Decoder = written.Decoder with { EndTokens = [] } },
                read with { Decoder = read.Decoder with { EndTokens = [] } });
        }
        Assert.Equal(["config.json", "generation_config.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_shape_that_the_family_cannot_express_is_not_written()
    {
        var config = CheckpointConfig.Parse($"{{{Least}}}");
        Assert.Throws<ArgumentException>(() => (config with { Decoder = config.Decoder with { QkvBias = true } }).ToJson());
        Assert.Throws<ArgumentException>(() => (config with { Decoder = config.Decoder with { ModelType = "gpt2" } }).ToJson());
        Assert.Throws<ArgumentException>(() => (config with { StoredType = StoredType.Q80 }).ToJson());
    }

    [Fact]
    public void Tokens_of_the_generation_configuration_come_first()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), $"{{{Least}, \"eos_token_id\": 7, \"pad_token_id\": 3}}");
        File.WriteAllText(folder.File("generation_config.json"), "{\"eos_token_id\": [7, 9], \"temperature\": 0.6}");
        var config = CheckpointConfig.Read(folder.Path).Decoder;
        Assert.Equal([7, 9], config.EndTokens);
        Assert.Equal((1, 3), (config.BeginToken, config.PadToken));
    }
}
