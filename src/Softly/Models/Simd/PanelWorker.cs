using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>
/// What one worker does of a block's way through the model. Each phase of a layer is cut into pieces (panels of a weight, rows of
/// a prompt with a key-value head) that the workers of a team share out; a team of one does them all.
/// </summary>
/// <remarks>
/// An element's sum does not depend on who computes it or on what is computed beside it. The residual stream, norms, rotations,
/// softmax, keys and values are single precision; in bfloat16 are the weights and what is multiplied with them: the two norms'
/// results, what attention gives, and the feed-forward's inside.
/// </remarks>
internal abstract unsafe class PanelWorker : IDisposable
{
    /// <summary>For the given width of vectors: 16, 8 or 4 numbers.</summary>
    public static PanelWorker Create(PaddedShape shape, PanelWeights weights, RotaryTable rotary, bool half) => shape.Lanes switch
    {
        16 => new PanelWorker<Lanes512, Vector512<float>>(shape, weights, rotary, half),
        8 => new PanelWorker<Lanes256, Vector256<float>>(shape, weights, rotary, half),
        4 => new PanelWorker<Lanes128, Vector128<float>>(shape, weights, rotary, half),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), $"no vectors of {shape.Lanes} numbers; there are 16, 8 and 4"),
    };

    /// <summary>Makes room for the scores of this many positions.</summary>
    public abstract void Reach(int positions);

    /// <summary>Adds a weighted token to a row's input; a weight of zero adds nothing.</summary>
    public abstract void Add(PanelActivations x, int row, long id, float weight);

    /// <summary>Adds a vector of D numbers to a row's input.</summary>
    public abstract void Add(PanelActivations x, int row, ReadOnlySpan<float> vector);

    /// <summary>Takes the rows through all layers, and appends their keys and values to their segments.</summary>
    public abstract void Forward(Team team, PanelActivations x);

    /// <summary>Logits of some rows, (rows, V) with <paramref name="stride"/> numbers from one row to the next.</summary>
    public abstract void Head(Team team, float* hidden, int rows, float* logits, long stride);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <inheritdoc/>
internal sealed unsafe class PanelWorker<L, V> : PanelWorker where L : struct, ILanes<V> where V : struct
{
    private const int Capacity = PanelActivations.Capacity, Width = FactorPanels.Width, Panel = PaddedShape.PanelPositions;
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;

    private readonly PaddedShape _shape;
    private readonly DecoderConfig _config;
    private readonly PanelWeights _weights;
    private readonly RotaryTable _rotary;
    private readonly bool _half;
    private readonly float _epsilon, _scale;
    private readonly NativeFloats _memory;
    private readonly float* _row, _products, _queries, _gathered, _inverses;
    private readonly byte* _normed;
    private NativeFloats? _scores;
    private int _scoreStride;

    public PanelWorker(PaddedShape shape, PanelWeights weights, RotaryTable rotary, bool half)
    {
        (_shape, _config, _weights, _rotary, _half) = (shape, shape.Config, weights, rotary, half);
        (_epsilon, _scale) = ((float)_config.NormEpsilon, (float)(1 / Math.Sqrt(_config.HeadSize)));
        long hidden = shape.HiddenStride, rows = Capacity, group = PanelActivations.Rounded(Math.Max(Capacity, shape.Group));
        _memory = new NativeFloats(
            (rows * hidden) + hidden + (rows * Width) + (group * (_config.HeadSize + shape.ValueStride)) + group);
        _normed = (byte*)_memory.Start;
        _row = _memory.Start + (rows * hidden);
        _products = _row + hidden;
        _gathered = _products + (rows * Width);
        _queries = _gathered + (group * shape.ValueStride);
        _inverses = _queries + (group * _config.HeadSize);
    }

    public override void Reach(int positions)
    {
        // Few strides, since a kernel is made for each; no power of two, at which a cache's sets would collide.
        var stride = PaddedShape.Up(positions + (4 * Panel), 512) + 16;
        if (stride <= _scoreStride) return;
        _scores?.Dispose();
        _scores = null;
        _scoreStride = stride;
        _scores = new NativeFloats((long)PanelActivations.Rounded(Math.Max(Capacity, _shape.Group)) * stride);
    }

    [MethodImpl(Once)]
    public override void Add(PanelActivations x, int row, long id, float weight)
    {
        if (weight == 0) return;
        var embedding = _weights.Embedding;
        var from = embedding.At(id);
        if (embedding.Half) Brain.Widen((ushort*)from, _row, _config.HiddenSize);
        else if (_config.HiddenSize % L.Count == 0)
        {
            Kernels<L, V>.AddMultiple((float*)from, weight, Hidden(x, row), _config.HiddenSize);
            return;
        }
        else Buffer.MemoryCopy(from, _row, _config.HiddenSize * sizeof(float), _config.HiddenSize * sizeof(float));
        Kernels<L, V>.AddMultiple(_row, weight, Hidden(x, row), _config.HiddenSize - (_config.HiddenSize % L.Count));
        for (var i = _config.HiddenSize - (_config.HiddenSize % L.Count); i < _config.HiddenSize; i++)
            Hidden(x, row)[i] += weight * _row[i];
    }

    public override void Add(PanelActivations x, int row, ReadOnlySpan<float> vector)
    {
        var into = Hidden(x, row);
        for (var i = 0; i < vector.Length; i++) into[i] += vector[i];
    }

    public override void Forward(Team team, PanelActivations x)
    {
        var rows = PanelActivations.Rounded(x.Rows);
        for (var i = 0; i < _weights.Layers.Length; i++)
        {
            var layer = _weights.Layers[i];
            // Every worker has norms of its own: cheaper than to meet once more.
            Normalize(x.Hidden, layer.AttentionNorm, x.Rows);
            for (var panel = team.Claim(); panel < layer.Qkv.Count; panel = team.Claim())
                Multiply(
                    layer.Qkv, layer.QkvBias, panel * Width, Width, _normed, _shape.HiddenStride, rows, x.Qkv, _shape.QkvStride,
                    false);
            team.Meet();

            if (x.Reading) // keys and values of all rows first, which later rows attend to
            {
                var pieces = x.Rows * _config.KeyValueHeads;
                for (var piece = team.Claim(); piece < pieces; piece = team.Claim())
                    Place(x, i, piece / _config.KeyValueHeads, piece % _config.KeyValueHeads);
                team.Meet();
            }
            for (var piece = team.Claim(); piece < x.Chunks * _config.KeyValueHeads; piece = team.Claim())
                Attend(x, i, piece / _config.KeyValueHeads, piece % _config.KeyValueHeads);
            team.Meet();

            AddProduct(team, layer.Output, layer.OutputBias, x.Attended, x.AttendedStride, rows, x);
            Normalize(x.Hidden, layer.FeedForwardNorm, x.Rows);
            for (var panel = team.Claim(); panel < layer.GateUp.Count; panel = team.Claim()) Gate(x, layer, panel, rows);
            team.Meet();
            AddProduct(team, layer.Down, layer.DownBias, x.Inner, x.InnerStride, rows, x);
        }
    }

    public override void Head(Team team, float* hidden, int rows, float* logits, long stride)
    {
        var (whole, head) = (PanelActivations.Rounded(rows), _weights.Head);
        Normalize(hidden, _weights.FinalNorm, rows);
        for (var panel = team.Claim(); panel < head.Count; panel = team.Claim())
        {
            var (column, count) = (panel * Width, Math.Min(Width, head.Columns - (panel * Width)));
            if (whole == rows && stride <= int.MaxValue)
            {
                head.Multiply(_normed, _shape.HiddenStride, rows, column, count, logits + column, (int)stride, false);
                continue;
            }
            head.Multiply(_normed, _shape.HiddenStride, whole, column, count, _products, Width, false);
            for (var row = 0; row < rows; row++)
                new ReadOnlySpan<float>(_products + (row * Width), count)
                    .CopyTo(new Span<float>(logits + (row * stride) + column, count));
        }
        team.Meet();
    }

    public override void Dispose()
    {
        _scores?.Dispose();
        _memory.Dispose();
    }

    private float* Hidden(PanelActivations x, int row) => x.Hidden + ((long)row * _shape.HiddenStride);

    // The panels left over when every worker has as many as the others are cut in halves: these products have few columns.
    private void AddProduct(
        Team team, FactorPanels weight, float* bias, byte* from, int fromStride, int rows, PanelActivations x)
    {
        const int half = Width / 2;
        var whole = weight.Count - (weight.Count % team.Size);
        var pieces = whole + (2 * (weight.Count - whole));
        for (var piece = team.Claim(); piece < pieces; piece = team.Claim())
        {
            var column = piece < whole ? piece * Width : (whole * Width) + ((piece - whole) * half);
            if (column < weight.Columns)
                Multiply(
                    weight, bias, column, piece < whole ? Width : half, from, fromStride, rows, x.Hidden, _shape.HiddenStride,
                    true);
        }
        team.Meet();
    }

    private static void Multiply(
        FactorPanels weight, float* bias, int column, int count, byte* a, int aStride, int rows, float* c, int cStride, bool add)
    {
        count = Math.Min(count, weight.Columns - column);
        c += column;
        if (bias is not null)
        {
            for (var row = 0; row < rows; row++)
            {
                var to = c + ((nint)row * cStride);
                for (var i = 0; i < count; i++) to[i] = bias[column + i] + (add ? to[i] : 0f);
            }
            add = true;
        }
        weight.Multiply(a, aStride, rows, column, count, c, cStride, add);
    }

    private void Normalize(float* hidden, float* weight, int rows)
    {
        if (!_half)
        {
            Kernels<L, V>.Normalize(
                hidden, (float*)_normed, weight, rows, _shape.HiddenStride, _config.HiddenSize, _epsilon);
            return;
        }
        var to = (ushort*)_normed;
        for (var row = 0; row < rows; row++, hidden += _shape.HiddenStride, to += _shape.HiddenStride)
        {
            Kernels<L, V>.Normalize(hidden, _row, weight, 1, _shape.HiddenStride, _config.HiddenSize, _epsilon);
            Brain.Narrow(_row, to, _shape.HiddenStride);
        }
    }

    // silu(gate) · up of one panel, into the feed-forward's inside.
    [MethodImpl(Once)]
    private void Gate(PanelActivations x, PanelLayer layer, int panel, int rows)
    {
        const int branch = PanelWeights.Branch;
        Multiply(
            layer.GateUp, layer.GateUpBias, panel * Width, Width, _normed, _shape.HiddenStride,
            rows, _products - (panel * Width), Width, false);
        var one = L.All(1f);
        for (var row = 0; row < x.Rows; row++)
        {
            var from = _products + (row * Width);
            var at = ((long)row * x.InnerStride) + (panel * branch);
            var to = _half ? from : (float*)x.Inner + at;
            for (var i = 0; i < branch; i += L.Count)
            {
                V gate = L.Load(from + i), up = L.Load(from + branch + i);
                var decay = Kernels<L, V>.Exp(L.Subtract(L.All(0f), gate));
                L.Store(L.Divide(L.Multiply(gate, up), L.Add(one, decay)), to + i);
            }
            if (_half) Brain.Narrow(to, (ushort*)x.Inner + at, branch);
        }
    }

    // Norms and rotation of a row's heads that share a key-value head, and its key and value appended to the segment.
    private void Place(PanelActivations x, int index, int row, int shared)
    {
        var layer = _weights.Layers[index];
        var (prompt, own) = (x.Prompts[row], x.Own[row]);
        var position = prompt.Length + own.Length - 1;
        var start = x.Qkv + ((long)row * _shape.QkvStride);
        var queries = start + (shared * _shape.Group * _shape.HeadStride);
        var key = start + _shape.KeyColumn + (shared * _shape.HeadStride);
        if (_config.QkNorm)
        {
            for (var i = 0; i < _shape.Group; i++) NormalizeHead(queries + (i * _shape.HeadStride), layer.QueryNorm);
            NormalizeHead(key, layer.KeyNorm);
        }
        Kernels<L, V>.Rotate(queries, _shape.Group, _shape.HalfStride, _rotary.At(position));
        Kernels<L, V>.Rotate(key, 1, _shape.HalfStride, _rotary.At(position));
        Append(
            key, start + _shape.ValueColumn + (shared * _shape.ValueStride), own.Length > 0 ? own : prompt, index, shared);
    }

    private void NormalizeHead(float* head, float* weight) =>
        Kernels<L, V>.Normalize(head, head, weight, 1, _shape.HeadStride, _config.HeadSize, _epsilon);

    [MethodImpl(Once)]
    private void Append(float* key, float* value, Segment segment, int index, int shared)
    {
        var position = segment.Length - 1;
        var half = _config.HeadSize / 2;
        var to = Keys(segment, index, shared) + ((long)(position / Panel) * Panel * _config.HeadSize) + (position % Panel);
        for (var part = 0; part < 2; part++, key += _shape.HalfStride)
            for (var i = 0; i < half; i++, to += Panel)
                *to = key[i];
        var at = Values(segment, index, shared) + ((long)position * _shape.ValueStride);
        for (var i = 0; i < _shape.ValueStride; i += L.Count) L.Store(L.Load(value + i), at + i);
    }

    private float* Keys(Segment segment, int index, int shared) => segment.Memory
        + (index * _shape.LayerCache(segment.Capacity))
        + ((long)shared * PaddedShape.Up(segment.Capacity, Panel) * _config.HeadSize);

    private float* Values(Segment segment, int index, int shared) => segment.Memory
        + (index * _shape.LayerCache(segment.Capacity)) + _shape.KeyCache(segment.Capacity)
        + ((long)shared * PaddedShape.Up(segment.Capacity, Panel) * _shape.ValueStride);

    // A chunk's rows share a prompt: their queries of one key-value head against its keys are one product, and so are the weights
    // against its values. What a row owns is its own affair.
    private void Attend(PanelActivations x, int index, int chunk, int shared)
    {
        var (first, end) = x.Chunk(chunk);
        var (group, size, values) = (_shape.Group, _config.HeadSize, _shape.ValueStride);
        for (var row = first; row < end; row++)
        {
            if (!x.Reading)
            {
                if (row + 1 < end) Prefetch(x.Own[row + 1], index, shared);
                Place(x, index, row, shared);
            }
            Collect(x, row, shared, _queries + ((row - first) * group * size));
        }
        var prompt = x.Prompts[end - 1]; // the longest
        var rows = PanelActivations.Rounded((end - first) * group);
        var length = PaddedShape.Up(prompt.Length, Panel);
        var scores = _scores!.Start;
        var stride = _scoreStride;
        var keys = Keys(prompt, index, shared);
        for (var at = 0; at < length; at += Panel)
            BlockProduct.Multiply(
                _queries, size, keys + ((long)at * size), Panel, scores + at, stride, rows, Panel, size, false);

        for (var row = first; row < end; row++)
        {
            var (own, start) = (x.Own[row], (row - first) * group);
            for (var head = 0; head < group; head += GroupAttention<L, V>.Heads)
            {
                var from = scores + ((long)(start + head) * stride);
                var heads = Math.Min(GroupAttention<L, V>.Heads, group - head);
                if (own.Length > 0)
                    GroupAttention<L, V>.Score(
                        _queries + ((start + head) * size), heads, size, Keys(own, index, shared), own.Length, from + length,
                        stride);
                for (var i = 0; i < heads; i++, from += stride)
                    _inverses[start + head + i] = GroupAttention<L, V>.SoftMax(
                        from, x.Prompts[row].Length, length, from + length, own.Length);
            }
        }

        var weighed = Values(prompt, index, shared);
        for (int at = 0, count; at < length; at += count)
        {
            count = Math.Min(length - at, 2 * Panel);
            BlockProduct.Multiply(
                scores + at, stride, weighed + ((long)at * values), values, _gathered, values, rows, values, count, at > 0);
        }
        for (var row = first; row < end; row++)
        {
            var (own, start) = (x.Own[row], (row - first) * group);
            for (var head = 0; own.Length > 0 && head < group; head += GroupAttention<L, V>.Heads)
                GroupAttention<L, V>.Gather(
                    scores + ((long)(start + head) * stride) + length, stride,
                    Math.Min(GroupAttention<L, V>.Heads, group - head), Values(own, index, shared), own.Length, values,
                    _gathered + ((start + head) * values));
            for (var head = 0; head < group; head++)
                Put(x, row, (shared * group) + head, _gathered + ((start + head) * values), _inverses[start + head]);
        }
    }

    // A row's own keys and values are in no cache, so that they are called for while the row before is at work.
    [MethodImpl(Once)]
    private void Prefetch(Segment own, int index, int shared)
    {
        if (!Sse.IsSupported) return;
        const int line = 16;
        var keys = Keys(own, index, shared);
        for (var at = 0; at < own.Length; at += line)
        {
            var from = keys + ((long)(at / Panel) * Panel * _config.HeadSize) + (at % Panel);
            for (var i = 0; i < _config.HeadSize; i++, from += Panel) Sse.Prefetch0(from);
        }
        var values = Values(own, index, shared);
        for (var at = 0; at < own.Length * _shape.ValueStride; at += line) Sse.Prefetch0(values + at);
    }

    // A row's queries of one key-value head without padding, scaled.
    [MethodImpl(Once)]
    private void Collect(PanelActivations x, int row, int shared, float* to)
    {
        var half = _config.HeadSize / 2;
        var from = x.Qkv + ((long)row * _shape.QkvStride) + (shared * _shape.Group * _shape.HeadStride);
        for (var part = 0; part < 2 * _shape.Group; part++, from += _shape.HalfStride, to += half)
        {
            var i = 0;
            for (; i + L.Count <= half; i += L.Count) L.Store(L.Multiply(L.Load(from + i), L.All(_scale)), to + i);
            for (; i < half; i++) to[i] = from[i] * _scale;
        }
    }

    // A head's result to its place among the others, of which it may touch none: other workers write them.
    [MethodImpl(Once)]
    private void Put(PanelActivations x, int row, int head, float* from, float inverse)
    {
        for (var i = 0; i < _shape.ValueStride; i += L.Count)
            L.Store(L.Multiply(L.Load(from + i), L.All(inverse)), from + i);
        var at = ((long)row * x.AttendedStride) + (head * _config.HeadSize);
        if (_half) Brain.Narrow(from, (ushort*)x.Attended + at, _config.HeadSize);
        else new ReadOnlySpan<float>(from, _config.HeadSize).CopyTo(new Span<float>((float*)x.Attended + at, _config.HeadSize));
    }
}
