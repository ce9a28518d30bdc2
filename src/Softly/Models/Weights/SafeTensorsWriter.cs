using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Softly.Models.Weights;

/// <summary>
/// Writes one safetensors file, tensor by tensor, in any order and in any number of parts. What is to be written is declared
/// first; the file takes its place only at <see cref="Complete"/>, so an interrupted write leaves the old file as it was.
/// </summary>
public sealed class SafeTensorsWriter : IDisposable
{
    private const int Piece = 1 << 16;

    private readonly DurableFile _file;
    private readonly Dictionary<string, Progress> _progress = [];
    private readonly byte[] _buffer = new byte[Piece * 8];

    /// <summary>Starts a file.</summary>
    /// <param name="path">Where it will be; the folder exists.</param>
    /// <param name="entries">Every tensor that will be written, stored as F64, F32, F16, BF16 or I64.</param>
    /// <param name="metadata">
    /// The header's <c>__metadata__</c>; <c>format = pt</c>, which transformers asks for, where null.
    /// </param>
    public SafeTensorsWriter(
        string path, IReadOnlyList<WeightEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Path = path;
        // Wide types first, as the reference implementation does: every tensor is then aligned to its own type.
        var ordered = entries.OrderByDescending(entry => entry.Type.BlockBytes()).ToList();
        var header = Header(ordered, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        var end = 8L + header.Length;
        foreach (var entry in ordered)
        {
            if (entry.Type is not (<= StoredType.BF16 or StoredType.I64))
                throw new ArgumentException(
                    $"{entry.Name}: {entry.Type.Label()} is not written; F64, F32, F16, BF16 and I64 are");
            var begin = end;
            end += entry.Elements * entry.Type.BlockBytes();
            if (!_progress.TryAdd(entry.Name, new Progress(entry, begin, end)))
                throw new ArgumentException($"{entry.Name} is given twice");
        }
        _file = new DurableFile(path);
        try
        {
            _file.SetLength(end);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            _file.Write(0, length);
            _file.Write(8, header);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Where the file will be.</summary>
    public string Path { get; }

    /// <summary>Writes the next numbers of a floating-point tensor, rounded to its stored type (nearest, ties to even).</summary>
    /// <param name="name">A declared tensor.</param>
    /// <param name="numbers">Its next numbers, row by row; the whole tensor or a part.</param>
    /// <exception cref="InvalidDataException">A number is beyond what F16 holds.</exception>
    public void Write(string name, ReadOnlySpan<float> numbers)
    {
        var tensor = Next(name, numbers.Length, type => type.IsFloating());
        StoredRange.Check(Path, name, tensor.Entry.Type, numbers);
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(Piece, numbers.Length)..])
        {
            var piece = numbers[..Math.Min(Piece, numbers.Length)];
            var bytes = _buffer.AsSpan(0, piece.Length * tensor.Entry.Type.BlockBytes());
            PlainNumbers.FromSingle(tensor.Entry.Type, piece, bytes);
            Append(tensor, bytes);
        }
    }

    /// <summary>Writes the next numbers of a tensor stored as F64.</summary>
    public void WriteDoubles(string name, ReadOnlySpan<double> numbers) =>
        Append(Next(name, numbers.Length, type => type == StoredType.F64), MemoryMarshal.AsBytes(numbers));

    /// <summary>Writes the next numbers of a tensor stored as I64.</summary>
    public void WriteLongs(string name, ReadOnlySpan<long> numbers) =>
        Append(Next(name, numbers.Length, type => type == StoredType.I64), MemoryMarshal.AsBytes(numbers));

    /// <summary>Puts the file on the disk and in its place.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor is not written to its end.</exception>
    public void Complete()
    {
        Flush();
        Rename();
    }

    internal void Flush()
    {
        var open = _progress.Values.Where(tensor => tensor.At != tensor.End).Select(tensor => tensor.Entry.Name).ToList();
        if (open.Count > 0)
            throw new InvalidOperationException(
                $"{Path}: {open.Count} tensors are incomplete: {string.Join(", ", open.Take(5))}");
        _file.Flush();
    }

    internal void Rename() => _file.Rename();

    /// <summary>Without a <see cref="Complete"/> before it: gives up, leaving what was there.</summary>
    public void Dispose() => _file.Dispose();

    private Progress Next(string name, int count, Func<StoredType, bool> fits)
    {
        if (!_progress.TryGetValue(name, out var tensor))
            throw new KeyNotFoundException($"{Path}: tensor {name} was not declared");
        if (!fits(tensor.Entry.Type))
            throw new ArgumentException($"{name} is declared as {tensor.Entry.Type.Label()}, which these numbers are not for");
        var left = (tensor.End - tensor.At) / tensor.Entry.Type.BlockBytes();
        if (count > left)
            throw new ArgumentException($"{name} of shape {tensor.Entry.ShapeText} has room for {left} numbers, not for {count}");
        return tensor;
    }

    private void Append(Progress tensor, ReadOnlySpan<byte> bytes)
    {
        _file.Write(tensor.At, bytes);
        tensor.At += bytes.Length;
    }

    private static byte[] Header(List<WeightEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata) json.WriteString(key, value);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.Label());
                json.WriteStartArray("shape");
                foreach (var size in entry.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += entry.Elements * entry.Type.BlockBytes());
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces up to a multiple of 8, so that the data is aligned.
        while (stream.Length % 8 != 0) stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private sealed class Progress(WeightEntry entry, long begin, long end)
    {
        public WeightEntry Entry { get; } = entry;

        public long At { get; set; } = begin;

        public long End { get; } = end;
    }
}
