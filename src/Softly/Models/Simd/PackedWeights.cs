using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>One layer's weights, packed.</summary>
internal unsafe struct PackedLayer
{
    public PackedMatrix Qkv, Output, GateUp, Down;
    public float* AttentionNorm, FeedForwardNorm, QueryNorm, KeyNorm;
}

/// <summary>A model's parameters, copied into the order in which the kernels read them.</summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly PaddedShape _shape;
    private readonly Parameters _parameters;
    private readonly NativeFloats _memory;

    /// <summary>Lays out and packs.</summary>
    public PackedWeights(PaddedShape shape, IReadOnlyDictionary<string, Tensor> parameters)
    {
        _shape = shape;
        _parameters = new Parameters(parameters);
        var config = shape.Config;
        var attention = config.Heads * config.HeadSize;
        _memory = new NativeFloats(Numbers(shape));

        var at = _memory.Start;
        Embedding = Take(ref at, (long)config.VocabularySize * shape.HiddenStride);
        FinalNorm = Take(ref at, shape.HiddenStride);
        Head = PackedMatrix.Lay(ref at, config.VocabularySize, config.HiddenSize, shape.Panel);
        Layers = new PackedLayer[config.Layers];
        for (var i = 0; i < Layers.Length; i++)
            Layers[i] = new PackedLayer
            {
                AttentionNorm = Take(ref at, shape.HiddenStride),
                FeedForwardNorm = Take(ref at, shape.HiddenStride),
                QueryNorm = Take(ref at, shape.HeadStride),
                KeyNorm = Take(ref at, shape.HeadStride),
                Qkv = PackedMatrix.Lay(ref at, shape.QkvColumns, config.HiddenSize, shape.Panel),
                Output = PackedMatrix.Lay(ref at, config.HiddenSize, attention, shape.Panel),
                GateUp = PackedMatrix.Lay(ref at, 2 * shape.InnerStride, config.HiddenSize, shape.Panel),
                Down = PackedMatrix.Lay(ref at, config.HiddenSize, config.IntermediateSize, shape.Panel),
            };
        try
        {
            Refresh();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many numbers all of it holds.</summary>
    public static long Numbers(PaddedShape shape)
    {
        var config = shape.Config;
        var layer = PackedMatrix.Size(shape.QkvColumns, config.HiddenSize, shape.Panel)
            + PackedMatrix.Size(config.HiddenSize, config.Heads * config.HeadSize, shape.Panel)
            + PackedMatrix.Size(2 * shape.InnerStride, config.HiddenSize, shape.Panel)
            + PackedMatrix.Size(config.HiddenSize, config.IntermediateSize, shape.Panel)
            + (2 * shape.HiddenStride) + (2 * shape.HeadStride);
        return ((long)config.VocabularySize * shape.HiddenStride) + shape.HiddenStride
            + PackedMatrix.Size(config.VocabularySize, config.HiddenSize, shape.Panel) + (layer * config.Layers);
    }

    /// <summary>(V, HiddenStride), row by row.</summary>
    public float* Embedding { get; }

    public float* FinalNorm { get; }

    public PackedMatrix Head { get; }

    public PackedLayer[] Layers { get; }

    /// <summary>Copies the parameters' present values.</summary>
    public void Refresh()
    {
        var config = _shape.Config;
        var (width, inner, vocabulary) = (config.HiddenSize, config.IntermediateSize, config.VocabularySize);
        var embedding = Find("model.embed_tokens.weight", vocabulary, width);
        for (var i = 0L; i < vocabulary; i++) Copy(embedding + (i * width), Embedding + (i * _shape.HiddenStride), width);
        Copy(Find("model.norm.weight", width), FinalNorm, width);
        Head.Place(config.TiedHead ? embedding : Find("lm_head.weight", vocabulary, width), null, vocabulary, 0);

        for (var i = 0; i < Layers.Length; i++)
        {
            var name = $"model.layers.{i}.";
            ref readonly var layer = ref Layers[i];
            Copy(Find(name + "input_layernorm.weight", width), layer.AttentionNorm, width);
            Copy(Find(name + "post_attention_layernorm.weight", width), layer.FeedForwardNorm, width);
            PlaceAttention(name + "self_attn.", layer);
            PlaceInner(name + "mlp.gate_proj", 0, layer.GateUp);
            PlaceInner(name + "mlp.up_proj", _shape.Lanes, layer.GateUp);
            var down = Linear(name + "mlp.down_proj", config.FeedForwardBias, width, inner);
            layer.Down.Place(down.Row(0), down.Bias, width, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void PlaceAttention(string name, in PackedLayer layer)
    {
        var config = _shape.Config;
        var (width, size) = (config.HiddenSize, config.HeadSize);
        PlaceHalves(Linear(name + "q_proj", config.QkvBias, config.Heads * size, width), config.Heads, 0, layer.Qkv);
        PlaceHalves(
            Linear(name + "k_proj", config.QkvBias, config.KeyValueHeads * size, width), config.KeyValueHeads, _shape.KeyColumn,
            layer.Qkv);
        var values = Linear(name + "v_proj", config.QkvBias, config.KeyValueHeads * size, width);
        for (var head = 0; head < config.KeyValueHeads; head++)
            Place(values, head * size, size, _shape.ValueColumn + (head * _shape.ValueStride), layer.Qkv);
        var output = Linear(name + "o_proj", config.OutputBias, width, config.Heads * size);
        layer.Output.Place(output.Row(0), output.Bias, width, 0);
        if (!config.QkNorm) return;
        CopyHalves(Find(name + "q_norm.weight", size), layer.QueryNorm);
        CopyHalves(Find(name + "k_norm.weight", size), layer.KeyNorm);
    }

    private void PlaceHalves(in SourceMatrix source, int heads, int column, PackedMatrix into)
    {
        var half = _shape.Config.HeadSize / 2;
        for (var i = 0; i < 2 * heads; i++) Place(source, i * half, half, column + (i * _shape.HalfStride), into);
    }

    // A panel holds one vector of the gate and the same columns of the other branch, so that their product never leaves
    // registers.
    private void PlaceInner(string name, int column, PackedMatrix into)
    {
        var config = _shape.Config;
        var source = Linear(name, config.FeedForwardBias, config.IntermediateSize, config.HiddenSize);
        for (var i = 0; i < config.IntermediateSize; i += _shape.Lanes, column += _shape.Panel)
            Place(source, i, Math.Min(_shape.Lanes, config.IntermediateSize - i), column, into);
    }

    private static void Place(in SourceMatrix source, int row, int count, int column, PackedMatrix into) => into.Place(
        source.Row(row), source.Bias is null ? null : source.Bias + row, count, column);

    private void CopyHalves(float* from, float* to)
    {
        var half = _shape.Config.HeadSize / 2;
        Copy(from, to, half);
        Copy(from + half, to + _shape.HalfStride, half);
    }

    private static void Copy(float* from, float* to, int count) =>
        new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    private static float* Take(ref float* at, long count)
    {
        var taken = at;
        at += count;
        return taken;
    }

    private SourceMatrix Linear(string name, bool biased, int rows, int columns) =>
        _parameters.Linear(name, biased, rows, columns, half: false);

    private float* Find(string name, params ReadOnlySpan<long> shape) => (float*)_parameters.Find(name, half: false, shape).Start;
}
