using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Softly.Models.Weights;

/// <summary>
/// GGML's quantised blocks as numbers. Every product and sum is rounded to single precision on its own, in the order in which
/// the reference software does it, so that results agree to the last bit.
/// </summary>
internal static class GgufBlocks
{
    // Adding it changes no number, not even the sign of a zero.
    private const float None = -0f;

    /// <summary>Blocks as numbers.</summary>
    /// <param name="type">The quantised type.</param>
    /// <param name="stored">Whole blocks.</param>
    /// <param name="into">Receives BlockSize numbers for each.</param>
    public static void Dequantise(StoredType type, ReadOnlySpan<byte> stored, Span<float> into)
    {
        var (size, bytes) = (type.BlockSize(), type.BlockBytes());
        for (; !into.IsEmpty; into = into[size..], stored = stored[bytes..])
        {
            var block = stored[..bytes];
            var numbers = into[..size];
            switch (type)
            {
                case StoredType.Q40: Nibbles(block[2..], 8, Half(block), None, numbers); break;
                case StoredType.Q41: Nibbles(block[4..], 0, Half(block), Half(block[2..]), numbers); break;
                case StoredType.Q50: Fives(block[2..], block[6..], 16, Half(block), None, numbers); break;
                case StoredType.Q51: Fives(block[4..], block[8..], 0, Half(block), Half(block[2..]), numbers); break;
                case StoredType.Q80: Bytes(block[2..], Half(block), numbers); break;
                default: GgufSuperBlocks.Dequantise(type, block, numbers); break;
            }
        }
    }

    /// <summary>The half-precision number at the start of a span.</summary>
    internal static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>into = q · scale + offset over 16 small whole numbers.</summary>
    private static void Scale(Vector128<sbyte> q, float scale, float offset, Span<float> into)
    {
        var (low, high) = Vector128.Widen(q);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        var (s, o) = (Vector128.Create(scale), Vector128.Create(offset));
        Store(a, into);
        Store(b, into[4..]);
        Store(c, into[8..]);
        Store(d, into[12..]);

        void Store(Vector128<int> whole, Span<float> to) => (Vector128.ConvertToSingle(whole) * s + o).CopyTo(to);
    }

    // 32 numbers in 16 bytes: the low halves come first, then the high ones.
    private static void Nibbles(ReadOnlySpan<byte> q, byte zero, float scale, float offset, Span<float> into)
    {
        var bytes = Vector128.Create(q[..16]);
        Scale((bytes & Vector128.Create((byte)15)).AsSByte() - Vector128.Create((sbyte)zero), scale, offset, into);
        Scale((bytes >> 4).AsSByte() - Vector128.Create((sbyte)zero), scale, offset, into[16..]);
    }

    // As Nibbles, with a fifth bit for number i in bit i of 32.
    private static void Fives(
        ReadOnlySpan<byte> fifths, ReadOnlySpan<byte> q, int zero, float scale, float offset, Span<float> into)
    {
        var bits = BinaryPrimitives.ReadUInt32LittleEndian(fifths);
        for (var i = 0; i < 32; i++)
        {
            var low = i < 16 ? q[i] & 15 : q[i - 16] >> 4;
            var product = scale * ((low | (int)((bits >> i) & 1) << 4) - zero);
            into[i] = product + offset;
        }
    }

    private static void Bytes(ReadOnlySpan<byte> q, float scale, Span<float> into)
    {
        Scale(Vector128.Create(q[..16]).AsSByte(), scale, None, into);
        Scale(Vector128.Create(q.Slice(16, 16)).AsSByte(), scale, None, into[16..]);
    }
}
