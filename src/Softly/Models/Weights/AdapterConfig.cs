using System.Text.Json.Nodes;

namespace Softly.Models.Weights;

/// <summary>
/// adapter_config.json of a LoRA adapter in PEFT's layout. Fields that would change what is computed and are not supported are
/// refused by name.
/// </summary>
/// <param name="Base">
/// <c>base_model_name_or_path</c>: the model that the adapter changes, as written there; null where it is not given.
/// </param>
/// <param name="Options">Which maps, and how.</param>
public sealed record AdapterConfig(string? Base, LoraOptions Options)
{
    internal const string FileName = "adapter_config.json";

    // Fields of PEFT's LoRA that change the computation, with the values under which they do not.
    private static readonly string[] MustBeOff =
        ["use_dora", "lora_bias", "fan_in_fan_out", "use_qalora", "use_bdlora", "ensure_weight_tying"];

    private static readonly string[] MustBeEmpty =
    [
        "modules_to_save", "trainable_token_indices", "layer_replication", "target_parameters", "exclude_modules",
        "alora_invocation_tokens", "arrow_config", "kasa_config", "monteclora_config", "velora_config",
    ];

    // These start from a changed base model, which the adapter's folder does not have.
    private static readonly string[] StartsThatChangeTheBase = ["pissa", "olora", "corda", "loftq", "lora_ga"];

    // Every one of a large model's maps by its name. One that is more than a name costs half a megabyte to prepare.
    private const int MostPatterns = 2048;

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the file of a folder.</summary>
    /// <exception cref="InvalidDataException">Something is missing, malformed or not supported; the message has all.</exception>
    public static AdapterConfig Read(string folder) => From(ConfigFields.ReadFile(Path.Combine(folder, FileName)));

    /// <summary>
    /// The model that the adapter of a folder changes: the path in its configuration, seen from the folder or as it stands.
    /// </summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="find">
    /// Where the model of a name is that is no path, such as one of a hub; null where it is not to be had.
    /// </param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static string FindBase(string folder, Func<string, string?>? find = null)
    {
        var named = Read(folder).Base;
        if (named is not null)
        {
            foreach (var path in new[] { Path.Combine(folder, named), named })
                if (File.Exists(path) || (Directory.Exists(path) && !IsIn(path))) return path;
            if (find?.Invoke(named) is { } found)
                return !IsIn(found) ? found : throw Refusal.Of(
                    Path.Combine(folder, FileName),
                    $"base_model_name_or_path: {Refusal.Quote(named)} is an adapter itself; a model is expected");
        }
        throw Refusal.Of(Path.Combine(folder, FileName), named is null
            ? "base_model_name_or_path is missing; the path of the model that the adapter changes is expected"
            : $"base_model_name_or_path: there is no model at {Refusal.Quote(named)}; write the path where the model is now, "
                + "or fetch it where that is its name on the hub");
    }

    /// <summary>Reads the text of an adapter_config.json; <paramref name="source"/> names it in messages.</summary>
    /// <exception cref="InvalidDataException">Something is missing, malformed or not supported; the message has all.</exception>
    public static AdapterConfig Parse(string json, string source = FileName) => From(ConfigFields.Parse(json, source));

    /// <summary>The text of an adapter_config.json that PEFT reads.</summary>
    public string ToJson()
    {
        var o = Options;
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = Base,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["r"] = o.Rank,
            ["lora_alpha"] = o.Alpha,
            ["lora_dropout"] = o.Dropout,
            ["use_rslora"] = o.RankStabilized,
            ["use_dora"] = false,
            ["modules_to_save"] = null,
            ["layers_to_transform"] = o.Layers is null ? null : new JsonArray([.. o.Layers.Select(l => (JsonNode)l)]),
            ["layers_pattern"] = null,
            ["rank_pattern"] = new JsonObject(o.RankPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["alpha_pattern"] = new JsonObject(o.AlphaPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["target_modules"] = o.TargetPattern is { } pattern ? pattern
                : new JsonArray([.. o.TargetNames.Select(t => (JsonNode)t)]),
        };
        return json.ToJsonString(CheckpointIndex.Indented) + "\n";
    }

    private static AdapterConfig From(ConfigFields fields)
    {
        if (fields.Text("peft_type") is var kind and not "LORA")
            fields.Refuse("peft_type", $"{Refusal.Quote(kind ?? "nothing")} is not supported; 'LORA' is");
        foreach (var name in MustBeOff)
            if (fields.Truth(name, false)) fields.Refuse(name, "is not supported; false is");
        foreach (var name in MustBeEmpty)
            if (!fields.IsEmpty(name)) fields.Refuse(name, "is not supported; null is");
        if (fields.Text("bias") is { } bias and not "none")
            fields.Refuse("bias", $"{Refusal.Quote(bias)} is not supported; 'none' is");
        if (fields.IsText("init_lora_weights") && fields.Text("init_lora_weights") is { } start
            && StartsThatChangeTheBase.Any(s => start.StartsWith(s, StringComparison.OrdinalIgnoreCase)))
            fields.Refuse("init_lora_weights", $"{Refusal.Quote(start)} changes the base model too; convert the adapter to plain "
                + "LoRA first (PEFT: path_initial_model_for_weight_conversion)");
        if (fields.IsText("layers_pattern") && fields.Text("layers_pattern") is { } list and not "layers")
            fields.Refuse("layers_pattern", $"{Refusal.Quote(list)} is not supported; 'layers' is");
        var pattern = fields.IsText("target_modules") ? fields.Text("target_modules") : null;
        var names = pattern == LoraOptions.AllLinear ? [LoraOptions.AllLinear]
            : pattern is null ? fields.Texts("target_modules")
            : [];
        if (pattern is null && names.Length == 0)
            fields.Refuse("target_modules", "is missing; names of linear maps are expected");
        var options = new LoraOptions
        {
            Rank = fields.Size("r", 8, 1 << 16),
            Alpha = fields.Number("lora_alpha", 8),
            Dropout = fields.Number("lora_dropout", 0),
            RankStabilized = fields.Truth("use_rslora", false),
            Targets = names.Length > 0 ? names : [LoraOptions.AllLinear],
            TargetPattern = pattern == LoraOptions.AllLinear ? null : pattern,
            Layers = fields.Tokens("layers_to_transform") is { Length: > 0 } layers ? layers : null,
            RankPattern =
                [.. Patterns("rank_pattern").Select(p => KeyValuePair.Create(p.Key, Rank(p.Key, p.Value)))],
            AlphaPattern = Patterns("alpha_pattern"),
        };
        foreach (var problem in options.PatternProblems()) fields.Refuse(problem.Field, problem.What);
        fields.ThrowIfAny();
        return new AdapterConfig(fields.Text("base_model_name_or_path"), options);

        IReadOnlyList<KeyValuePair<string, double>> Patterns(string name)
        {
            var all = fields.Numbers(name);
            if (all.Count <= MostPatterns) return all;
            fields.Refuse(name, $"at most {MostPatterns} patterns are expected, not {all.Count}");
            return [];
        }

        int Rank(string key, double rank)
        {
            if (rank >= 1 && rank <= 1 << 16 && rank == Math.Floor(rank)) return (int)rank;
            fields.Refuse("rank_pattern", $"{Refusal.Quote(key)}: a whole number from 1 to {1 << 16} is expected, not {rank}");
            return 1;
        }
    }
}
