namespace Softly.Models;

/// <summary>
/// Causal attention of a group of sequences behind one prompt, forward and backward, head by head in blocks of queries: scores
/// of a block are computed, used and forgotten, so that memory grows with the length alone (as in arXiv 2205.14135). Backward
/// computes them again from the stored log-sums. In single precision whatever the products of the layer are in.
/// </summary>
internal sealed unsafe class FusedAttention : IDisposable
{
    private const int Block = 32, Deepest = 512;

    private readonly RowKernels _kernels = RowKernels.Widest;
    private readonly int _heads, _shared, _size, _width, _stride;
    private readonly float _scale;
    private readonly NativeFloats _memory;
    private readonly float* _keysTurned, _valuesTurned; // (d, stride)
    private readonly float* _keys, _values;             // (stride, d)
    private readonly float* _dKeys, _dValues;           // (stride, d)
    private readonly float* _scores, _dScores;          // (32, stride)
    private readonly float* _turned;                    // (stride, 32)
    private readonly float* _query, _output, _dOutput;  // (32, d)

    /// <param name="config">The model's shape.</param>
    /// <param name="longest">The most positions that one can see.</param>
    public FusedAttention(DecoderConfig config, int longest)
    {
        (_heads, _shared, _size) = (config.Heads, config.KeyValueHeads, config.HeadSize);
        _width = (_heads + (2 * _shared)) * _size;
        _scale = (float)(1 / Math.Sqrt(_size));
        Longest = (longest + Deepest - 1) / Deepest * Deepest; // few lengths: kernels are generated for every stride
        _stride = Longest + 16; // not a power of two: rows would fall on one another in the caches
        long table = (long)_stride * _size;
        _memory = new NativeFloats((6 * table) + (3L * Block * _stride) + (3L * Block * _size));
        var at = _memory.Start;
        _keysTurned = Take(table);
        _valuesTurned = Take(table);
        _keys = Take(table);
        _values = Take(table);
        _dKeys = Take(table);
        _dValues = Take(table);
        _scores = Take(Block * _stride);
        _dScores = Take(Block * _stride);
        _turned = Take(Block * _stride);
        _query = Take(Block * _size);
        _output = Take(Block * _size);
        _dOutput = Take(Block * _size);

        float* Take(long count) => (at += count) - count;
    }

    /// <summary>The most positions that one can see.</summary>
    public int Longest { get; }

    /// <summary>Fills the group's rows of <paramref name="mixed"/> and <paramref name="logSums"/>.</summary>
    /// <param name="group">Positions are counted from the shard's first.</param>
    /// <param name="first">The shard's first position.</param>
    /// <param name="qkv">Queries, keys and values of every position, turned.</param>
    /// <param name="mixed">(positions, H · d).</param>
    /// <param name="logSums">(positions, H).</param>
    public void Forward(PromptGroup group, int first, in Plane qkv, in Plane mixed, float* logSums)
    {
        for (var head = 0; head < _shared; head++)
        {
            var prompt = group.Prompt.Start - first;
            Load(qkv, prompt, group.Prompt.Length, 0, head, backward: false);
            Attend(prompt, group.Prompt.Length, 0, head, qkv, mixed, logSums);
            foreach (var completion in group.Completions)
            {
                Load(qkv, completion.Start - first, completion.Length, group.Prompt.Length, head, backward: false);
                Attend(completion.Start - first, completion.Length, group.Prompt.Length, head, qkv, mixed, logSums);
            }
        }
    }

    private void Attend(int start, int count, int before, int head, in Plane qkv, in Plane mixed, float* logSums)
    {
        var group = _heads / _shared;
        for (var query = 0; query < count; query += Block)
        {
            var rows = Math.Min(Block, count - query);
            var tile = rows > Block / 2 ? Block : Block / 2;
            var columns = Up(before + query + rows);
            for (var h = head * group; h < (head + 1) * group; h++)
            {
                Queries(qkv, start + query, rows, tile, h);
                Product(_query, _size, _keysTurned, _stride, _scores, _stride, tile, columns, _size);
                for (var row = 0; row < rows; row++)
                    logSums[((long)(start + query + row) * _heads) + h] = _kernels.Softmax(
                        _scores + ((long)row * _stride), before + query + row + 1, columns);
                Mix(_scores, _values, _output, tile, columns);
                for (var row = 0; row < rows; row++)
                    Store(_output + (row * _size), mixed, start + query + row, h * _size);
            }
        }
    }

    /// <summary>Fills the group's rows of <paramref name="dQkv"/>.</summary>
    /// <param name="group">As in <see cref="Forward"/>.</param>
    /// <param name="first">The shard's first position.</param>
    /// <param name="qkv">As it was.</param>
    /// <param name="mixed">What forward gave.</param>
    /// <param name="logSums">What forward gave.</param>
    /// <param name="dMixed">(positions, H · d).</param>
    /// <param name="dQkv">(positions, (H + 2 Hkv) · d): by queries and keys as they are turned.</param>
    public void Backward(
        PromptGroup group, int first, in Plane qkv, in Plane mixed, float* logSums, float* dMixed, float* dQkv)
    {
        for (var head = 0; head < _shared; head++)
        {
            var (prompt, length) = (group.Prompt.Start - first, group.Prompt.Length);
            Load(qkv, prompt, length, 0, head, backward: true);
            ClearGradients(0, length);
            foreach (var completion in group.Completions)
            {
                Load(qkv, completion.Start - first, completion.Length, length, head, backward: true);
                ClearGradients(length, completion.Length);
                AttendBackward(completion.Start - first, completion.Length, length, head, qkv, mixed, logSums, dMixed, dQkv);
                StoreGradients(dQkv, completion.Start - first, completion.Length, length, head);
            }
            AttendBackward(prompt, length, 0, head, qkv, mixed, logSums, dMixed, dQkv);
            StoreGradients(dQkv, prompt, length, 0, head);
        }
    }

    private void AttendBackward(
        int start, int count, int before, int head, in Plane qkv, in Plane mixed, float* logSums, float* dMixed, float* dQkv)
    {
        var group = _heads / _shared;
        for (var query = 0; query < count; query += Block)
        {
            var rows = Math.Min(Block, count - query);
            var tile = rows > Block / 2 ? Block : Block / 2;
            var columns = Up(before + query + rows);
            for (var h = head * group; h < (head + 1) * group; h++)
            {
                Queries(qkv, start + query, rows, tile, h);
                Product(_query, _size, _keysTurned, _stride, _scores, _stride, tile, columns, _size);
                for (var row = 0; row < rows; row++)
                {
                    _kernels.Weights(
                        _scores + ((long)row * _stride), before + query + row + 1, columns,
                        logSums[((long)(start + query + row) * _heads) + h]);
                    Copy(dMixed + ((long)(start + query + row) * _heads * _size) + (h * _size), _dOutput + (row * _size));
                }
                for (var row = rows; row < tile; row++) new Span<float>(_scores + ((long)row * _stride), columns).Clear();
                new Span<float>(_dOutput + (rows * _size), (tile - rows) * _size).Clear();

                // dV += Pᵀ · dO; dP = dO · Vᵀ; dS = P ∘ (dP − Σ dO ∘ O); dQ = dS · K; dK += dSᵀ · Q.
                Turned(_scores, _dOutput, _dValues, tile, columns);
                Product(_dOutput, _size, _valuesTurned, _stride, _dScores, _stride, tile, columns, _size);
                for (var row = 0; row < tile; row++)
                {
                    var mean = 0f;
                    if (row < rows)
                    {
                        Load(mixed, start + query + row, h * _size, _size, _output);
                        mean = _kernels.Dot(_output, _dOutput + (row * _size), _size);
                    }
                    _kernels.SoftmaxBackward(
                        _scores + ((long)row * _stride), _dScores + ((long)row * _stride), columns, mean);
                }
                Turned(_dScores, _query, _dKeys, tile, columns);
                Mix(_dScores, _keys, _output, tile, columns);
                for (var row = 0; row < rows; row++)
                    _kernels.Scale(
                        _output + (row * _size), _scale, dQkv + ((long)(start + query + row) * _width) + (h * _size), _size);
            }
        }
    }

    /// <summary>A sequence's keys and values behind <paramref name="before"/> others, in all the orders that products need.</summary>
    private void Load(in Plane qkv, int start, int count, int before, int head, bool backward)
    {
        for (var i = 0; i < count; i++)
        {
            Load(qkv, start + i, (_heads + head) * _size, _size, _keys + ((long)(before + i) * _size));
            Load(qkv, start + i, (_heads + _shared + head) * _size, _size, _values + ((long)(before + i) * _size));
        }
        // What fills the last tile has weight 0, and must be a number for that to give 0.
        var (end, behind) = (before + count, Up(before + count) - before - count);
        new Span<float>(_keys + ((long)end * _size), behind * _size).Clear();
        new Span<float>(_values + ((long)end * _size), behind * _size).Clear();
        Turn(_keys, _keysTurned);
        if (backward) Turn(_values, _valuesTurned);

        void Turn(float* from, float* to) => RowKernels.Transpose(
            from + ((long)before * _size), _size, count + behind, _size, to + before, _stride);
    }

    private void Queries(in Plane qkv, int start, int rows, int tile, int head)
    {
        for (var row = 0; row < rows; row++)
        {
            var to = _query + (row * _size);
            Load(qkv, start + row, head * _size, _size, to);
            _kernels.Scale(to, _scale, to, _size);
        }
        new Span<float>(_query + (rows * _size), (tile - rows) * _size).Clear();
    }

    private void ClearGradients(int from, int count)
    {
        // Products write whole tiles: what lies behind the last position is cleared with it.
        var end = Up(from + count);
        new Span<float>(_dKeys + ((long)from * _size), (end - from) * _size).Clear();
        new Span<float>(_dValues + ((long)from * _size), (end - from) * _size).Clear();
    }

    private void StoreGradients(float* dQkv, int start, int count, int before, int head)
    {
        for (var i = 0; i < count; i++)
        {
            var to = dQkv + ((long)(start + i) * _width) + ((_heads + head) * _size);
            Copy(_dKeys + ((long)(before + i) * _size), to);
            Copy(_dValues + ((long)(before + i) * _size), to + (_shared * _size));
        }
    }

    private void Copy(float* from, float* to) => new ReadOnlySpan<float>(from, _size).CopyTo(new Span<float>(to, _size));

    private static void Load(in Plane plane, int row, int column, int count, float* to)
    {
        if (plane.IsHalf) Brain.Widen((ushort*)plane.At(row) + column, to, count);
        else new ReadOnlySpan<float>((float*)plane.At(row) + column, count).CopyTo(new Span<float>(to, count));
    }

    private void Store(float* from, in Plane plane, int row, int column)
    {
        if (plane.IsHalf) Brain.Narrow(from, (ushort*)plane.At(row) + column, _size);
        else Copy(from, (float*)plane.At(row) + column);
    }

    /// <summary>Columns are computed 512 at a time, so that few kernels are generated for any length.</summary>
    private static void Product(float* a, int aStride, float* b, int bStride, float* c, int cStride, int rows, int columns, int k)
    {
        for (var at = 0; at < columns; at += Deepest)
            BlockProduct.Multiply(
                a, aStride, b + at, bStride, c + at, cStride, rows, Math.Min(Deepest, columns - at), k, add: false);
    }

    /// <summary>(rows, columns) weights times (columns, d).</summary>
    private void Mix(float* weights, float* table, float* to, int rows, int columns)
    {
        for (var at = 0; at < columns; at += Deepest)
            BlockProduct.Multiply(
                weights + at, _stride, table + ((long)at * _size), _size, to, _size, rows, _size,
                Math.Min(Deepest, columns - at), add: at > 0);
    }

    /// <summary>Adds (rows, columns)ᵀ · (rows, d) to (columns, d).</summary>
    private void Turned(float* scores, float* rowsOf, float* to, int rows, int columns)
    {
        RowKernels.Transpose(scores, _stride, rows, columns, _turned, Block);
        for (var at = 0; at < columns; at += Deepest)
            BlockProduct.Multiply(
                _turned + ((long)at * Block), Block, rowsOf, _size, to + ((long)at * _size), _size,
                Math.Min(Deepest, columns - at), _size, rows, add: true);
    }

    private static int Up(int count) => (count + Block - 1) / Block * Block;

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
