using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Decodes small models on a CPU with its own vector kernels: packed single-precision weights, and rows in blocks that stay in
/// the caches. Made for thousands of short rows; a model too big for the caches gains less.
/// </summary>
/// <remarks>
/// A row's numbers are the same to the bit for any number of workers and whatever rows are decoded beside it. They agree with
/// <see cref="TorchDecoder"/> up to rounding. libtorch allocates the returned tensors and does nothing else. Not thread-safe;
/// several instances may work at the same time, each called by one thread.
/// </remarks>
public sealed unsafe class SimdDecoder : IDecoder
{
    // Four tiles: fewer, and the weights are read too often; more, and the activations leave the first cache.
    private const int TileRows = Kernels<Lanes512, System.Runtime.Intrinsics.Vector512<float>>.TileRows, BlockRows = 4 * TileRows;

    private readonly DecoderConfig _config;
    private readonly PackedWeights _weights;
    private readonly RotaryTable _rotary;
    private readonly RowCache _cache;
    private readonly WorkerPool _pool;
    private readonly RowBlock[] _blocks;
    private readonly Action<int, int> _prefill, _decode;
    private IReadOnlyList<IReadOnlyList<MixtureRow>> _prompts = [];
    private (int First, int End)[] _shares = [];
    private long* _ids;
    private float* _mixture, _vectors, _logits;
    private int _slots, _pieceRows;
    private bool _disposed;

    /// <summary>Packs a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="parameters">
    /// Its parameters under Hugging Face's names (<c>model.embed_tokens.weight</c>, …), contiguous single precision on the CPU.
    /// They are copied; <see cref="Refresh"/> copies them again.
    /// </param>
    /// <param name="workers">Threads that compute, the calling one included.</param>
    /// <exception cref="ArgumentException">A parameter is missing or does not fit the configuration.</exception>
    public SimdDecoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, int workers)
        : this(config, parameters, workers, Lanes.Widest)
    {
    }

    /// <summary>With vectors of a chosen width (16, 8 or 4 numbers), whether or not the machine has them.</summary>
    internal SimdDecoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, int workers, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _config = config;
        var shape = new PaddedShape(config, lanes);
        _weights = new PackedWeights(shape, parameters);
        Embedding = parameters["model.embed_tokens.weight"];
        _rotary = new RotaryTable(shape);
        _cache = new RowCache(shape);
        _blocks = new RowBlock[workers];
        for (var i = 0; i < workers; i++) _blocks[i] = RowBlock.Create(shape, _weights, _rotary, BlockRows);
        _pool = new WorkerPool(workers);
        (_prefill, _decode) = (Prefill, Decode);
    }

    /// <summary>The threads that compute, which may serve the caller between two steps.</summary>
    internal WorkerPool Pool => _pool;

    /// <summary>Copies the parameters' present values, after an update. Rows that are under way are ended.</summary>
    public void Refresh()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _cache.Clear();
        _weights.Refresh();
    }

    /// <inheritdoc/>
    public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerPrompt, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(newPositions);
        Check(prompts, newPositions);
        var lengths = new int[prompts.Count];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = prompts[i].Count;
        var longest = lengths.Length == 0 ? 0 : lengths.Max() + newPositions;
        _rotary.Reach(longest);
        foreach (var block in _blocks) block.Reach(longest);
        _cache.Add(lengths, rowsPerPrompt, newPositions);

        var logits = Logits(prompts.Count);
        _prompts = prompts;
        _shares = Share(lengths);
        _pool.Run(_shares.Length, _prefill);
        _prompts = [];
        return logits;
    }

    /// <inheritdoc/>
    public void Fork(int row, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        RowNumbers.Check(row, _cache.Rows);
        _cache.Fork(row, count);
    }

    /// <inheritdoc/>
    public Tensor Embedding { get; }

    /// <inheritdoc/>
    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (var row = 0; row < _cache.Rows; row++)
            if (_cache.Own(row) is { } own && own.Length > own.Capacity)
                throw new InvalidOperationException($"all {own.Capacity} new positions of row {row} are used up");
        Check(ids, weights);
        if (vectors is not null) Check(vectors);
        using var heldVectors = vectors is null || vectors.is_contiguous() ? null : vectors.contiguous();
        using var heldIds = ids.is_contiguous() ? null : ids.contiguous();
        using var heldWeights = weights.is_contiguous() ? null : weights.contiguous();
        _ids = Data<long>(heldIds ?? ids);
        _mixture = Data<float>(heldWeights ?? weights);
        _vectors = vectors is null ? null : Data<float>(heldVectors ?? vectors);
        _slots = (int)ids.shape[1];
        for (long i = 0, count = (long)_cache.Rows * _slots; i < count; i++)
            if ((ulong)_ids[i] >= (ulong)_config.VocabularySize)
                throw new ArgumentException(
                    $"id {_ids[i]} of row {i / _slots} is not one of {_config.VocabularySize} tokens", nameof(ids));

        var logits = Logits(_cache.Rows);
        // As many pieces for each worker: whole tiles, and no more rows than a block holds.
        var pieces = PaddedShape.Up((_cache.Rows + BlockRows - 1) / BlockRows, _pool.Workers);
        _pieceRows = Math.Max(TileRows, PaddedShape.Up((_cache.Rows + pieces - 1) / Math.Max(1, pieces), TileRows));
        _pool.Run((_cache.Rows + _pieceRows - 1) / _pieceRows, _decode);
        _cache.Advance();
        GC.KeepAlive(ids);
        GC.KeepAlive(weights);
        GC.KeepAlive(vectors);
        return logits;
    }

    /// <inheritdoc/>
    public void Keep(ReadOnlySpan<int> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        RowNumbers.Check(rows, _cache.Rows);
        _cache.Keep(rows);
    }

    /// <summary>
    /// Ends all rows. No memory is given back: the caches of the small models that decode here are made once and used again.
    /// </summary>
    public void Release()
    {
        if (!_disposed) _cache.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _pool.Dispose();
        foreach (var block in _blocks) block.Dispose();
        _cache.Dispose();
        _rotary.Dispose();
        _weights.Dispose();
    }

    // Reads a share of whole prompts, block after block; then the logits of their last positions.
    private void Prefill(int worker, int share)
    {
        var block = _blocks[worker];
        var (first, end) = _shares[share];
        int rows = 0, finished = 0;
        block.Clear();
        for (var prompt = first; prompt < end; prompt++)
        {
            var segment = _cache.Added(prompt);
            for (var position = 0; position < segment.Length; position++)
            {
                var input = _prompts[prompt][position];
                for (var k = 0; k < input.Ids.Length; k++) block.Add(rows, input.Ids[k], input.Weights[k]);
                block.Own[rows] = default;
                block.Prompts[rows++] = segment with { Length = position + 1 };
                if (rows == BlockRows || (prompt == end - 1 && position == segment.Length - 1)) Read();
            }
        }

        block.Head(block.Last, end - first, _logits + ((long)first * _config.VocabularySize), _config.VocabularySize);

        void Read()
        {
            block.Forward(rows);
            for (var row = 0; row < rows; row++)
                if (block.Prompts[row].Length == block.Prompts[row].Capacity) block.SetAside(row, finished++);
            block.Clear();
            rows = 0;
        }
    }

    private void Decode(int worker, int piece)
    {
        var block = _blocks[worker];
        var first = piece * _pieceRows;
        var rows = Math.Min(_pieceRows, _cache.Rows - first);
        block.Clear();
        for (var row = 0; row < rows; row++)
        {
            block.Prompts[row] = _cache.PromptOf(first + row);
            block.Own[row] = _cache.Own(first + row);
            var at = (long)(first + row) * _slots;
            for (var k = 0; k < _slots; k++) block.Add(row, _ids[at + k], _mixture[at + k]);
            if (_vectors is not null)
                block.Add(
                    row, new ReadOnlySpan<float>(_vectors + ((long)(first + row) * _config.HiddenSize), _config.HiddenSize));
        }
        block.Forward(rows);
        block.Head(block.Hidden, rows, _logits + ((long)first * _config.VocabularySize), _config.VocabularySize);
    }

    // Cuts the prompts into shares of about one block of positions: a prompt is never cut, since its positions need each other.
    private static (int First, int End)[] Share(int[] lengths)
    {
        var shares = new List<(int, int)>();
        for (int first = 0, end = 0; first < lengths.Length; first = end)
        {
            for (var positions = 0; end < lengths.Length && (end == first || positions + lengths[end] <= BlockRows); end++)
                positions += lengths[end];
            shares.Add((first, end));
        }
        return [.. shares];
    }

    private Tensor Logits(int rows)
    {
        var logits = empty(rows, _config.VocabularySize, dtype: ScalarType.Float32);
        _logits = Data<float>(logits);
        return logits;
    }

    private void Check(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int newPositions)
    {
        MixtureTable.Check(prompts, _config.MaxPositions - newPositions);
        for (var i = 0; i < prompts.Count; i++)
        {
            foreach (var (ids, weights) in prompts[i])
            {
                if (ids.Length != weights.Length)
                    throw new ArgumentException(
                        $"prompt {i} has {ids.Length} ids with {weights.Length} weights", nameof(prompts));
                foreach (var id in ids)
                    if ((uint)id >= (uint)_config.VocabularySize)
                        throw new ArgumentException(
                            $"id {id} of prompt {i} is not one of {_config.VocabularySize} tokens", nameof(prompts));
            }
        }
    }

    private void Check(Tensor ids, Tensor weights)
    {
        if (ids.dtype != ScalarType.Int64 || ids.Dimensions != 2 || ids.device_type != DeviceType.CPU
            || ids.shape[0] != _cache.Rows)
            throw new ArgumentException(
                $"ids must be ({_cache.Rows}, K) int64 on the CPU, and are ({string.Join(", ", ids.shape)}) {ids.dtype}",
                nameof(ids));
        if (weights.dtype != ScalarType.Float32 || weights.device_type != DeviceType.CPU
            || !weights.shape.AsSpan().SequenceEqual(ids.shape))
            throw new ArgumentException(
                $"weights must be ({string.Join(", ", ids.shape)}) float32 on the CPU like the ids, "
                + $"and are ({string.Join(", ", weights.shape)}) {weights.dtype}",
                nameof(weights));
    }

    private void Check(Tensor vectors)
    {
        if (vectors.dtype != ScalarType.Float32 || vectors.device_type != DeviceType.CPU
            || !vectors.shape.AsSpan().SequenceEqual([_cache.Rows, _config.HiddenSize]))
            throw new ArgumentException(
                $"vectors must be ({_cache.Rows}, {_config.HiddenSize}) float32 on the CPU, "
                + $"and are ({string.Join(", ", vectors.shape)}) {vectors.dtype}",
                nameof(vectors));
    }

    private static T* Data<T>(Tensor tensor) where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
