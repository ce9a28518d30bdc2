using System.Buffers.Binary;

namespace Softly.Models.Weights;

/// <summary>
/// Numbers as GGML's blocks of 32, rounded as the reference software rounds them, to the last bit: the largest deviation of a
/// block decides its scale, and every number becomes the nearest of 16, 32 or 255 steps.
/// </summary>
internal static class GgufQuantiser
{
    private const int Block = 32;

    /// <summary>Whether numbers can be stored as this type here: Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 of the quantised ones.</summary>
    public static bool Writes(StoredType type) => type is >= StoredType.Q40 and <= StoredType.Q80;

    /// <summary>Quantises whole blocks.</summary>
    /// <param name="type">A type that <see cref="Writes"/>.</param>
    /// <param name="numbers">A multiple of 32 numbers, all finite.</param>
    /// <param name="stored">Receives BlockBytes for each 32.</param>
    public static void Quantise(StoredType type, ReadOnlySpan<float> numbers, Span<byte> stored)
    {
        var bytes = type.BlockBytes();
        for (; !numbers.IsEmpty; numbers = numbers[Block..], stored = stored[bytes..])
        {
            var x = numbers[..Block];
            var block = stored[..bytes];
            switch (type)
            {
                case StoredType.Q40: Signed(x, block, 4); break;
                case StoredType.Q41: Shifted(x, block, 4); break;
                case StoredType.Q50: Signed(x, block, 5); break;
                case StoredType.Q51: Shifted(x, block, 5); break;
                case StoredType.Q80: Bytes(x, block); break;
                default: throw new ArgumentOutOfRangeException(nameof(type), type, "is not written");
            }
        }
    }

    // x ≈ scale · (q − 2^(bits−1)): the number that is largest without its sign gets q = 0, so the scale may be negative.
    private static void Signed(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        float largest = 0, size = 0;
        foreach (var number in x)
        {
            if (MathF.Abs(number) <= size) continue;
            (largest, size) = (number, MathF.Abs(number));
        }
        var middle = 1 << (bits - 1);
        var scale = largest / -middle;
        var inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        Span<byte> q = stackalloc byte[Block];
        for (var i = 0; i < Block; i++)
        {
            var product = x[i] * inverse;
            q[i] = (byte)Math.Min(2 * middle - 1, (int)(product + (middle + 0.5f)));
        }
        Pack(q, block[2..], bits);
    }

    // x ≈ scale · q + least.
    private static void Shifted(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        float least = float.MaxValue, most = -float.MaxValue;
        foreach (var number in x) (least, most) = (Math.Min(least, number), Math.Max(most, number));
        var top = (1 << bits) - 1;
        var scale = (most - least) / top;
        var inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)least);
        Span<byte> q = stackalloc byte[Block];
        for (var i = 0; i < Block; i++)
        {
            var product = (x[i] - least) * inverse;
            q[i] = (byte)Math.Min(top, (int)(product + 0.5f));
        }
        Pack(q, block[4..], bits);
    }

    private static void Bytes(ReadOnlySpan<float> x, Span<byte> block)
    {
        float size = 0;
        foreach (var number in x) size = Math.Max(size, MathF.Abs(number));
        var scale = size / 127;
        var inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (var i = 0; i < Block; i++)
            block[2 + i] = (byte)(sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero);
    }

    // The low four bits of number i and of number i + 16 share a byte; fifth bits stand before them, number i's in bit i of 32.
    private static void Pack(ReadOnlySpan<byte> q, Span<byte> into, int bits)
    {
        if (bits == 5)
        {
            var fifths = 0u;
            for (var i = 0; i < Block; i++) fifths |= (uint)(q[i] >> 4) << i;
            BinaryPrimitives.WriteUInt32LittleEndian(into, fifths);
            into = into[4..];
        }
        for (var i = 0; i < 16; i++) into[i] = (byte)((q[i] & 15) | (q[i + 16] << 4));
    }
}
