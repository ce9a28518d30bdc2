using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Softly.Models.Weights;

/// <summary>Between stored bytes (little-endian) and numbers, for the types that have no blocks.</summary>
internal static class PlainNumbers
{
    /// <summary>Stored F64, F32, F16 or BF16 as single precision; F64 is rounded.</summary>
    public static void ToSingle(StoredType type, ReadOnlySpan<byte> stored, Span<float> into)
    {
        switch (type)
        {
            case StoredType.F32: stored.CopyTo(MemoryMarshal.AsBytes(into)); break;
            case StoredType.F16: FromHalf(MemoryMarshal.Cast<byte, ushort>(stored), into); break;
            case StoredType.BF16: FromBrain(MemoryMarshal.Cast<byte, ushort>(stored), into); break;
            case StoredType.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(stored);
                for (var i = 0; i < into.Length; i++) into[i] = (float)doubles[i];
                break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>Single precision as stored F64, F32, F16 or BF16, rounded to the nearest, ties to even.</summary>
    public static void FromSingle(StoredType type, ReadOnlySpan<float> numbers, Span<byte> stored)
    {
        switch (type)
        {
            case StoredType.F32: MemoryMarshal.AsBytes(numbers).CopyTo(stored); break;
            case StoredType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(stored);
                for (var i = 0; i < numbers.Length; i++) halves[i] = (Half)numbers[i];
                break;
            case StoredType.BF16:
                var brains = MemoryMarshal.Cast<byte, ushort>(stored);
                for (var i = 0; i < numbers.Length; i++) brains[i] = ToBrain(numbers[i]);
                break;
            case StoredType.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(stored);
                for (var i = 0; i < numbers.Length; i++) doubles[i] = numbers[i];
                break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>Stored whole numbers, sign kept.</summary>
    public static void ToLong(StoredType type, ReadOnlySpan<byte> stored, Span<long> into)
    {
        switch (type)
        {
            case StoredType.I64: stored.CopyTo(MemoryMarshal.AsBytes(into)); break;
            case StoredType.I32: Widen(MemoryMarshal.Cast<byte, int>(stored), into); break;
            case StoredType.I16: Widen(MemoryMarshal.Cast<byte, short>(stored), into); break;
            case StoredType.I8: Widen(MemoryMarshal.Cast<byte, sbyte>(stored), into); break;
            case StoredType.U8 or StoredType.Bool: Widen(stored, into); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>The nearest BF16, ties to even; not-a-numbers stay so.</summary>
    public static ushort ToBrain(float number)
    {
        var bits = BitConverter.SingleToUInt32Bits(number);
        if (float.IsNaN(number)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static void Widen<T>(ReadOnlySpan<T> from, Span<long> into) where T : IBinaryInteger<T>
    {
        for (var i = 0; i < into.Length; i++) into[i] = long.CreateChecked(from[i]);
    }

    private static void FromBrain(ReadOnlySpan<ushort> from, Span<float> into)
    {
        var i = 0;
        for (; i <= into.Length - 8; i += 8)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(from.Slice(i, 8)));
            (low << 16).AsSingle().CopyTo(into[i..]);
            (high << 16).AsSingle().CopyTo(into[(i + 4)..]);
        }
        for (; i < into.Length; i++) into[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
    }

    private static void FromHalf(ReadOnlySpan<ushort> from, Span<float> into)
    {
        var i = 0;
        for (; i <= into.Length - 8; i += 8)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(from.Slice(i, 8)));
            ExpandHalf(low).CopyTo(into[i..]);
            ExpandHalf(high).CopyTo(into[(i + 4)..]);
        }
        for (; i < into.Length; i++) into[i] = (float)BitConverter.UInt16BitsToHalf(from[i]);
    }

    // Move the exponent's bias from 15 to 127. Infinities need a second push; for a subnormal the mantissa is put under a
    // normal exponent that is then subtracted, so that no subnormal single is touched (some libraries have them flushed).
    private static Vector128<float> ExpandHalf(Vector128<uint> half)
    {
        var bits = (half & Vector128.Create(0x7fffu)) << 13;
        var exponent = bits & Vector128.Create(0x7c00u << 13);
        var moved = bits + Vector128.Create(112u << 23);
        moved += Vector128.Equals(exponent, Vector128.Create(0x7c00u << 13)) & Vector128.Create(112u << 23);
        var subnormal = (moved + Vector128.Create(1u << 23)).AsSingle() - Vector128.Create(113u << 23).AsSingle();
        moved = Vector128.ConditionalSelect(Vector128.Equals(exponent, Vector128<uint>.Zero), subnormal.AsUInt32(), moved);
        return (moved | ((half & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }
}
