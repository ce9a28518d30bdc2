using System.Buffers.Binary;
using System.Text;

namespace Softly.Models.Weights;

/// <summary>
/// Reads GGUF's little-endian values one after the other. No count or length is believed before the bytes for it are known to
/// be there, so what is allocated is bounded by the file.
/// </summary>
internal sealed class GgufReader(MappedFile file)
{
    private const int DeepestArray = 4;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The next byte to read.</summary>
    public long Position { get; private set; }

    /// <summary>What is being read, for messages.</summary>
    public string Subject { get; set; } = "header";

    public long Left => file.Length - Position;

    public ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Left) throw Refuse($"the file ends {bytes - Left} bytes too early");
        var span = file.Slice(Position, bytes);
        Position += bytes;
        return span;
    }

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A count of things that take at least <paramref name="leastBytes"/> each.</summary>
    public int Count(string what, int leastBytes)
    {
        var count = UInt64();
        if (count > (ulong)(Left / leastBytes) || count > int.MaxValue)
            throw Refuse($"{count} {what} are announced, the file has {Left} bytes left");
        return (int)count;
    }

    public string Text()
    {
        var length = UInt64();
        if (length > (ulong)Left || length > int.MaxValue)
            throw Refuse($"a text of {length} bytes is announced, the file has {Left} left");
        try
        {
            return StrictUtf8.GetString(Take((int)length));
        }
        catch (DecoderFallbackException)
        {
            throw Refuse("a text is not valid UTF-8");
        }
    }

    /// <summary>A value with its type in front, as a plain .NET value or an array of such.</summary>
    public object Value() => Value(UInt32(), 0);

    public InvalidDataException Refuse(string what) => Refusal.Of(file.Path, $"{Subject}: {what}");

    private object Value(uint type, int depth) => type switch
    {
        0 => Take(1)[0],
        1 => (sbyte)Take(1)[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        3 => BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
        4 => UInt32(),
        5 => BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
        6 => BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
        7 => Truth(),
        8 => Text(),
        9 => Array(depth + 1),
        10 => UInt64(),
        11 => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
        12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
        _ => throw Refuse($"value type {type} is unknown; 0 to 12 are known"),
    };

    private object Array(int depth)
    {
        if (depth > DeepestArray) throw Refuse($"arrays are nested more than {DeepestArray} deep");
        var type = UInt32();
        return type switch
        {
            0 => Array(type, 1, depth, value => (byte)value),
            1 => Array(type, 1, depth, value => (sbyte)value),
            2 => Array(type, 2, depth, value => (ushort)value),
            3 => Array(type, 2, depth, value => (short)value),
            4 => Array(type, 4, depth, value => (uint)value),
            5 => Array(type, 4, depth, value => (int)value),
            6 => Array(type, 4, depth, value => (float)value),
            7 => Array(type, 1, depth, value => (bool)value),
            8 => Array(type, 8, depth, value => (string)value),
            9 => Array(type, 12, depth, value => value),
            10 => Array(type, 8, depth, value => (ulong)value),
            11 => Array(type, 8, depth, value => (long)value),
            12 => Array(type, 8, depth, value => (double)value),
            _ => throw Refuse($"value type {type} is unknown; 0 to 12 are known"),
        };
    }

    private T[] Array<T>(uint type, int leastBytes, int depth, Func<object, T> unbox)
    {
        var values = new T[Count("values", leastBytes)];
        for (var i = 0; i < values.Length; i++) values[i] = unbox(Value(type, depth));
        return values;
    }

    private bool Truth() => Take(1)[0] switch
    {
        0 => false,
        1 => true,
        var other => throw Refuse($"a truth value is 0 or 1, not {other}"),
    };
}
