using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Decodes on a CPU with packed weights and rows in blocks. A small model (<see cref="TileParameters"/>) goes through tiles of
/// few rows whose activations never leave the nearest caches; a large one through products of up to 64 rows with panels of
/// its weights, in single precision or bfloat16.
/// </summary>
/// <remarks>
/// A row's numbers are the same to the bit for any number of workers and whatever rows are decoded beside it. They agree with
/// <see cref="TorchDecoder"/> up to rounding. libtorch allocates the returned tensors and does nothing else. Not thread-safe;
/// several instances may work at the same time, each called by one thread.
/// </remarks>
public sealed unsafe class SimdDecoder : IDecoder
{
    /// <summary>Models of more parameters in their layers than this are large, by measurement (docs/performance.md).</summary>
    public const long TileParameters = 3_000_000;

    // Four tiles: fewer, and the weights are read too often; more, and the activations leave the first cache.
    private const int TileRows = Kernels<Lanes512, System.Runtime.Intrinsics.Vector512<float>>.TileRows, BlockRows = 4 * TileRows;

    private readonly DecoderConfig _config;
    private readonly PackedWeights? _weights; // one of the two
    private readonly PanelEngine? _panels;
    private readonly RotaryTable _rotary;
    private readonly RowCache _cache;
    private readonly WorkerPool _pool;
    private readonly RowBlock[] _blocks;
    private readonly Action<int, int> _prefill, _decode;
    private IReadOnlyList<IReadOnlyList<MixtureRow>> _prompts = [];
    private (int First, int End)[] _shares = [];
    private Segment[] _stepPrompts = [], _stepOwn = [];
    private long* _ids;
    private float* _mixture, _vectors, _logits;
    private int _slots, _pieceRows;
    private bool _disposed;

    /// <summary>Packs a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="parameters">
    /// Its parameters under Hugging Face's names (<c>model.embed_tokens.weight</c>, …), contiguous single precision on the CPU;
    /// with <paramref name="half"/> bfloat16 is welcome too. They are copied, and <see cref="Refresh"/> copies them again; only
    /// the embedding of a large model is read where it is, so that it must live as long as this.
    /// </param>
    /// <param name="workers">Threads that compute, the calling one included.</param>
    /// <param name="half">
    /// Whether products are of bfloat16: weights, and what they are multiplied with. Sums, the residual stream, norms, softmax,
    /// keys and values, and the tokens' embeddings stay single precision.
    /// </param>
    /// <exception cref="ArgumentException">A parameter is missing or does not fit the configuration.</exception>
    /// <exception cref="NotSupportedException">The processor has no products of bfloat16.</exception>
    public SimdDecoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, int workers, bool half = false)
        : this(config, parameters, workers, Lanes.Widest, half || TakesPanels(config), half)
    {
    }

    /// <summary>
    /// With vectors of a chosen width (16, 8 or 4 numbers), whether or not the machine has them, and a chosen kind of products.
    /// </summary>
    internal SimdDecoder(
        DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, int workers, int lanes, bool panels = false,
        bool half = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        if (half && !SupportsHalf)
            throw new NotSupportedException(
                "the vector kernels compute in bfloat16 only on x64 processors with AVX512_BF16 under Linux: "
                + "decode with libtorch (engine: torch), or in single precision (dtype: float32)");
        _config = config;
        var shape = new PaddedShape(config, lanes, panels);
        Embedding = parameters.TryGetValue("model.embed_tokens.weight", out var embedding)
            ? embedding
            : throw new ArgumentException("the parameter model.embed_tokens.weight is missing");
        _rotary = new RotaryTable(shape);
        _cache = new RowCache(shape);
        _pool = new WorkerPool(workers);
        _blocks = new RowBlock[panels ? 0 : workers];
        (_prefill, _decode) = (Prefill, Decode);
        try
        {
            if (panels)
            {
                _panels = new PanelEngine(shape, parameters, _rotary, _pool, half);
                return;
            }
            _weights = new PackedWeights(shape, parameters);
            for (var i = 0; i < workers; i++) _blocks[i] = RowBlock.Create(shape, _weights, _rotary, BlockRows);
        }
        catch
        {
            _pool.Dispose();
            throw;
        }
    }

    /// <summary>Whether this machine has products of bfloat16.</summary>
    public static bool SupportsHalf => BlockProduct.HasHalf;

    /// <summary>Whether large models decode by generated products: without them libtorch is faster.</summary>
    public static bool SupportsLarge => BlockProduct.IsGenerated;

    /// <summary>The threads that compute, which may serve the caller between two steps.</summary>
    internal WorkerPool Pool => _pool;

    /// <summary>Copies the parameters' present values, after an update. Rows that are under way are ended.</summary>
    public void Refresh()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _cache.Clear();
        _weights?.Refresh();
        _panels?.Refresh();
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
        _panels?.Reach(longest);
        _cache.Add(lengths, rowsPerPrompt, newPositions);

        var logits = Logits(prompts.Count);
        _prompts = prompts;
        if (_panels is null)
        {
            _shares = Share(lengths);
            _pool.Run(_shares.Length, _prefill);
        }
        else
        {
            ReadPanels(_panels);
        }
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

    /// <summary>A small model's weights are packed whole; a large one's embedding is read where it is.</summary>
    public bool IsApart => _panels is null;

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
        _slots = (int)ids.size(1);
        for (long i = 0, count = (long)_cache.Rows * _slots; i < count; i++)
            if ((ulong)_ids[i] >= (ulong)_config.VocabularySize)
                throw new ArgumentException(
                    $"id {_ids[i]} of row {i / _slots} is not one of {_config.VocabularySize} tokens", nameof(ids));

        var logits = Logits(_cache.Rows);
        if (_panels is null) StepTiles();
        else StepPanels(_panels);
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
    /// Ends all rows. A large model's keys and values are given back; a small one's memory is made once and used again.
    /// </summary>
    public void Release()
    {
        if (_disposed) return;
        if (_panels is null) _cache.Clear();
        else _cache.Release();
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
        _weights?.Dispose();
        _panels?.Dispose();
    }

    private void ReadPanels(PanelEngine panels)
    {
        var segments = new Segment[_prompts.Count];
        for (var i = 0; i < segments.Length; i++) segments[i] = _cache.Added(i);
        panels.Read(_prompts, segments, _logits, _config.VocabularySize);
    }

    private void StepTiles()
    {
        // As many pieces for each worker: whole tiles, and no more rows than a block holds.
        var pieces = PaddedShape.Up((_cache.Rows + BlockRows - 1) / BlockRows, _pool.Workers);
        _pieceRows = Math.Max(TileRows, PaddedShape.Up((_cache.Rows + pieces - 1) / Math.Max(1, pieces), TileRows));
        _pool.Run((_cache.Rows + _pieceRows - 1) / _pieceRows, _decode);
    }

    private void StepPanels(PanelEngine panels)
    {
        var rows = _cache.Rows;
        if (_stepOwn.Length < rows) (_stepPrompts, _stepOwn) = (new Segment[rows], new Segment[rows]);
        for (var row = 0; row < rows; row++) (_stepPrompts[row], _stepOwn[row]) = (_cache.PromptOf(row), _cache.Own(row));
        panels.Step(new()
        {
            Rows = rows, Prompts = _stepPrompts, Own = _stepOwn, Ids = _ids, Weights = _mixture, Vectors = _vectors,
            Slots = _slots, Logits = _logits,
        });
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

    /// <summary>What the packed weights of a model take.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="half">Whether products are of bfloat16.</param>
    public static long PackedBytes(DecoderConfig config, bool half)
    {
        var panels = half || TakesPanels(config);
        var shape = new PaddedShape(config, Lanes.Widest, panels);
        return panels ? PanelWeights.Bytes(shape, half) : PackedWeights.Numbers(shape) * sizeof(float);
    }

    private static bool TakesPanels(DecoderConfig config)
    {
        long attention = (long)config.Heads * config.HeadSize, shared = (long)config.KeyValueHeads * config.HeadSize;
        var layer = (2 * config.HiddenSize * (attention + shared)) + (3L * config.HiddenSize * config.IntermediateSize);
        return BlockProduct.IsGenerated && layer * config.Layers > TileParameters;
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
            || ids.size(0) != _cache.Rows)
            throw new ArgumentException(
                $"ids must be ({_cache.Rows}, K) int64 on the CPU, and are ({string.Join(", ", ids.shape)}) {ids.dtype}",
                nameof(ids));
        if (weights.dtype != ScalarType.Float32 || weights.device_type != DeviceType.CPU
            || weights.Dimensions != 2 || weights.size(0) != ids.size(0) || weights.size(1) != ids.size(1))
            throw new ArgumentException(
                $"weights must be ({string.Join(", ", ids.shape)}) float32 on the CPU like the ids, "
                + $"and are ({string.Join(", ", weights.shape)}) {weights.dtype}",
                nameof(weights));
    }

    private void Check(Tensor vectors)
    {
        if (vectors.dtype != ScalarType.Float32 || vectors.device_type != DeviceType.CPU
            || vectors.Dimensions != 2 || vectors.size(0) != _cache.Rows || vectors.size(1) != _config.HiddenSize)
            throw new ArgumentException(
                $"vectors must be ({_cache.Rows}, {_config.HiddenSize}) float32 on the CPU, "
                + $"and are ({string.Join(", ", vectors.shape)}) {vectors.dtype}",
                nameof(vectors));
    }

    private static T* Data<T>(Tensor tensor) where T : unmanaged => (T*)NativeTensor.Start(tensor);
}
