using System.Text.RegularExpressions;

namespace Softly.Models.Weights;

/// <summary>GGUF's tensor names of the Llama and Qwen families, and Hugging Face's.</summary>
internal static partial class GgufNames
{
    private static readonly Dictionary<string, string> Outside = new()
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    };

    private static readonly Dictionary<string, string> InLayer = new()
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    private const string Layers = "model.layers.";
    private static readonly Dictionary<string, string> OutsideBack = Outside.ToDictionary(pair => pair.Value, pair => pair.Key);
    private static readonly Dictionary<string, string> InLayerBack = InLayer.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>Factors of the rotary frequencies: part of the configuration, no parameter.</summary>
    public const string RopeFactors = "rope_freqs.weight";

    /// <summary>The Hugging Face name; a name that is not known stays as it is.</summary>
    public static string ToHuggingFace(string name)
    {
        var match = Parts().Match(name);
        if (!match.Success) return name;
        var (layer, part, kind) = (match.Groups["layer"].Value, match.Groups["part"].Value, match.Groups["kind"].Value);
        if (layer.Length == 0) return Outside.TryGetValue(part, out var outside) ? $"{outside}.{kind}" : name;
        return InLayer.TryGetValue(part, out var inside) ? $"model.layers.{layer}.{inside}.{kind}" : name;
    }

    /// <summary>GGUF's name of a parameter of these families.</summary>
    /// <exception cref="ArgumentException">The name belongs to no parameter that is known.</exception>
    public static string FromHuggingFace(string name)
    {
        var dot = name.LastIndexOf('.');
        var (part, kind) = (name[..Math.Max(0, dot)], name[(dot + 1)..]);
        if (OutsideBack.TryGetValue(part, out var outside)) return $"{outside}.{kind}";
        if (part.StartsWith(Layers, StringComparison.Ordinal) && part[Layers.Length..].Split('.', 2) is [var layer, var rest]
            && InLayerBack.TryGetValue(rest, out var inside))
            return $"blk.{layer}.{inside}.{kind}";
        throw new ArgumentException($"parameter {name} has no name in GGUF");
    }

    [GeneratedRegex(@"^(blk\.(?<layer>0|[1-9]\d{0,5})\.)?(?<part>\w+)\.(?<kind>weight|bias)$")]
    private static partial Regex Parts();
}
