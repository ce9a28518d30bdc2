using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Softly.Models;

/// <summary>bfloat16 numbers, held as the upper halves of single-precision ones.</summary>
internal static unsafe class Brain
{
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN.</summary>
    public static ushort Narrow(float value)
    {
        if (float.IsNaN(value)) return 0x7FC0;
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Rounds 32 numbers, where vectors are that wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Narrow(float* from) =>
        Vector512.Narrow(Rounded(Vector512.Load(from)), Rounded(Vector512.Load(from + 16)));

    /// <summary>The number itself.</summary>
    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>Rounds <paramref name="count"/> numbers.</summary>
    [MethodImpl(Once)]
    public static void Narrow(float* from, ushort* to, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 32 <= count; i += 32)
                Narrow(from + i).Store(to + i);
        for (; i + 16 <= count; i += 16)
            Vector256.Narrow(Rounded(Vector256.Load(from + i)), Rounded(Vector256.Load(from + i + 8))).Store(to + i);
        for (; i < count; i++) to[i] = Narrow(from[i]);
    }

    /// <summary>Widens <paramref name="count"/> numbers.</summary>
    [MethodImpl(Once)]
    public static void Widen(ushort* from, float* to, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 16 <= count; i += 16)
                (Vector512.WidenLower(Vector256.Load(from + i).ToVector512Unsafe()) << 16).AsSingle().Store(to + i);
        for (; i + 8 <= count; i += 8)
            (Vector256.WidenLower(Vector128.Load(from + i).ToVector256Unsafe()) << 16).AsSingle().Store(to + i);
        for (; i < count; i++) to[i] = Widen(from[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512.Create(1u))) >> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, Vector512.Create(0x7FC0u));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256.Create(1u))) >> 16;
        return Vector256.ConditionalSelect(Vector256.Equals(value, value).AsUInt32(), rounded, Vector256.Create(0x7FC0u));
    }
}
