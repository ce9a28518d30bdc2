using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>One layer's weights as factors of products.</summary>
internal sealed unsafe class PanelLayer
{
    public required FactorPanels Qkv, Output, GateUp, Down;

    /// <summary>Norms, padded with zeros.</summary>
    public float* AttentionNorm, FeedForwardNorm, QueryNorm, KeyNorm;

    /// <summary>One number a column of the product; null where the model has none.</summary>
    public float* QkvBias, OutputBias, GateUpBias, DownBias;
}

/// <summary>
/// A model's parameters for products of whole blocks (<see cref="FactorPanels"/>), in single precision or bfloat16. Norms and
/// biases are single precision in both. The embedding is not copied: mixtures of tokens are read from the parameter itself.
/// </summary>
/// <remarks>
/// A panel of gate and up holds 32 columns of the gate and the same 32 of the other branch: their product needs no other panel.
/// </remarks>
internal sealed unsafe class PanelWeights : IDisposable
{
    /// <summary>Columns of each branch in a panel.</summary>
    public const int Branch = FactorPanels.Width / 2;

    private readonly PaddedShape _shape;
    private readonly Parameters _parameters;
    private readonly bool _half;
    private readonly NativeFloats _panels, _vectors;
    private readonly nint[] _rows; // where each column of each panel comes from, matrix after matrix
    private readonly FactorPanels[] _matrices;
    private readonly int[] _firstPanels; // one a matrix, and the total
    private readonly Action<int, int> _take;

    /// <summary>Lays out and packs.</summary>
    /// <param name="shape">The padded shape.</param>
    /// <param name="parameters">Contiguous on the CPU, single precision; where packed in bfloat16, that too.</param>
    /// <param name="half">Whether matrices are packed in bfloat16.</param>
    /// <param name="pool">Who packs.</param>
    public PanelWeights(PaddedShape shape, IReadOnlyDictionary<string, Tensor> parameters, bool half, WorkerPool pool)
    {
        (_shape, _parameters, _half, _take) = (shape, new Parameters(parameters), half, Take);
        var c = shape.Config;
        var sizes = Sizes(shape);
        _panels = new NativeFloats(Bytes(shape, half) / sizeof(float));
        long vectors = shape.HiddenStride + (c.Layers * ((2L * shape.HiddenStride) + (2 * shape.HeadStride) + Biases()));
        _vectors = new NativeFloats(vectors);

        var at = (byte*)_panels.Start;
        var vector = _vectors.Start;
        FinalNorm = Vector(shape.HiddenStride);
        Layers = new PanelLayer[c.Layers];
        for (var i = 0; i < Layers.Length; i++)
            Layers[i] = new PanelLayer
            {
                Qkv = Panels(sizes[0]), Output = Panels(sizes[1]), GateUp = Panels(sizes[2]), Down = Panels(sizes[3]),
                AttentionNorm = Vector(shape.HiddenStride), FeedForwardNorm = Vector(shape.HiddenStride),
                QueryNorm = Vector(shape.HeadStride), KeyNorm = Vector(shape.HeadStride),
                QkvBias = c.QkvBias ? Vector(sizes[0].Columns) : null,
                OutputBias = c.OutputBias ? Vector(sizes[1].Columns) : null,
                GateUpBias = c.FeedForwardBias ? Vector(sizes[2].Columns) : null,
                DownBias = c.FeedForwardBias ? Vector(sizes[3].Columns) : null,
            };
        Head = Panels((c.HiddenSize, c.VocabularySize));
        _matrices = [.. Layers.SelectMany(l => (FactorPanels[])[l.Qkv, l.Output, l.GateUp, l.Down]), Head];
        _firstPanels = new int[_matrices.Length + 1];
        for (var i = 0; i < _matrices.Length; i++) _firstPanels[i + 1] = _firstPanels[i] + _matrices[i].Count;
        _rows = new nint[(long)_firstPanels[^1] * FactorPanels.Width];
        try
        {
            Refresh(pool);
        }
        catch
        {
            Dispose();
            throw;
        }

        long Biases() => (c.QkvBias ? sizes[0].Columns : 0) + (c.OutputBias ? sizes[1].Columns : 0)
            + (c.FeedForwardBias ? sizes[2].Columns + sizes[3].Columns : 0);

        FactorPanels Panels((int Depth, int Columns) size)
        {
            var panels = new FactorPanels(size.Depth, size.Columns, half, at);
            at += FactorPanels.Bytes(size.Depth, size.Columns, half);
            return panels;
        }

        float* Vector(int count)
        {
            var taken = vector;
            vector += count;
            return taken;
        }
    }

    /// <summary>What the matrices take.</summary>
    public static long Bytes(PaddedShape shape, bool half) =>
        FactorPanels.Bytes(shape.Config.HiddenSize, shape.Config.VocabularySize, half)
        + (shape.Config.Layers * Sizes(shape).Sum(s => FactorPanels.Bytes(s.Depth, s.Columns, half)));

    /// <summary>The embedding as it is now, (V, D): the parameter itself.</summary>
    public SourceMatrix Embedding { get; private set; }

    public float* FinalNorm { get; }

    public FactorPanels Head { get; }

    public PanelLayer[] Layers { get; }

    /// <summary>Copies the parameters' present values, all workers side by side.</summary>
    public void Refresh(WorkerPool pool)
    {
        var c = _shape.Config;
        var (width, inner, size) = (c.HiddenSize, c.IntermediateSize, c.HeadSize);
        Embedding = _parameters.Find("model.embed_tokens.weight", _half, c.VocabularySize, width);
        _parameters.Copy("model.norm.weight", FinalNorm, width);
        for (var i = 0; i < Layers.Length; i++)
        {
            var name = $"model.layers.{i}.";
            var layer = Layers[i];
            _parameters.Copy(name + "input_layernorm.weight", layer.AttentionNorm, width);
            _parameters.Copy(name + "post_attention_layernorm.weight", layer.FeedForwardNorm, width);
            name += "self_attn.";
            PlaceHalves(4 * i, name + "q_proj", c.Heads, 0, layer.QkvBias);
            PlaceHalves(4 * i, name + "k_proj", c.KeyValueHeads, _shape.KeyColumn, layer.QkvBias);
            Place(
                4 * i, name + "v_proj", c.KeyValueHeads * size, width, size, _shape.ValueColumn, _shape.ValueStride,
                layer.QkvBias);
            Place((4 * i) + 1, name + "o_proj", width, c.Heads * size, width, 0, 0, layer.OutputBias);
            if (c.QkNorm)
            {
                CopyHalves(name + "q_norm.weight", layer.QueryNorm);
                CopyHalves(name + "k_norm.weight", layer.KeyNorm);
            }
            name = $"model.layers.{i}.mlp.";
            Place((4 * i) + 2, name + "gate_proj", inner, width, Branch, 0, FactorPanels.Width, layer.GateUpBias);
            Place((4 * i) + 2, name + "up_proj", inner, width, Branch, Branch, FactorPanels.Width, layer.GateUpBias);
            Place((4 * i) + 3, name + "down_proj", width, inner, width, 0, 0, layer.DownBias);
        }
        Place(4 * c.Layers, c.TiedHead ? Embedding : Find("lm_head.weight", c.VocabularySize, width), c.VocabularySize,
            c.VocabularySize, 0, 0);
        pool.Run(_firstPanels[^1], _take);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _panels.Dispose();
        _vectors.Dispose();
    }

    // A layer's matrices in their order.
    private static (int Depth, int Columns)[] Sizes(PaddedShape shape)
    {
        var c = shape.Config;
        return
        [
            (c.HiddenSize, shape.QkvColumns), (c.Heads * c.HeadSize, c.HiddenSize),
            (c.HiddenSize, 2 * PaddedShape.Up(c.IntermediateSize, Branch)), (c.IntermediateSize, c.HiddenSize),
        ];
    }

    private void Take(int worker, int panel)
    {
        var matrix = Array.BinarySearch(_firstPanels, panel);
        if (matrix < 0) matrix = ~matrix - 1;
        fixed (nint* rows = _rows)
            _matrices[matrix].Take(
                (byte**)(rows + ((long)panel * FactorPanels.Width)), Embedding.Half, panel - _firstPanels[matrix]);
    }

    private void PlaceHalves(int matrix, string name, int heads, int column, float* bias)
    {
        var half = _shape.Config.HeadSize / 2;
        Place(matrix, name, 2 * heads * half, _shape.Config.HiddenSize, half, column, _shape.HalfStride, bias);
    }

    private void Place(
        int matrix, string name, int rows, int columns, int run, int column, int stride, float* bias)
    {
        Place(matrix, Find(name + ".weight", rows, columns), rows, run, column, stride);
        if (bias is null) return;
        var copied = new float[rows];
        fixed (float* from = copied)
        {
            _parameters.Copy(name + ".bias", from, rows);
            for (var row = 0; row < rows; row++) bias[column + (row / run * stride) + (row % run)] = from[row];
        }
    }

    // Runs of rows become neighbouring columns, each run so many columns behind the one before.
    private void Place(int matrix, in SourceMatrix source, int rows, int run, int column, int stride)
    {
        var first = (long)_firstPanels[matrix] * FactorPanels.Width;
        for (var row = 0; row < rows; row++) _rows[first + column + (row / run * stride) + (row % run)] = (nint)source.At(row);
    }

    private void CopyHalves(string name, float* to)
    {
        var (size, half) = (_shape.Config.HeadSize, _shape.Config.HeadSize / 2);
        var whole = stackalloc float[size];
        _parameters.Copy(name, whole, size);
        new ReadOnlySpan<float>(whole, half).CopyTo(new Span<float>(to, half));
        new ReadOnlySpan<float>(whole + half, half).CopyTo(new Span<float>(to + _shape.HalfStride, half));
    }

    private SourceMatrix Find(string name, params ReadOnlySpan<long> shape)
    {
        var found = _parameters.Find(name, _half, shape);
        return found.Half == Embedding.Half ? found : throw new ArgumentException(
            $"{name} is {Type(found)} and model.embed_tokens.weight {Type(Embedding)}; all parameters must be of one type");

        static string Type(SourceMatrix matrix) => matrix.Half ? "BFloat16" : "Float32";
    }
}
