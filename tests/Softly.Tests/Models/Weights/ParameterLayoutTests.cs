using Softly.Models;
using Softly.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Weights;

public class ParameterLayoutTests
{
    // The shapes with which these models are published.
    private const string Qwen1B = """
        {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "vocab_size": 151936, "hidden_size": 1536, "intermediate_size": 8960,
         "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2, "max_position_embeddings": 131072, "max_window_layers": 21,
         "rms_norm_eps": 1e-06, "rope_theta": 10000, "sliding_window": 4096, "use_sliding_window": false, "use_mrope": false,
         "tie_word_embeddings": false, "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu", "attention_dropout": 0.0,
         "initializer_range": 0.02, "torch_dtype": "bfloat16", "transformers_version": "4.44.0", "use_cache": true}
        """;

    private const string Qwen7B = """
        {"model_type": "qwen2", "vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
         "num_attention_heads": 28, "num_key_value_heads": 4, "max_position_embeddings": 131072, "max_window_layers": 28, "rms_norm_eps": 1e-06,
         "rope_theta": 10000, "sliding_window": 4096, "use_sliding_window": false, "tie_word_embeddings": false, "hidden_act": "silu",
         "bos_token_id": 151643, "eos_token_id": 151643, "torch_dtype": "bfloat16"}
        """;

    private const string Llama3B = """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 128000,
         "eos_token_id": [128001, 128008, 128009], "head_dim": 128, "hidden_act": "silu", "hidden_size": 3072, "intermediate_size": 8192,
         "max_position_embeddings": 131072, "mlp_bias": false, "num_attention_heads": 24, "num_hidden_layers": 28, "num_key_value_heads": 8,
         "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
         "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": true,
         "torch_dtype": "bfloat16", "vocab_size": 128256}
        """;

    private const string SmolLM2 = """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "silu",
         "hidden_size": 576, "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": true,
         "max_position_embeddings": 8192, "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "rms_norm_eps": 1e-05,
         "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
         "vocab_size": 49152}
        """;

    // Qwen: embedding and norms, query-key-value biases and 7 matrices a layer; Llama ties its head.
    [Theory]
    [InlineData(Qwen1B, 1_777_088_000L, 339)] // 28 · (2 norms + 4 + 3 matrices + 3 biases) + 3
    [InlineData(Qwen7B, 7_615_616_512L, 339)]
    [InlineData(Llama3B, 3_212_749_824L, 254)] // 28 · 9 + 2
    [InlineData(SmolLM2, 134_515_008L, 272)] // 30 · 9 + 2
    public void Published_models_have_their_published_number_of_parameters(string json, long parameters, int tensors)
    {
        var layout = ParameterLayout.Of(CheckpointConfig.Parse(json).Decoder);
        Assert.Equal(parameters, layout.TotalElements);
        Assert.Equal(tensors, layout.Parameters.Count);
        Assert.Equal(tensors, layout.Parameters.Select(parameter => parameter.Name).Distinct().Count());
    }

    [Fact]
    public void The_end_tokens_and_the_scaling_of_Llama_3_are_read()
    {
        var config = CheckpointConfig.Parse(Llama3B).Decoder;
        Assert.Equal([128001, 128008, 128009], config.EndTokens);
        Assert.Equal(new Llama3RopeScaling(32, 1, 4, 8192), config.RopeScaling);
    }

    /// <summary>
    /// The model that is really built, without numbers (on the device meta), against the names and shapes in the published files.
    /// </summary>
    [Theory]
    [InlineData(Qwen1B, 151936, 1536, 8960, 1536, 256, 28, true, false)]
    [InlineData(Qwen7B, 152064, 3584, 18944, 3584, 512, 28, true, false)]
    [InlineData(Llama3B, 128256, 3072, 8192, 3072, 1024, 28, false, true)]
    [InlineData(SmolLM2, 49152, 576, 1536, 576, 192, 30, false, true)]
    public void The_decoder_of_a_published_model_has_the_published_names_and_shapes(
        string json, long v, long d, long f, long q, long kv, int layers, bool biases, bool tied)
    {
        var published = new Dictionary<string, long[]> { ["model.embed_tokens.weight"] = [v, d], ["model.norm.weight"] = [d] };
        if (!tied) published["lm_head.weight"] = [v, d];
        for (var i = 0; i < layers; i++)
        {
            var layer = new Dictionary<string, long[]>
            {
                ["input_layernorm.weight"] = [d], ["post_attention_layernorm.weight"] = [d],
                ["self_attn.q_proj.weight"] = [q, d], ["self_attn.k_proj.weight"] = [kv, d],
                ["self_attn.v_proj.weight"] = [kv, d], ["self_attn.o_proj.weight"] = [d, q],
                ["mlp.gate_proj.weight"] = [f, d], ["mlp.up_proj.weight"] = [f, d], ["mlp.down_proj.weight"] = [d, f],
            };
            if (biases)
                (layer["self_attn.q_proj.bias"], layer["self_attn.k_proj.bias"], layer["self_attn.v_proj.bias"]) =
                    ([q], [kv], [kv]);
            foreach (var (name, shape) in layer) published[$"model.layers.{i}.{name}"] = shape;
        }
        var config = CheckpointConfig.Parse(json).Decoder;
        using var model = new Decoder(config, ScalarType.BFloat16, new Device(DeviceType.META));
        foreach (var actual in new[]
        {
            model.Named.ToDictionary(p => p.Key, p => p.Value.shape),
            ParameterLayout.Of(config).Parameters.ToDictionary(p => p.Name, p => p.Shape.ToArray()),
        })
        {
            Assert.Equal(published.Keys.Order(), actual.Keys.Order());
            foreach (var (name, shape) in published) Assert.True(shape.SequenceEqual(actual[name]), name);
        }
    }

    public static TheoryData<string> Everything =>
    [
        .. GoldenModel.Checkpoints.Select(name => $"golden/models/{name}"),
        .. GoldenModel.Ggufs.Select(name => $"golden/models/{name}/model.gguf"),
        "golden/parity/warm_start", "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf",
    ];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_checkpoint_of_the_reference_opens_and_fits_its_configuration(string path)
    {
        using var weights = PretrainedWeights.Open(Reference.Require(path.Split('/')));
        Assert.Equal(ParameterLayout.Of(weights.Config).Parameters.Count, weights.File.Entries.Count);
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_is_refused_with_all_differences()
    {
        var config = CheckpointConfig.Parse(SmolLM2).Decoder with { Layers = 1 };
        var entries = ParameterLayout.Of(config).Entries(StoredType.BF16).ToDictionary(entry => entry.Name);
        Assert.Empty(ParameterLayout.Of(config).Problems(entries));
        foreach (var ignored in new[] { "model.layers.0.self_attn.rotary_emb.inv_freq", "lm_head.weight" })
            entries[ignored] = new WeightEntry(ignored, StoredType.F32, [32]);
        Assert.Empty(ParameterLayout.Of(config).Problems(entries));

        entries.Remove("model.norm.weight");
        entries["model.layers.0.mlp.up_proj.weight"] = new WeightEntry(
            "model.layers.0.mlp.up_proj.weight", StoredType.F32, [576, 1536]);
        entries["model.layers.0.input_layernorm.weight"] = new WeightEntry(
            "model.layers.0.input_layernorm.weight", StoredType.I64, [576]);
        entries["model.layers.1.mlp.up_proj.weight"] = new WeightEntry(
            "model.layers.1.mlp.up_proj.weight", StoredType.F32, [1536, 576]);
        Assert.Equal(
        [
            "model.layers.0.input_layernorm.weight is stored as I64, floating-point numbers are expected",
            "model.layers.0.mlp.up_proj.weight has shape (576, 1536), (1536, 576) is expected",
            "model.norm.weight of shape (576) is missing",
            "'model.layers.1.mlp.up_proj.weight' of shape (1536, 576) is unexpected",
        ], ParameterLayout.Of(config).Problems(entries));
    }

    [Fact]
    public void Opening_a_folder_whose_weights_do_not_fit_names_the_file_and_the_parameters()
    {
        var source = Reference.Require("golden", "models", "llama_f16");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(source, "model.safetensors"), folder.File("model.safetensors"));
        var config = File.ReadAllText(Path.Combine(source, "config.json"));
        File.WriteAllText(
            folder.File("config.json"),
            config.Replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", StringComparison.Ordinal));
        var message = Assert.Throws<InvalidDataException>(() => PretrainedWeights.Open(folder.Path)).Message;
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
        Assert.Contains("9 differences", message, StringComparison.Ordinal);
        Assert.Contains("model.layers.2.self_attn.q_proj.weight of shape (40, 40) is missing", message, StringComparison.Ordinal);
    }
}
