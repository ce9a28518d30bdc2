using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Softly.Tests.Fuzz;

/// <summary>Small damage to sound inputs. All chance comes from one seed: an input can be made again from its number.</summary>
internal sealed class Mutations(int seed, IReadOnlyList<byte[]> samples)
{
    private static readonly string[] Numbers =
    [
        "0", "-1", "1", "2", "127", "255", "256", "65535", "65536", "1048576", "4194303", "16777216", "2147483647", "2147483648",
        "-2147483648", "4294967295", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551615", "1e308", "1e309", "-1e309", "1e-320", "0.5", "1e400000000", "00", "1E+2",
    ];

    private static readonly ulong[] Words =
    [
        0, 1, 2, 7, 8, 9, 32, 255, 256, 65535, 1 << 24, int.MaxValue, 1u << 31, uint.MaxValue, 1ul << 32, 1ul << 40, 1ul << 62,
        long.MaxValue, 1ul << 63, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "\"\"", "\"a\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[]]", "[null]", "{\"a\":{}}",
        "\"0\"", "[1,2]", "[\"a\",\"b\"]", "{\"type\":\"Sequence\"}", "{\"content\":\"a\"}", "\"(a*)*b\"", "\"{{\"", "\"(?<\"",
        "{\"Regex\":\"(\"}", "{\"String\":\"\"}",
        "[{\"name\":\"default\",\"template\":\"a\"},{\"name\":\"default\",\"template\":\"b\"}]",
    ];

    /// <summary>Input number <paramref name="index"/>.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="isText">Whether the samples are JSON, whose structure is damaged too.</param>
    public byte[] Make(int index, bool isText)
    {
        var random = new Random(unchecked(seed + index * 486187739));
        var bytes = samples[random.Next(samples.Count)];
        for (var times = 1 + random.Next(3); times > 0; times--)
            bytes = isText && random.Next(3) > 0 ? Structure(random, bytes) : Bytes(random, bytes);
        return bytes;
    }

    private byte[] Bytes(Random random, byte[] bytes)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var made = (byte[])bytes.Clone();
        var at = random.Next(made.Length);
        switch (random.Next(9))
        {
            case 0: made[at] ^= (byte)(1 << random.Next(8)); return made;
            case 1: made[at] = (byte)random.Next(256); return made;
            case 2: return made[..at];
            case 3: return [.. made, .. RandomBytes(random)];
            case 4:
                var other = samples[random.Next(samples.Count)];
                return [.. made[..at], .. other[Math.Min(other.Length, random.Next(other.Length + 1))..]];
            case 5:
                var end = Math.Min(made.Length, at + 1 + random.Next(64));
                return random.Next(2) == 0
                    ? [.. made[..at], .. made[end..]] : [.. made[..end], .. made[at..end], .. made[end..]];
            case 6 when made.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(
                    made.AsSpan(Math.Min(at, made.Length - 4)), (uint)Words[random.Next(Words.Length)]);
                return made;
            case 7 when made.Length >= 8:
                BinaryPrimitives.WriteUInt64LittleEndian(
                    made.AsSpan(Math.Min(at, made.Length - 8)), Words[random.Next(Words.Length)]);
                return made;
            default: return Number(random, made);
        }
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[1 + random.Next(16)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A number that is written out becomes another.</summary>
    private static byte[] Number(Random random, byte[] bytes)
    {
        var starts = Enumerable.Range(0, bytes.Length)
            .Where(i => IsDigit(bytes[i]) && (i == 0 || !IsDigit(bytes[i - 1]))).ToList();
        if (starts.Count == 0) return bytes;
        var start = starts[random.Next(starts.Count)];
        var end = start;
        while (end < bytes.Length && IsDigit(bytes[end])) end++;
        return [.. bytes[..start], .. Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]), .. bytes[end..]];

        static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';
    }

    /// <summary>One node of a JSON document is replaced, dropped, given twice, renamed, wrapped, or becomes another.</summary>
    private static byte[] Structure(Random random, byte[] bytes)
    {
        // A safetensors header stands behind eight bytes of its length, which follow what is done to it.
        var isHeader = bytes.Length > 8 && bytes[8] == '{' && BinaryPrimitives.ReadInt64LittleEndian(bytes) is > 0 and < 1 << 20;
        var length = isHeader ? (int)Math.Min(bytes.Length - 8, BinaryPrimitives.ReadInt64LittleEndian(bytes)) : bytes.Length;
        var from = isHeader ? 8 : 0;
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(bytes.AsSpan(from, length));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return bytes;
        }
        if (root is null) return bytes;
        var places = new List<JsonNode>();
        try
        {
            Collect(root, places);
            if (places.Count == 0) return bytes;
            var text = Changed(random, root, places);
            if (!isHeader) return text;
            var size = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(size, text.Length);
            return [.. size, .. text, .. bytes[(from + length)..]];
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            return bytes; // halves of characters and keys given twice cannot be taken apart further
        }
    }

    private static byte[] Changed(Random random, JsonNode root, List<JsonNode> places)
    {
        const string Mark = "\u0001mark\u0001";
        var place = places[random.Next(places.Count)];
        var what = random.Next(8);
        var old = place.ToJsonString();
        string becomes;
        switch (what)
        {
            case 0: becomes = Numbers[random.Next(Numbers.Length)]; break;
            case 1 or 2: becomes = Values[random.Next(Values.Length)]; break;
            case 3: becomes = places[random.Next(places.Count)].ToJsonString(); break;
            case 4:
                var depth = 1 << random.Next(1, 12);
                becomes = random.Next(2) == 0 ? new string('[', depth) + old + new string(']', depth)
                    : string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", depth)) + old
                        + string.Concat(Enumerable.Repeat("]}", depth));
                break;
            case 5: becomes = string.Concat(Enumerable.Repeat(old + ",", random.Next(1, 40))) + old; break;
            case 6 when place.Parent is JsonObject owner:
                var key = place.GetPropertyName();
                owner.Remove(key);
                if (random.Next(2) == 0) owner[Renamed(random, key)] = place;
                return Encoding.UTF8.GetBytes(root.ToJsonString());
            case 7 when place.Parent is JsonObject: // the key twice
                becomes = $"{old},{JsonSerializer.Serialize(place.GetPropertyName())}:{Values[random.Next(Values.Length)]}";
                break;
            default: becomes = old; break;
        }
        if (place.Parent is null) return Encoding.UTF8.GetBytes(becomes);
        place.ReplaceWith(JsonValue.Create(Mark));
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace(JsonSerializer.Serialize(Mark), becomes));
    }

    private static string Renamed(Random random, string key) => random.Next(3) switch
    {
        0 => key + "x",
        1 => key.ToUpperInvariant(),
        _ => random.Next(1000).ToString(CultureInfo.InvariantCulture),
    };

    private static void Collect(JsonNode node, List<JsonNode> places)
    {
        places.Add(node);
        if (node is JsonObject entries)
            foreach (var (_, value) in entries)
                if (value is not null) Collect(value, places);
        if (node is JsonArray items)
            foreach (var value in items)
                if (value is not null) Collect(value, places);
    }
}
