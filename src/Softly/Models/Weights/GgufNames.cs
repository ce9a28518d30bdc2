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

    [GeneratedRegex(@"^(blk\.(?<layer>0|[1-9]\d{0,5})\.)?(?<part>\w+)\.(?<kind>weight|bias)$")]
    private static partial Regex Parts();
}
