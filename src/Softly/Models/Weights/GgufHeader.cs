using System.Buffers.Binary;

namespace Softly.Models.Weights;

/// <summary>One tensor as a GGUF header lists it.</summary>
/// <param name="Name">GGUF's own name.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Shape">Outermost dimension first, the reverse of GGUF's order.</param>
/// <param name="Offset">Where its data begins, counted from the file's start.</param>
internal sealed record GgufTensor(string Name, StoredType Type, long[] Shape, long Offset);

/// <summary>
/// The header of a GGUF file (versions 2 and 3): counts, metadata, tensor list; the data follows at a multiple of the alignment.
/// </summary>
internal sealed class GgufHeader
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const string AlignmentKey = "general.alignment";

    public required IReadOnlyDictionary<string, object> Metadata { get; init; }

    public required IReadOnlyDictionary<string, GgufTensor> Tensors { get; init; }

    /// <exception cref="InvalidDataException">The header is not what the format allows.</exception>
    public static GgufHeader Parse(MappedFile file)
    {
        var reader = new GgufReader(file);
        if (file.Length < 4 || reader.UInt32() != Magic) throw reader.Refuse("a GGUF file begins with the letters GGUF");
        var version = reader.UInt32();
        if (version is not (2 or 3))
        {
            var swapped = BinaryPrimitives.ReverseEndianness(version) is 2 or 3 ? " (the file is big-endian)" : "";
            throw reader.Refuse($"version {version} is not read{swapped}; 2 and 3 are");
        }
        // A tensor takes at least 24 bytes of header (name length, dimension count, type, offset), a key 13.
        var tensorCount = reader.Count("tensors", 24);
        var metadata = ReadMetadata(reader, reader.Count("keys", 13));
        var alignment = Alignment(reader, metadata);
        var listed = new List<(string Name, StoredType Type, long[] Shape, long Bytes, ulong Offset)>();
        for (var i = 0; i < tensorCount; i++) listed.Add(ReadTensor(reader, i, alignment));

        var dataStart = (reader.Position + alignment - 1) / alignment * alignment;
        var tensors = new Dictionary<string, GgufTensor>();
        var reached = 0L;
        foreach (var (name, type, shape, bytes, offset) in listed.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            reader.Subject = $"tensor {Refusal.Quote(name)}";
            var room = Math.Max(0, file.Length - dataStart);
            if (offset > (ulong)room || bytes > room - (long)offset)
                throw reader.Refuse($"its {bytes} bytes at offset {offset} end after the file's {room} bytes of data");
            if ((long)offset < reached)
                throw reader.Refuse($"its data begins at {offset}, inside that of another tensor which ends at {reached}");
            reached = (long)offset + bytes;
            if (!tensors.TryAdd(name, new GgufTensor(name, type, shape, dataStart + (long)offset)))
                throw reader.Refuse("the name occurs twice");
        }
        return new GgufHeader { Metadata = metadata, Tensors = tensors };
    }

    private static Dictionary<string, object> ReadMetadata(GgufReader reader, int count)
    {
        var metadata = new Dictionary<string, object>();
        for (var i = 0; i < count; i++)
        {
            reader.Subject = $"metadata key {i + 1} of {count}";
            var key = reader.Text();
            reader.Subject = $"metadata key {Refusal.Quote(key)}";
            if (!metadata.TryAdd(key, reader.Value())) throw reader.Refuse("the key occurs twice");
        }
        return metadata;
    }

    private static long Alignment(GgufReader reader, Dictionary<string, object> metadata)
    {
        if (!metadata.TryGetValue(AlignmentKey, out var value)) return 32;
        reader.Subject = $"metadata key '{AlignmentKey}'";
        if (value is not uint alignment) throw reader.Refuse("an unsigned 32-bit number is expected");
        if (!uint.IsPow2(alignment)) throw reader.Refuse($"an alignment is a power of two, not {alignment}");
        return alignment;
    }

    private static (string, StoredType, long[], long, ulong) ReadTensor(GgufReader reader, int index, long alignment)
    {
        reader.Subject = $"tensor {index + 1}";
        var name = reader.Text();
        reader.Subject = $"tensor {Refusal.Quote(name)}";
        var dimensions = reader.UInt32();
        if (dimensions > 4) throw reader.Refuse($"{dimensions} dimensions are announced; at most 4 are known");
        var shape = new long[dimensions];
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            var size = reader.UInt64();
            if (size > long.MaxValue) throw reader.Refuse($"a dimension of {size} does not fit 63 bits");
            shape[d] = (long)size;
        }
        var code = reader.UInt32();
        var type = TypeOf(code) ?? throw reader.Refuse(
            $"stored type {code}{(IsRemoved(code) ? " (removed from the format)" : "")} is not read; "
            + "F32, F16, BF16, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K and Q6_K are");
        var bytes = Refusal.Bytes(shape, type)
            ?? throw reader.Refuse($"the shape ({string.Join(", ", shape)}) overflows 64 bits");
        if (type.BlockSize() > 1 && (shape.Length == 0 || shape[^1] % type.BlockSize() != 0))
            throw reader.Refuse(
                $"{type.Label()} has blocks of {type.BlockSize()}, not dividing the rows of ({string.Join(", ", shape)})");
        var offset = reader.UInt64();
        if (offset % (ulong)alignment != 0) throw reader.Refuse($"offset {offset} is no multiple of the alignment {alignment}");
        return (name, type, shape, bytes, offset);
    }

    private static bool IsRemoved(uint code) => code is 4 or 5 or (>= 31 and <= 33) or (>= 36 and <= 38);

    // The numbers of the format; whatever is missing here is not read.
    private static readonly Dictionary<uint, StoredType> Codes = new()
    {
        [0] = StoredType.F32, [1] = StoredType.F16, [2] = StoredType.Q40, [3] = StoredType.Q41, [6] = StoredType.Q50,
        [7] = StoredType.Q51, [8] = StoredType.Q80, [10] = StoredType.Q2K, [11] = StoredType.Q3K, [12] = StoredType.Q4K,
        [13] = StoredType.Q5K, [14] = StoredType.Q6K, [24] = StoredType.I8, [25] = StoredType.I16, [26] = StoredType.I32,
        [27] = StoredType.I64, [28] = StoredType.F64, [30] = StoredType.BF16,
    };

    private static StoredType? TypeOf(uint code) => Codes.TryGetValue(code, out var type) ? type : null;

    /// <summary>The number of a type; null for one that the format has not.</summary>
    public static uint? CodeOf(StoredType type) =>
        Codes.FirstOrDefault(pair => pair.Value == type) is var found && found.Value == type ? found.Key : null;
}
