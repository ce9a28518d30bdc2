using System.Text;

namespace Softly.Models.Weights;

/// <summary>
/// Writes one GGUF file (version 3), tensor by tensor, in any order and in any number of parts of whole rows. What is to be
/// written is declared first; the file takes its place only at <see cref="Complete"/>, so an interrupted write leaves the old
/// file as it was.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    private const int Alignment = 32;
    private const int Piece = 1 << 16; // numbers; a multiple of every block size

    private readonly DurableFile _file;
    private readonly Dictionary<string, Progress> _progress = [];
    private readonly byte[] _buffer = new byte[Piece * 8];

    /// <summary>Starts a file.</summary>
    /// <param name="path">Where it will be; the folder exists.</param>
    /// <param name="metadata">
    /// The keys in their order: string, bool, byte, int, uint, long, ulong, float, double, or an array of one of these.
    /// </param>
    /// <param name="entries">
    /// Every tensor under GGUF's own name, stored as F64, F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1 or Q8_0; the rows of quantised
    /// ones are whole blocks.
    /// </param>
    public GgufWriter(
        string path, IReadOnlyDictionary<string, object> metadata, IReadOnlyList<WeightEntry> entries)
    {
        Path = path;
        var header = Header(metadata, entries);
        var end = (long)header.Length;
        foreach (var entry in entries)
        {
            var begin = end;
            var written = begin + Bytes(entry);
            end = Aligned(written);
            if (!_progress.TryAdd(entry.Name, new Progress(entry, begin, written)))
                throw new ArgumentException($"{entry.Name} is given twice");
        }
        _file = new DurableFile(path);
        try
        {
            _file.SetLength(end);
            _file.Write(0, header);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Where the file will be.</summary>
    public string Path { get; }

    /// <summary>Writes the next numbers of a tensor, rounded to its stored type.</summary>
    /// <param name="name">A declared tensor.</param>
    /// <param name="numbers">Its next numbers, row by row: the whole tensor or some whole rows.</param>
    /// <exception cref="InvalidDataException">A number has no place in the type.</exception>
    public void Write(string name, ReadOnlySpan<float> numbers)
    {
        if (!_progress.TryGetValue(name, out var tensor))
            throw new KeyNotFoundException($"{Path}: tensor {name} was not declared");
        var (type, block) = (tensor.Entry.Type, tensor.Entry.Type.BlockSize());
        var left = (tensor.End - tensor.At) / type.BlockBytes() * block;
        if (numbers.Length > left || numbers.Length % block != 0)
            throw new ArgumentException(
                $"{name} of shape {tensor.Entry.ShapeText} has room for {left} numbers in blocks of {block}, "
                + $"not for {numbers.Length}");
        StoredRange.Check(Path, name, type, numbers);
        for (; !numbers.IsEmpty; numbers = numbers[Math.Min(Piece, numbers.Length)..])
        {
            var piece = numbers[..Math.Min(Piece, numbers.Length)];
            var bytes = _buffer.AsSpan(0, piece.Length / block * type.BlockBytes());
            if (block == 1) PlainNumbers.FromSingle(type, piece, bytes);
            else GgufQuantiser.Quantise(type, piece, bytes);
            _file.Write(tensor.At, bytes);
            tensor.At += bytes.Length;
        }
    }

    /// <summary>Puts the file on the disk and in its place.</summary>
    /// <exception cref="InvalidOperationException">A declared tensor is not written to its end.</exception>
    public void Complete()
    {
        var open = _progress.Values.Where(tensor => tensor.At != tensor.End).Select(tensor => tensor.Entry.Name).ToList();
        if (open.Count > 0)
            throw new InvalidOperationException(
                $"{Path}: {open.Count} tensors are incomplete: {string.Join(", ", open.Take(5))}");
        _file.Commit();
    }

    /// <summary>Without a <see cref="Complete"/> before it: gives up, leaving what was there.</summary>
    public void Dispose() => _file.Dispose();

    private static byte[] Header(IReadOnlyDictionary<string, object> metadata, IReadOnlyList<WeightEntry> entries)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)entries.Count);
        writer.Write((ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            Text(writer, key);
            writer.Write(Code(key, value.GetType()));
            Value(writer, key, value);
        }
        var offset = 0L;
        foreach (var entry in entries)
        {
            Text(writer, entry.Name);
            writer.Write((uint)entry.Shape.Count);
            foreach (var size in entry.Shape.Reverse()) writer.Write((ulong)size);
            writer.Write(GgufHeader.CodeOf(entry.Type) is { } code && IsWritten(entry.Type)
                ? code
                : throw new ArgumentException($"{entry.Name}: {entry.Type.Label()} is not written"));
            writer.Write((ulong)offset);
            offset = Aligned(offset + Bytes(entry));
        }
        while (stream.Length % Alignment != 0) writer.Write((byte)0);
        return stream.ToArray();
    }

    private static bool IsWritten(StoredType type) => type <= StoredType.BF16 || GgufQuantiser.Writes(type);

    private static long Bytes(WeightEntry entry)
    {
        var block = entry.Type.BlockSize();
        if (block > 1 && (entry.Shape.Count == 0 || entry.Shape[^1] % block != 0))
            throw new ArgumentException(
                $"{entry.Name}: {entry.Type.Label()} needs rows of whole blocks of {block}, not those of {entry.ShapeText}");
        return entry.Elements / block * entry.Type.BlockBytes();
    }

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static uint Code(string key, Type type) =>
        type == typeof(byte) ? 0 : type == typeof(uint) ? 4 : type == typeof(int) ? 5 : type == typeof(float) ? 6
        : type == typeof(bool) ? 7 : type == typeof(string) ? 8 : type.IsArray ? 9 : type == typeof(ulong) ? 10
        : type == typeof(long) ? 11 : type == typeof(double) ? 12u
        : throw new ArgumentException($"metadata key '{key}': a {type.Name} is not written");

    private static void Value(BinaryWriter writer, string key, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool truth: writer.Write((byte)(truth ? 1 : 0)); break;
            case string text: Text(writer, text); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case Array values:
                writer.Write(Code(key, values.GetType().GetElementType()!));
                writer.Write((ulong)values.Length);
                foreach (var element in values) Value(writer, key, element);
                break;
        }
    }

    private sealed class Progress(WeightEntry entry, long begin, long end)
    {
        public WeightEntry Entry { get; } = entry;

        public long At { get; set; } = begin;

        public long End { get; } = end;
    }
}
