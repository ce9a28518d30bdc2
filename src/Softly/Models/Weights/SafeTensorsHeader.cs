using System.Buffers.Binary;
using System.Text.Json;

namespace Softly.Models.Weights;

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON that maps names to type, shape and byte range. Ranges must
/// cover the rest of the file without gap or overlap, so that no byte has two meanings or none.
/// </summary>
internal sealed class SafeTensorsHeader
{
    // The reference implementation's limit.
    private const int LongestHeader = 100_000_000;

    private readonly string _path;

    private SafeTensorsHeader(string path) => _path = path;

    /// <summary>Every tensor by name.</summary>
    public Dictionary<string, WeightEntry> Entries { get; } = [];

    /// <summary>Where each tensor's bytes begin, counted from the file's start.</summary>
    public Dictionary<string, long> Offsets { get; } = [];

    /// <summary>The <c>__metadata__</c> object.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <exception cref="InvalidDataException">The header is not what the format allows.</exception>
    public static SafeTensorsHeader Parse(MappedFile file)
    {
        if (file.Length < 8) throw Refusal.Of(file.Path, $"a safetensors file has at least 8 bytes, this one has {file.Length}");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, 8));
        if (length > (ulong)(file.Length - 8))
            throw Refusal.Of(
                file.Path, $"the header is said to take {length} bytes, the file has {file.Length - 8} after its length");
        if (length is 0 or > LongestHeader)
            throw Refusal.Of(file.Path, $"the header is said to take {length} bytes; 1 to {LongestHeader} are expected");

        var header = new SafeTensorsHeader(file.Path);
        List<(string Name, long Begin, long End)> ranges;
        try
        {
            var json = new Utf8JsonReader(file.Slice(8, (int)length), new JsonReaderOptions { MaxDepth = 8 });
            ranges = header.ReadObject(ref json);
            if (json.Read()) throw header.Refuse("something follows the header's object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8, or half of a surrogate pair.
            throw Refusal.Of(file.Path, $"the header is not valid JSON ({e.Message})");
        }
        header.CheckCover(ranges, 8 + (long)length, file.Length);
        return header;
    }

    private List<(string, long, long)> ReadObject(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw Refuse("the header is not a JSON object");
        var ranges = new List<(string, long, long)>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (name == "__metadata__") ReadMetadata(ref json);
            else ranges.Add(ReadEntry(name, ref json));
        }
        return ranges;
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw Refuse("__metadata__ is not an object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            if (!json.Read() || json.TokenType != JsonTokenType.String)
                throw Refuse($"__metadata__ has a value under {Refusal.Quote(key)} that is not a string");
            Metadata[key] = json.GetString()!;
        }
    }

    private (string, long, long) ReadEntry(string name, ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw Refuse(name, "an object with dtype, shape and data_offsets is expected");
        string? label = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var field = json.GetString()!;
            json.Read();
            switch (field)
            {
                case "dtype" when label is null:
                    if (json.TokenType != JsonTokenType.String) throw Refuse(name, "dtype is not a string");
                    label = json.GetString();
                    break;
                case "shape" when shape is null: shape = ReadNumbers(name, field, ref json); break;
                case "data_offsets" when offsets is null: offsets = ReadNumbers(name, field, ref json); break;
                default:
                    throw Refuse(
                        name, $"{Refusal.Quote(field)} is unknown or given twice; dtype, shape and data_offsets are known");
            }
        }
        if (label is null) throw Refuse(name, "dtype is missing");
        if (shape is null) throw Refuse(name, "shape is missing");
        if (offsets is not [var begin, var end]) throw Refuse(name, "data_offsets with two numbers is expected");
        if (!StoredTypes.TryParseSafeTensors(label, out var type))
            throw Refuse(
                name, $"type {Refusal.Quote(label)} is not read; F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are");
        if (end < begin) throw Refuse(name, $"its data ends at {end}, before it begins at {begin}");
        var bytes = Refusal.Bytes(shape, type) ?? throw Refuse(name, $"the shape ({string.Join(", ", shape)}) overflows 64 bits");
        if (bytes != end - begin)
        {
            throw Refuse(name, $"{type.Label()} of shape ({string.Join(", ", shape)}) takes {bytes} bytes, "
                + $"its data_offsets span {end - begin}");
        }
        if (!Entries.TryAdd(name, new WeightEntry(name, type, shape))) throw Refuse(name, "the name occurs twice");
        return (name, begin, end);
    }

    private List<long> ReadNumbers(string name, string field, ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Refuse(name, $"{field} is not an array");
        var numbers = new List<long>(4);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
                throw Refuse(name, $"{field} holds something other than whole numbers from 0 to {long.MaxValue}");
            numbers.Add(number);
        }
        return numbers;
    }

    private void CheckCover(List<(string Name, long Begin, long End)> ranges, long dataStart, long fileLength)
    {
        var reached = 0L;
        foreach (var (name, begin, end) in ranges.OrderBy(range => range.Begin).ThenBy(range => range.End))
        {
            if (begin < reached)
                throw Refuse(name, $"its data begins at {begin}, inside that of another tensor which ends at {reached}");
            if (begin > reached)
                throw Refuse(name, $"its data begins at {begin}, leaving a gap after the tensor that ends at {reached}");
            if (end > fileLength - dataStart)
                throw Refuse(name, $"its data ends at {end}, the file has {fileLength - dataStart} bytes of data");
            Offsets[name] = dataStart + begin;
            reached = end;
        }
        if (dataStart + reached != fileLength) throw Refuse($"{fileLength - dataStart - reached} bytes follow the last tensor");
    }

    private InvalidDataException Refuse(string what) => Refusal.Of(_path, what);

    private InvalidDataException Refuse(string tensor, string what) =>
        Refusal.Of(_path, $"tensor {Refusal.Quote(tensor)}: {what}");
}
