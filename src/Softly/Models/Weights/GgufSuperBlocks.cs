using System.Buffers.Binary;

namespace Softly.Models.Weights;

/// <summary>GGML's blocks of 256 numbers (the K types): a scale for the block, small whole scales for its parts.</summary>
internal static class GgufSuperBlocks
{
    /// <summary>One block as 256 numbers.</summary>
    public static void Dequantise(StoredType type, ReadOnlySpan<byte> block, Span<float> into)
    {
        switch (type)
        {
            case StoredType.Q2K: Twos(block, into); break;
            case StoredType.Q3K: Threes(block, into); break;
            case StoredType.Q4K: FoursAndFives(block[16..], default, block, into); break;
            case StoredType.Q5K: FoursAndFives(block[48..], block.Slice(16, 32), block, into); break;
            case StoredType.Q6K: Sixes(block, into); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    // 16 bytes of scale (low) and least value (high half), 64 of numbers, two half-precision scales.
    private static void Twos(ReadOnlySpan<byte> block, Span<float> into)
    {
        var (scale, least) = (GgufBlocks.Half(block[80..]), GgufBlocks.Half(block[82..]));
        for (var i = 0; i < 256; i++)
        {
            var part = block[i / 16];
            // Every 32 bytes hold 128 numbers: first the lowest two bits of each byte, then the next two, and so on.
            var q = (block[16 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;
            var product = scale * (part & 15) * q;
            into[i] = product - least * (part >> 4);
        }
    }

    // 32 bytes of third bits, 64 of two low bits, 12 of sixteen 6-bit scales less 32, one half-precision scale.
    private static void Threes(ReadOnlySpan<byte> block, Span<float> into)
    {
        var scale = GgufBlocks.Half(block[108..]);
        var scales = block.Slice(96, 12);
        for (var part = 0; part < 16; part++)
        {
            var low = part < 8 ? scales[part] & 15 : scales[part - 8] >> 4;
            var high = (scales[8 + part % 4] >> (part / 4 * 2)) & 3;
            var partScale = scale * ((low | high << 4) - 32);
            for (var i = part * 16; i < part * 16 + 16; i++)
            {
                var q = (block[32 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;
                var third = (block[i % 32] >> (i / 32)) & 1;
                into[i] = partScale * (q - (third == 0 ? 4 : 0));
            }
        }
    }

    // Two half-precision scales, 12 bytes of eight 6-bit scales and least values; for Q5_K 32 bytes of fifth bits; 128 of
    // nibbles.
    private static void FoursAndFives(
        ReadOnlySpan<byte> nibbles, ReadOnlySpan<byte> fifths, ReadOnlySpan<byte> block, Span<float> into)
    {
        var (scale, least) = (GgufBlocks.Half(block), GgufBlocks.Half(block[2..]));
        var packed = block.Slice(4, 12);
        for (var part = 0; part < 8; part++)
        {
            var (q, m) = part < 4
                ? (packed[part] & 63, packed[part + 4] & 63)
                : (packed[part + 4] & 15 | packed[part - 4] >> 6 << 4, packed[part + 4] >> 4 | packed[part] >> 6 << 4);
            var (partScale, partLeast) = (scale * q, least * m);
            var bytes = nibbles.Slice(part / 2 * 32, 32);
            var numbers = into.Slice(part * 32, 32);
            for (var i = 0; i < 32; i++)
            {
                var number = part % 2 == 0 ? bytes[i] & 15 : bytes[i] >> 4;
                if (!fifths.IsEmpty) number |= ((fifths[i] >> part) & 1) << 4;
                var product = partScale * number;
                numbers[i] = product - partLeast;
            }
        }
    }

    // 128 bytes of low halves, 64 of two high bits, 16 signed scales, one half-precision scale.
    private static void Sixes(ReadOnlySpan<byte> block, Span<float> into)
    {
        var scale = BinaryPrimitives.ReadHalfLittleEndian(block[208..]);
        for (var part = 0; part < 16; part++)
        {
            var partScale = (float)scale * (sbyte)block[192 + part];
            for (var i = part * 16; i < part * 16 + 16; i++)
            {
                // Each half of the block: 64 bytes whose low nibbles are numbers 0-63, the high ones 64-127.
                var (half, at) = (i / 128, i % 128);
                var low = at < 64 ? block[half * 64 + at] & 15 : block[half * 64 + at - 64] >> 4;
                var high = (block[128 + half * 32 + at % 32] >> (at / 32 * 2)) & 3;
                into[i] = partScale * ((low | high << 4) - 32);
            }
        }
    }
}
