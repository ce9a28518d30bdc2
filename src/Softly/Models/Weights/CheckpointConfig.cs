using System.Text.Json.Nodes;

namespace Softly.Models.Weights;

/// <summary>
/// config.json and generation_config.json of a Hugging Face checkpoint. Fields that would change what is computed and are not
/// supported are refused by name; fields that transformers itself does not read for these families are ignored.
/// </summary>
/// <param name="Decoder">The model's shape and tokens; tokens of generation_config.json come before those of config.json.</param>
/// <param name="StoredType">The <c>torch_dtype</c> or <c>dtype</c>: F64, F32, F16 or BF16; null where it is not given.</param>
public sealed record CheckpointConfig(DecoderConfig Decoder, StoredType? StoredType)
{
    internal const string FileName = "config.json";

    private static readonly Dictionary<string, string> Architectures = new()
    {
        ["llama"] = "LlamaForCausalLM",
        ["qwen2"] = "Qwen2ForCausalLM",
        ["qwen3"] = "Qwen3ForCausalLM",
    };

    private static readonly Dictionary<string, StoredType> Types = new()
    {
        ["float64"] = Weights.StoredType.F64,
        ["float32"] = Weights.StoredType.F32,
        ["float16"] = Weights.StoredType.F16,
        ["bfloat16"] = Weights.StoredType.BF16,
    };

    /// <summary>
    /// Fields that are read, or follow from what is written: everything else of a file is kept as it is. The version names the
    /// software that wrote the file, which is another one now.
    /// </summary>
    private static readonly string[] Own =
    [
        "architectures", "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "rope_theta",
        "rope_scaling", "rope_parameters", "attention_bias", "mlp_bias", "tie_word_embeddings", "bos_token_id",
        "eos_token_id", "pad_token_id",
        "dtype", "torch_dtype", "hidden_act", "attention_dropout", "use_sliding_window", "quantization_config", "_name_or_path",
        "transformers_version",
    ];

    /// <summary>Reads config.json of a folder and, where it is there, generation_config.json.</summary>
    /// <exception cref="InvalidDataException">Something is missing, malformed or not supported; the message has all.</exception>
    public static CheckpointConfig Read(string folder)
    {
        var config = From(ConfigFields.ReadFile(Path.Combine(folder, FileName)));
        var generation = GenerationConfig.TryRead(folder);
        return generation is null ? config : config with { Decoder = generation.Over(config.Decoder) };
    }

    /// <summary>Reads the text of a config.json; <paramref name="source"/> names it in messages.</summary>
    /// <exception cref="InvalidDataException">Something is missing, malformed or not supported; the message has all.</exception>
    public static CheckpointConfig Parse(string json, string source = FileName) => From(ConfigFields.Parse(json, source));

    /// <summary>Writes config.json and generation_config.json into a folder, each at one stroke.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="keepGeneration">Leaves a generation_config.json that is there already.</param>
    /// <exception cref="ArgumentException">The model type cannot express the shape.</exception>
    public void Write(string folder, bool keepGeneration = false)
    {
        DurableFile.WriteAllText(Path.Combine(folder, FileName), ToJson());
        if (!keepGeneration || !GenerationConfig.IsIn(folder)) GenerationConfig.Of(Decoder).Write(folder);
    }

    /// <summary>The text of a config.json that transformers reads.</summary>
    /// <exception cref="ArgumentException">The model type cannot express the shape.</exception>
    public string ToJson()
    {
        var c = Decoder;
        CheckFamily(c);
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Architectures[c.ModelType]),
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = c.BeginToken,
            ["eos_token_id"] = GenerationConfig.EndTokensNode(c.EndTokens),
            ["pad_token_id"] = c.PadToken,
            ["head_dim"] = c.HeadSize,
            ["hidden_act"] = "silu",
            ["hidden_size"] = c.HiddenSize,
            ["intermediate_size"] = c.IntermediateSize,
            ["max_position_embeddings"] = c.MaxPositions,
            ["model_type"] = c.ModelType,
            ["num_attention_heads"] = c.Heads,
            ["num_hidden_layers"] = c.Layers,
            ["num_key_value_heads"] = c.KeyValueHeads,
            ["rms_norm_eps"] = c.NormEpsilon,
            ["tie_word_embeddings"] = c.TiedHead,
            ["vocab_size"] = c.VocabularySize,
        };
        RopeFields.Write(c, json);
        if (c.ModelType != "qwen2") json["attention_bias"] = c.QkvBias;
        if (c.ModelType == "llama") json["mlp_bias"] = c.FeedForwardBias;
        else json["use_sliding_window"] = false;
        if (StoredType is { } type)
        {
            json["torch_dtype"] = Types.FirstOrDefault(pair => pair.Value == type).Key
                ?? throw new ArgumentException($"stored type {type.Label()} has no torch_dtype; F64, F32, F16 and BF16 have");
        }
        if (c.Further is { } further)
            foreach (var (name, value) in JsonNode.Parse(further)!.AsObject())
                if (!json.ContainsKey(name)) json[name] = value?.DeepClone();
        return json.ToJsonString(CheckpointIndex.Indented) + "\n";
    }

    private static CheckpointConfig From(ConfigFields fields)
    {
        var family = fields.Text("model_type");
        if (family is null || !Architectures.TryGetValue(family, out var architecture))
        {
            fields.Refuse("model_type", $"{Refusal.Quote(family ?? "nothing")} is not supported; llama, qwen2 and qwen3 are");
            (family, architecture) = ("llama", null);
        }
        if (architecture is not null && fields.Texts("architectures") is [var named, ..] && named != architecture)
            fields.Refuse("architectures", $"{Refusal.Quote(named)} is not supported for {family}; {architecture} is");
        var (llama, qwen2, qwen3) = (family == "llama", family == "qwen2", family == "qwen3");

        // Where a field is missing, the default of the family's own configuration class holds.
        var hidden = fields.Size("hidden_size", null);
        var heads = fields.Size("num_attention_heads", null);
        var keyValueHeads = fields.Size("num_key_value_heads", llama || fields.Mentions("num_key_value_heads") ? heads : 32);
        if (heads % keyValueHeads != 0)
            fields.Refuse("num_key_value_heads", $"{keyValueHeads} does not divide the {heads} attention heads");
        if (!fields.Has("head_dim") && !qwen3 && hidden % heads != 0)
            fields.Refuse("hidden_size", $"{heads} heads do not divide {hidden}, and head_dim is missing");
        var headSize = fields.Size(
            "head_dim", qwen3 && !fields.Mentions("head_dim") ? 128 : Math.Max(1, hidden / heads), 1 << 16);
        if (headSize % 2 != 0) fields.Refuse("head_dim", $"rotary positions need an even width, not {headSize}");
        var (theta, divisor, scaling) = RopeFields.Read(fields);
        var attentionBias = fields.Truth("attention_bias", false);
        RefuseWhatChangesTheComputation(fields);

        var decoder = new DecoderConfig
        {
            ModelType = family,
            VocabularySize = fields.Size("vocab_size", null),
            HiddenSize = hidden,
            IntermediateSize = fields.Size("intermediate_size", null),
            Layers = fields.Size("num_hidden_layers", null, 10_000),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            MaxPositions = fields.Size("max_position_embeddings", llama ? 2048 : 32768, 1 << 30),
            NormEpsilon = fields.Positive("rms_norm_eps", 1e-6),
            RopeTheta = theta,
            RopeDivisor = divisor,
            RopeScaling = scaling,
            QkvBias = qwen2 || attentionBias,
            OutputBias = !qwen2 && attentionBias,
            FeedForwardBias = llama && fields.Truth("mlp_bias", false),
            QkNorm = qwen3,
            TiedHead = fields.Truth("tie_word_embeddings", false),
            BeginToken = llama && !fields.Mentions("bos_token_id") ? 1 : fields.Token("bos_token_id"),
            EndTokens = llama && !fields.Mentions("eos_token_id") ? [2] : fields.Tokens("eos_token_id") ?? [],
            PadToken = fields.Token("pad_token_id"),
            Further = fields.Rest(Own),
        };
        var typeField = fields.Has("dtype") ? "dtype" : "torch_dtype";
        StoredType? stored = null;
        if (fields.Text(typeField) is { } label)
        {
            if (Types.TryGetValue(label, out var type)) stored = type;
            else fields.Refuse(typeField, $"{Refusal.Quote(label)} is not supported; {string.Join(", ", Types.Keys)} are");
        }
        fields.ThrowIfAny();
        return new CheckpointConfig(decoder, stored);
    }

    private static void RefuseWhatChangesTheComputation(ConfigFields fields)
    {
        if (fields.Text("hidden_act") is { } activation and not "silu")
            fields.Refuse("hidden_act", $"{Refusal.Quote(activation)} is not supported; 'silu' is");
        if (fields.Truth("use_sliding_window", false))
            fields.Refuse("use_sliding_window", "sliding windows are not supported; false is");
        if (fields.Texts("layer_types").FirstOrDefault(kind => kind != "full_attention") is { } kind)
            fields.Refuse("layer_types", $"{Refusal.Quote(kind)} is not supported; 'full_attention' is");
        if (fields.Truth("rope_interleaved", false))
            fields.Refuse("rope_interleaved", "interleaved rotary positions are not supported; false is");
        if (fields.Number("attention_dropout", 0) != 0) fields.Refuse("attention_dropout", "dropout is not supported; 0 is");
        if (fields.Has("quantization_config"))
            fields.Refuse("quantization_config", "quantised safetensors are not supported; plain ones and GGUF are");
        if (fields.Has("auto_map"))
            fields.Refuse("auto_map", "the checkpoint brings code of its own, which is not run; only the known families are");
        ForeignFields.Refuse(fields);
    }

    private static void CheckFamily(DecoderConfig c)
    {
        if (!Architectures.ContainsKey(c.ModelType))
            throw new ArgumentException($"model type '{c.ModelType}' is not supported; llama, qwen2 and qwen3 are");
        var fits = c.ModelType switch
        {
            "llama" => c.QkvBias == c.OutputBias && !c.QkNorm,
            "qwen2" => c.QkvBias && !c.OutputBias && !c.FeedForwardBias && !c.QkNorm,
            _ => c.QkvBias == c.OutputBias && !c.FeedForwardBias && c.QkNorm,
        };
        if (!fits)
        {
            throw new ArgumentException($"{c.ModelType} cannot express QkvBias {c.QkvBias}, OutputBias {c.OutputBias}, "
                + $"FeedForwardBias {c.FeedForwardBias}, QkNorm {c.QkNorm}: llama has the first two alike and no norms, "
                + "qwen2 only the first, qwen3 the first two alike, norms and no third");
        }
    }
}
