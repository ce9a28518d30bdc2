namespace Softly.Models;

/// <summary>The matrix in which <see cref="Decoder"/> holds a linear map, alone or stacked with others.</summary>
internal enum FusedMap
{
    /// <summary>Queries, keys, values.</summary>
    Qkv,

    /// <summary>Attention's output.</summary>
    Output,

    /// <summary>Gate and up of the feed-forward.</summary>
    GateUp,

    /// <summary>Down of the feed-forward.</summary>
    Down,
}

/// <summary>One of the seven linear maps of a layer.</summary>
/// <param name="Name">Hugging Face's name within the layer, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Fused">Where it is held.</param>
/// <param name="Outputs">Rows of its matrix.</param>
/// <param name="Inputs">Columns of its matrix.</param>
internal sealed record LinearMap(string Name, FusedMap Fused, int Outputs, int Inputs)
{
    /// <summary>The maps of every layer, those of one matrix in the order in which they are stacked.</summary>
    public static IReadOnlyList<LinearMap> Of(DecoderConfig config)
    {
        int d = config.HiddenSize, f = config.IntermediateSize;
        int q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize;
        return
        [
            new("self_attn.q_proj", FusedMap.Qkv, q, d), new("self_attn.k_proj", FusedMap.Qkv, kv, d),
            new("self_attn.v_proj", FusedMap.Qkv, kv, d), new("self_attn.o_proj", FusedMap.Output, d, q),
            new("mlp.gate_proj", FusedMap.GateUp, f, d), new("mlp.up_proj", FusedMap.GateUp, f, d),
            new("mlp.down_proj", FusedMap.Down, d, f),
        ];
    }
}
