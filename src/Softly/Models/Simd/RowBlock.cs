using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>
/// A few rows on their way through the model, with the room they need. Small enough that the activations stay in the nearest
/// caches; each worker has one.
/// </summary>
internal abstract unsafe class RowBlock : IDisposable
{
    private readonly NativeFloats _memory;

    protected RowBlock(PaddedShape shape, int capacity)
    {
        (Shape, Capacity) = (shape, capacity);
        Prompts = new Segment[capacity];
        Own = new Segment[capacity];
        long rows = capacity;
        _memory = new NativeFloats(
            rows * ((3L * shape.HiddenStride) + shape.QkvStride + shape.AttentionStride + shape.InnerStride));
        Hidden = _memory.Start;
        Last = Hidden + (rows * shape.HiddenStride);
        Normed = Last + (rows * shape.HiddenStride);
        Qkv = Normed + (rows * shape.HiddenStride);
        Attended = Qkv + (rows * shape.QkvStride);
        Inner = Attended + (rows * shape.AttentionStride);
    }

    /// <summary>Rows there is room for: whole tiles.</summary>
    public int Capacity { get; }

    /// <summary>The residual stream, (rows, HiddenStride).</summary>
    public float* Hidden { get; }

    /// <summary>Rows that are set aside for the head, (rows, HiddenStride).</summary>
    public float* Last { get; }

    /// <summary>What the rows share with others, row by row.</summary>
    public Segment[] Prompts { get; }

    /// <summary>
    /// What the rows own. A row's present position is the last of its own segment, or the last of the prompt while that is read.
    /// </summary>
    public Segment[] Own { get; }

    protected PaddedShape Shape { get; }

    protected float* Normed { get; }

    protected float* Qkv { get; }

    protected float* Attended { get; }

    protected float* Inner { get; }

    /// <summary>One block for the given vector width: 16, 8 or 4 numbers.</summary>
    public static RowBlock Create(
        PaddedShape shape, PackedWeights weights, RotaryTable rotary, int capacity) => shape.Lanes switch
    {
        16 => new RowBlock<Lanes512, System.Runtime.Intrinsics.Vector512<float>>(shape, weights, rotary, capacity),
        8 => new RowBlock<Lanes256, System.Runtime.Intrinsics.Vector256<float>>(shape, weights, rotary, capacity),
        4 => new RowBlock<Lanes128, System.Runtime.Intrinsics.Vector128<float>>(shape, weights, rotary, capacity),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), $"no vectors of {shape.Lanes} numbers; there are 16, 8 and 4"),
    };

    /// <summary>Sets <see cref="Hidden"/> to zeros.</summary>
    public void Clear() => new Span<float>(Hidden, Capacity * Shape.HiddenStride).Clear();

    /// <summary>Copies a row of <see cref="Hidden"/> to a row of <see cref="Last"/>.</summary>
    public void SetAside(int row, int to)
    {
        var count = Shape.HiddenStride;
        new ReadOnlySpan<float>(Hidden + ((long)row * count), count).CopyTo(new Span<float>(Last + ((long)to * count), count));
    }

    /// <summary>Adds a weighted token to a row of <see cref="Hidden"/>; a weight of zero adds nothing.</summary>
    public abstract void Add(int row, long id, float weight);

    /// <summary>Adds a vector of D numbers to a row's input.</summary>
    public abstract void Add(int row, ReadOnlySpan<float> vector);

    /// <summary>Makes room for the scores of this many positions.</summary>
    public abstract void Reach(int positions);

    /// <summary>Takes <see cref="Hidden"/> through all layers, and appends the rows' keys and values to their segments.</summary>
    public abstract void Forward(int rows);

    /// <summary>Logits of the given rows, (rows, V) with <paramref name="stride"/> numbers from one row to the next.</summary>
    public abstract void Head(float* hidden, int rows, float* logits, long stride);

    /// <inheritdoc/>
    public virtual void Dispose() => _memory.Dispose();
}

/// <inheritdoc/>
internal sealed unsafe class RowBlock<L, V>(PaddedShape shape, PackedWeights weights, RotaryTable rotary, int capacity)
    : RowBlock(shape, capacity) where L : struct, ILanes<V> where V : struct
{
    private readonly DecoderConfig _config = shape.Config;
    private readonly float _epsilon = (float)shape.Config.NormEpsilon;
    private readonly AttentionKernel<L, V>.Strides _strides = new()
    {
        Keys = shape.Config.KeyValueHeads * shape.Config.HeadSize * L.Count,
        Values = shape.Config.KeyValueHeads * shape.ValueStride,
        Half = shape.Config.HeadSize / 2,
        HalfStride = shape.HalfStride,
        ValueStride = shape.ValueStride,
        Scale = (float)(1 / Math.Sqrt(shape.Config.HeadSize)),
    };
    private NativeFloats? _scores;

    public override void Add(int row, long id, float weight)
    {
        if (weight == 0) return;
        Kernels<L, V>.AddMultiple(
            weights.Embedding + (id * Shape.HiddenStride), weight, Hidden + ((long)row * Shape.HiddenStride), Shape.HiddenStride);
    }

    public override void Add(int row, ReadOnlySpan<float> vector)
    {
        var into = Hidden + ((long)row * Shape.HiddenStride);
        for (var i = 0; i < vector.Length; i++) into[i] += vector[i];
    }

    public override void Reach(int positions)
    {
        var needed = positions + (2 * L.Count);
        if (_scores is not null && _scores.Count >= needed) return;
        _scores?.Dispose();
        _scores = null;
        _scores = new NativeFloats(needed);
    }

    public override void Forward(int rows)
    {
        for (var i = 0; i < weights.Layers.Length; i++)
        {
            ref readonly var layer = ref weights.Layers[i];
            Normalize(Hidden, layer.AttentionNorm, rows);
            Kernels<L, V>.Multiply(Normed, Shape.HiddenStride, rows, layer.Qkv, new Storing<L, V>(Qkv, Shape.QkvStride));
            for (var row = 0; row < rows; row++)
            {
                if (row + 1 < rows) Fetch(Own[row + 1], i);
                Attend(row, i, layer);
            }
            Kernels<L, V>.Multiply(
                Attended, Shape.AttentionStride, rows, layer.Output, new Adding<L, V>(Hidden, Shape.HiddenStride));

            Normalize(Hidden, layer.FeedForwardNorm, rows);
            Kernels<L, V>.Multiply(Normed, Shape.HiddenStride, rows, layer.GateUp, new Gating<L, V>(Inner, Shape.InnerStride));
            Kernels<L, V>.Multiply(Inner, Shape.InnerStride, rows, layer.Down, new Adding<L, V>(Hidden, Shape.HiddenStride));
        }
    }

    public override void Head(float* hidden, int rows, float* logits, long stride)
    {
        Normalize(hidden, weights.FinalNorm, rows);
        Kernels<L, V>.Multiply(
            Normed, Shape.HiddenStride, rows, weights.Head, new Cropping<L, V>(logits, stride, rows, _config.VocabularySize));
    }

    public override void Dispose()
    {
        _scores?.Dispose();
        base.Dispose();
    }

    private void Normalize(float* hidden, float* weight, int rows) =>
        Kernels<L, V>.Normalize(hidden, Normed, weight, rows, Shape.HiddenStride, _config.HiddenSize, _epsilon);

    // What a row owns lies outside the nearest caches: it is asked for while the row before it is computed. Prompts are shared.
    private void Fetch(in Segment segment, int layer)
    {
        if (!Sse.IsSupported || segment.Length == 0) return;
        var view = View(segment, layer);
        Fetch(view.Keys, Shape.KeyCache(segment.Length));
        Fetch(view.Values, (long)segment.Length * _strides.Values);
    }

    private static void Fetch(float* from, long count)
    {
        for (long i = 0; i < count; i += 16) Sse.Prefetch1(from + i);
    }

    private void Attend(int row, int layer, in PackedLayer packed)
    {
        var (prompt, own) = (Prompts[row], Own[row]);
        var position = prompt.Length + own.Length - 1;
        var queries = Qkv + ((long)row * Shape.QkvStride);
        var keys = queries + Shape.KeyColumn;
        if (_config.QkNorm)
        {
            NormalizeHeads(queries, packed.QueryNorm, _config.Heads);
            NormalizeHeads(keys, packed.KeyNorm, _config.KeyValueHeads);
        }
        // Key heads lie behind the query heads, so one call turns both.
        Kernels<L, V>.Rotate(queries, _config.Heads + _config.KeyValueHeads, Shape.HalfStride, rotary.At(position));

        var (promptView, ownView) = (View(prompt, layer), View(own, layer));
        Append(keys, queries + Shape.ValueColumn, own.Length > 0 ? ownView : promptView);
        var to = Attended + ((long)row * Shape.AttentionStride);
        for (var shared = 0; shared < _config.KeyValueHeads; shared++)
        {
            for (var i = 0; i < Shape.Group; i++, queries += Shape.HeadStride, to += _config.HeadSize)
                AttentionKernel<L, V>.Attend(queries, promptView, ownView, _strides, _scores!.Start, to);
            Next(ref promptView);
            Next(ref ownView);
        }
    }

    private void NormalizeHeads(float* heads, float* weight, int count)
    {
        for (var i = 0; i < count; i++, heads += Shape.HeadStride)
            Kernels<L, V>.Normalize(heads, heads, weight, 1, Shape.HeadStride, _config.HeadSize, _epsilon);
    }

    private AttentionKernel<L, V>.View View(Segment segment, int layer)
    {
        var keys = segment.Memory + (layer * Shape.LayerCache(segment.Capacity));
        return new() { Keys = keys, Values = keys + Shape.KeyCache(segment.Capacity), Length = segment.Length };
    }

    private void Next(ref AttentionKernel<L, V>.View view)
    {
        view.Keys += _config.HeadSize * L.Count;
        view.Values += Shape.ValueStride;
    }

    // Writes the present position's keys and values, all heads, as the last of a segment.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Append(float* keys, float* values, AttentionKernel<L, V>.View view)
    {
        var position = view.Length - 1;
        var to = view.Keys + ((long)(position / L.Count) * _strides.Keys) + (position % L.Count);
        for (var half = 0; half < 2 * _config.KeyValueHeads; half++, keys += _strides.HalfStride)
            for (var i = 0; i < _strides.Half; i++, to += L.Count)
                *to = keys[i];
        var at = view.Values + ((long)position * _strides.Values);
        for (var i = 0; i < _strides.Values; i += L.Count) L.Store(L.Load(values + i), at + i);
    }
}
