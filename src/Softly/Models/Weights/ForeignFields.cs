using System.Text.Json;

namespace Softly.Models.Weights;

/// <summary>
/// Fields with which relatives of these families change what is computed. A checkpoint that calls itself llama or qwen and has
/// one of them would be computed wrongly without a word, so only the value that changes nothing is let through.
/// </summary>
internal static class ForeignFields
{
    private static readonly Dictionary<string, string> Neutral = new()
    {
        // positions and masks
        ["use_mrope"] = "false", ["rotary_pct"] = "1", ["rope_ratio"] = "1", ["alibi"] = "false", ["is_causal"] = "true",
        ["use_bidirectional_attention"] = "false", ["attention_chunk_size"] = "null", ["dual_chunk_attention_config"] = "null",
        ["no_rope_layers"] = "null", ["nope_layer_interval"] = "null", ["sliding_window_pattern"] = "null",
        // factors and caps, as in Granite, MiniCPM, Cohere, Gemma and OLMo
        ["attention_multiplier"] = "null", ["embedding_multiplier"] = "1", ["residual_multiplier"] = "1",
        ["logits_scaling"] = "1", ["logit_scale"] = "1", ["scale_emb"] = "1", ["scale_depth"] = "null",
        ["dim_model_base"] = "null", ["embedding_scale"] = "1", ["query_pre_attn_scalar"] = "null",
        ["attn_logit_softcapping"] = "null", ["final_logit_softcapping"] = "null", ["clip_qkv"] = "null",
        ["normalize_embedding"] = "false",
        // layers of other kinds
        ["num_experts"] = "0", ["num_local_experts"] = "0", ["n_routed_experts"] = "0", ["num_experts_per_tok"] = "0",
        ["moe_intermediate_size"] = "null", ["use_qk_norm"] = "false", ["qk_layernorm"] = "false", ["use_post_norm"] = "false",
        ["use_parallel_residual"] = "false", ["parallel_attn"] = "false", ["q_lora_rank"] = "null", ["kv_lora_rank"] = "null",
        ["attention_out_bias"] = "false", ["lm_head_bias"] = "false", ["is_encoder_decoder"] = "false",
        ["add_cross_attention"] = "false", ["vision_config"] = "null", ["audio_config"] = "null",
        // rounding or chance
        ["pretraining_tp"] = "1", ["hidden_dropout"] = "0", ["resid_pdrop"] = "0", ["embd_pdrop"] = "0",
        ["residual_dropout"] = "0", ["layerdrop"] = "0",
    };

    /// <summary>Adds a problem for every such field that is there with another value than its neutral one (or null).</summary>
    public static void Refuse(ConfigFields fields)
    {
        foreach (var (name, neutral) in Neutral)
        {
            if (fields.Value(name) is not { } value || Same(value, neutral)) continue;
            var remedy = neutral == "null" ? "leave it out" : $"only {neutral} is";
            fields.Refuse(name, $"{Refusal.Quote(value.GetRawText())} is not supported: it changes what is computed; {remedy}");
        }
    }

    private static bool Same(JsonElement value, string neutral) => value.ValueKind switch
    {
        JsonValueKind.True => neutral == "true",
        JsonValueKind.False => neutral == "false",
        JsonValueKind.Number => double.TryParse(neutral, out var number) && value.TryGetDouble(out var given) && given == number,
        _ => false,
    };
}
