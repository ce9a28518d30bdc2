using System.Runtime.InteropServices;

namespace Softly.Models.Weights;

/// <summary>One safetensors file, mapped into memory.</summary>
public sealed class SafeTensorsFile : IWeightFile
{
    // Numbers converted at a time: keeps spans of the map below 2 GiB.
    private const int Piece = 1 << 24;

    private readonly MappedFile _file;
    private readonly SafeTensorsHeader _header;

    /// <summary>Opens a file and checks its header completely; no tensor is read.</summary>
    /// <exception cref="InvalidDataException">The file is not a sound safetensors file.</exception>
    public SafeTensorsFile(string path)
    {
        _file = new MappedFile(path);
        try
        {
            _header = SafeTensorsHeader.Parse(_file);
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
    public IReadOnlyDictionary<string, WeightEntry> Entries => _header.Entries;

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public void Read(string name, long firstRow, int rowCount, Span<float> into)
    {
        var entry = WeightReading.Floating(this, name);
        var begin = WeightReading.CheckRows(entry, firstRow, rowCount, into.Length) * entry.Type.BlockBytes();
        var (at, size) = (_header.Offsets[name] + begin, entry.Type.BlockBytes());
        for (; !into.IsEmpty; into = into[Math.Min(Piece, into.Length)..])
        {
            var piece = into[..Math.Min(Piece, into.Length)];
            PlainNumbers.ToSingle(entry.Type, _file.Slice(at, piece.Length * size), piece);
            at += piece.Length * size;
        }
    }

    /// <inheritdoc/>
    public bool TryCopy(string name, long firstRow, int rowCount, Span<byte> into)
    {
        var entry = WeightReading.Entry(this, name);
        var (size, bytes) = (entry.Type.BlockBytes(), into.Length);
        var at = _header.Offsets[name] + WeightReading.CheckRows(entry, firstRow, rowCount, bytes / size) * size;
        _file.Slice(at, bytes).CopyTo(into);
        return true;
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> into) => WeightReading.ReadAll(this, name, into);

    /// <inheritdoc/>
    public void ReadDoubles(string name, Span<double> into)
    {
        var entry = WeightReading.Floating(this, name);
        if (entry.Type != StoredType.F64)
        {
            WeightReading.ReadDoubles(this, name, into);
            return;
        }
        WeightReading.CheckAll(entry, into.Length);
        var at = _header.Offsets[name];
        for (; !into.IsEmpty; into = into[Math.Min(Piece, into.Length)..])
        {
            var piece = into[..Math.Min(Piece, into.Length)];
            _file.Slice(at, piece.Length * 8).CopyTo(MemoryMarshal.AsBytes(piece));
            at += piece.Length * 8;
        }
    }

    /// <summary>Reads a whole tensor of whole numbers (I64, I32, I16, I8, U8 or BOOL).</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="into">Receives all of its numbers, row by row.</param>
    public void ReadLongs(string name, Span<long> into)
    {
        var entry = WeightReading.Entry(this, name);
        if (entry.Type.IsFloating())
            throw Refusal.Of(
                Path, $"tensor {Refusal.Quote(name)} is stored as {entry.Type.Label()}; whole numbers are asked for");
        WeightReading.CheckAll(entry, into.Length);
        var (at, size) = (_header.Offsets[name], entry.Type.BlockBytes());
        for (; !into.IsEmpty; into = into[Math.Min(Piece, into.Length)..])
        {
            var piece = into[..Math.Min(Piece, into.Length)];
            PlainNumbers.ToLong(entry.Type, _file.Slice(at, piece.Length * size), piece);
            at += piece.Length * size;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
