using System.Globalization;

namespace Softly.Models.Weights;

/// <summary>
/// One GGUF file, mapped into memory; its tensors go by their Hugging Face names and in Hugging Face's row order. Rows are
/// dequantised when they are read.
/// </summary>
public sealed class GgufFile : IWeightFile
{
    // Numbers decoded at a time: keeps spans of the map below 2 GiB; a multiple of every block size.
    private const int Piece = 1 << 24;

    private readonly MappedFile _file;
    private readonly Dictionary<string, WeightEntry> _entries = [];
    private readonly Dictionary<string, GgufTensor> _tensors = [];

    /// <summary>Opens a file and checks its header completely; no tensor is read.</summary>
    /// <exception cref="InvalidDataException">The file is not a sound GGUF file.</exception>
    public GgufFile(string path)
    {
        _file = new MappedFile(path);
        try
        {
            var header = GgufHeader.Parse(_file);
            Metadata = header.Metadata;
            Architecture = Metadata.TryGetValue("general.architecture", out var value) ? value as string : null;
            foreach (var tensor in header.Tensors.Values) Add(tensor);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    /// <summary>
    /// The metadata: string, bool, byte, sbyte, ushort, short, uint, int, ulong, long, float, double, or an array of one of these
    /// (object[] for arrays of arrays).
    /// </summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary><c>general.architecture</c>, such as <c>llama</c> or <c>qwen2</c>; null where the file does not say.</summary>
    public string? Architecture { get; }

    /// <summary>
    /// Divisors of the rotary frequencies (half a head's width), as files of Llama 3.1 and later carry them; else null.
    /// </summary>
    public float[]? RopeFactors { get; private set; }

    /// <summary>A whole number of the metadata, of whatever width; null where the key is missing or no whole number.</summary>
    public long? Number(string key) => Metadata.TryGetValue(key, out var value) ? value switch
    {
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number and <= long.MaxValue => (long)number,
        _ => null,
    } : null;

    /// <inheritdoc/>
    public void Read(string name, long firstRow, int rowCount, Span<float> into)
    {
        var entry = WeightReading.Floating(this, name);
        var first = WeightReading.CheckRows(entry, firstRow, rowCount, into.Length);
        if (into.IsEmpty) return;
        var tensor = _tensors[name];
        if (HeadsInterleaved(name) is not { } heads)
        {
            Decode(tensor, first, into);
            return;
        }
        // llama.cpp rotates neighbours, Hugging Face the two halves of a head: row 2j + i of a head here is row j of half i
        // there.
        var (rowSize, headSize) = ((int)entry.RowSize, entry.Rows / heads);
        for (var row = 0; row < rowCount; row++)
        {
            var (head, within) = Math.DivRem(firstRow + row, headSize);
            var (half, j) = Math.DivRem(within, headSize / 2);
            Decode(tensor, (head * headSize + 2 * j + half) * rowSize, into.Slice(row * rowSize, rowSize));
        }
    }

    /// <inheritdoc/>
    public bool TryCopy(string name, long firstRow, int rowCount, Span<byte> into)
    {
        var entry = WeightReading.Entry(this, name);
        if (entry.Type.BlockSize() > 1 || HeadsInterleaved(name) is not null) return false;
        var (size, bytes) = (entry.Type.BlockBytes(), into.Length);
        var at = _tensors[name].Offset + WeightReading.CheckRows(entry, firstRow, rowCount, bytes / size) * size;
        _file.Slice(at, bytes).CopyTo(into);
        return true;
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> into) => WeightReading.ReadAll(this, name, into);

    /// <inheritdoc/>
    public void ReadDoubles(string name, Span<double> into)
    {
        if (WeightReading.Floating(this, name).Type == StoredType.F64)
            throw Refusal.Of(Path, $"tensor {Refusal.Quote(name)}: F64 of GGUF is read as floats only");
        WeightReading.ReadDoubles(this, name, into);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Add(GgufTensor tensor)
    {
        if (tensor.Name == GgufNames.RopeFactors)
        {
            if (tensor.Type != StoredType.F32 || tensor.Shape is not [<= 4096])
                throw Refusal.Of(Path, $"tensor '{tensor.Name}': a single row of at most 4096 F32 is expected");
            RopeFactors = new float[tensor.Shape[0]];
            Decode(tensor, 0, RopeFactors);
            return;
        }
        var name = GgufNames.ToHuggingFace(tensor.Name);
        if (!_tensors.TryAdd(name, tensor))
            throw Refusal.Of(Path, $"tensor {Refusal.Quote(tensor.Name)}: another tensor means {name} too");
        var entry = new WeightEntry(name, tensor.Type, tensor.Shape);
        _entries.Add(name, entry);
        if (HeadsInterleaved(name) is { } heads && (heads <= 0 || entry.Rows % (2 * heads) != 0))
            throw Refusal.Of(
                Path, $"tensor {Refusal.Quote(tensor.Name)}: its {entry.Rows} rows are not {heads} heads of an even width");
    }

    /// <summary>The number of heads whose rows are interleaved in this tensor; null where rows are in order.</summary>
    private long? HeadsInterleaved(string name)
    {
        if (Architecture != "llama") return null;
        var queries = name.Contains(".self_attn.q_proj.", StringComparison.Ordinal);
        if (!queries && !name.Contains(".self_attn.k_proj.", StringComparison.Ordinal)) return null;
        var heads = Number("llama.attention.head_count")
            ?? throw Refusal.Of(Path, "metadata key 'llama.attention.head_count': one whole number is expected");
        return queries ? heads : Number("llama.attention.head_count_kv") ?? heads;
    }

    /// <summary>Numbers from element <paramref name="first"/> on, in the order in which the file stores them.</summary>
    private void Decode(GgufTensor tensor, long first, Span<float> into)
    {
        var (block, bytes) = (tensor.Type.BlockSize(), tensor.Type.BlockBytes());
        if (first % block != 0 || into.Length % block != 0)
        {
            // Only part of a quantised vector: decode the blocks around it.
            var begin = first / block * block;
            var whole = new float[(first + into.Length - begin + block - 1) / block * block];
            Decode(tensor, begin, whole);
            whole.AsSpan((int)(first - begin), into.Length).CopyTo(into);
            return;
        }
        var at = tensor.Offset + first / block * bytes;
        for (; !into.IsEmpty; into = into[Math.Min(Piece, into.Length)..])
        {
            var piece = into[..Math.Min(Piece, into.Length)];
            var stored = _file.Slice(at, piece.Length / block * bytes);
            if (block == 1) PlainNumbers.ToSingle(tensor.Type, stored, piece);
            else GgufBlocks.Dequantise(tensor.Type, stored, piece);
            at += stored.Length;
        }
    }
}
