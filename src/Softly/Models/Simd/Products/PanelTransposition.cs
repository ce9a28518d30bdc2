using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>Rows become the columns of a panel, in squares of 16 by 16 words that are turned in registers.</summary>
internal static unsafe class PanelTransposition
{
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;
    private const int Side = 16;

    /// <summary>Single precision: a word is a number.</summary>
    /// <param name="rows">64 rows, null for one that is left out.</param>
    /// <param name="depth">Numbers of each.</param>
    /// <param name="to">(depth, 64).</param>
    [MethodImpl(Once)]
    public static void Single(float** rows, int depth, uint* to)
    {
        for (var column = 0; column < FactorPanels.Width; column += Side)
        {
            var k = 0;
            if (Avx512F.IsSupported && Whole((byte**)rows + column))
                for (; k + Side <= depth; k += Side)
                    Turn(new Words(rows + column, k), to + ((long)k * FactorPanels.Width) + column);
            for (var i = column; i < column + Side; i++)
                if (rows[i] is not null)
                    for (var at = k; at < depth; at++) to[((long)at * FactorPanels.Width) + i] = ((uint*)rows[i])[at];
        }
    }

    /// <summary>bfloat16: a word is two neighbours of a row.</summary>
    /// <param name="rows">64 rows, null for one that is left out.</param>
    /// <param name="half">Whether the rows are bfloat16 already; they are rounded otherwise.</param>
    /// <param name="depth">Numbers of each; the partner of an odd one is zero.</param>
    /// <param name="to">(depth / 2, 64).</param>
    [MethodImpl(Once)]
    public static void Narrowed(byte** rows, bool half, int depth, uint* to)
    {
        for (var column = 0; column < FactorPanels.Width; column += Side)
        {
            var k = 0;
            if (Avx512F.IsSupported && Whole(rows + column))
                for (; k + (2 * Side) <= depth; k += 2 * Side)
                {
                    var at = to + ((long)(k / 2) * FactorPanels.Width) + column;
                    if (half) Turn(new Pairs((ushort**)(rows + column), k), at);
                    else Turn(new Rounded((float**)(rows + column), k), at);
                }
            for (var i = column; i < column + Side; i++)
            {
                if (rows[i] is null) continue;
                for (var at = k; at < depth; at += 2)
                {
                    uint first = Number(rows[i], half, at), second = at + 1 < depth ? Number(rows[i], half, at + 1) : 0u;
                    to[((long)(at / 2) * FactorPanels.Width) + i] = first | (second << 16);
                }
            }
        }
    }

    private static uint Number(byte* row, bool half, int at) => half ? ((ushort*)row)[at] : Brain.Narrow(((float*)row)[at]);

    private static bool Whole(byte** rows)
    {
        for (var i = 0; i < Side; i++)
            if (rows[i] is null) return false;
        return true;
    }

    // Words, pairs of words, then quarters of a vector, twice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn<S>(S source, uint* to) where S : struct, ISource
    {
        Quarter(source, 0, out var a0, out var a1, out var a2, out var a3);
        Quarter(source, 4, out var b0, out var b1, out var b2, out var b3);
        Quarter(source, 8, out var c0, out var c1, out var c2, out var c3);
        Quarter(source, 12, out var d0, out var d1, out var d2, out var d3);
        Columns(a0, b0, c0, d0, to);
        Columns(a1, b1, c1, d1, to + FactorPanels.Width);
        Columns(a2, b2, c2, d2, to + (2 * FactorPanels.Width));
        Columns(a3, b3, c3, d3, to + (3 * FactorPanels.Width));
    }

    // Quarter q of output i holds column 4·q + i of four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter<S>(
        S source, int row, out Vector512<uint> zero, out Vector512<uint> one, out Vector512<uint> two, out Vector512<uint> three)
        where S : struct, ISource
    {
        Vector512<uint> r0 = source.Load(row), r1 = source.Load(row + 1), r2 = source.Load(row + 2), r3 = source.Load(row + 3);
        Vector512<ulong> low0 = Avx512F.UnpackLow(r0, r1).AsUInt64(), low1 = Avx512F.UnpackLow(r2, r3).AsUInt64();
        Vector512<ulong> high0 = Avx512F.UnpackHigh(r0, r1).AsUInt64(), high1 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        zero = Avx512F.UnpackLow(low0, low1).AsUInt32();
        one = Avx512F.UnpackHigh(low0, low1).AsUInt32();
        two = Avx512F.UnpackLow(high0, high1).AsUInt32();
        three = Avx512F.UnpackHigh(high0, high1).AsUInt32();
    }

    // Quarter q of each is the piece of column 4·q + i of rows 0–3, 4–7, 8–11, 12–15.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, uint* to)
    {
        const byte even = 0b10_00_10_00, odd = 0b11_01_11_01;
        Vector512<uint> evenLow = Avx512F.Shuffle4x128(a, b, even), evenHigh = Avx512F.Shuffle4x128(c, d, even);
        Vector512<uint> oddLow = Avx512F.Shuffle4x128(a, b, odd), oddHigh = Avx512F.Shuffle4x128(c, d, odd);
        Avx512F.Shuffle4x128(evenLow, evenHigh, even).Store(to);
        Avx512F.Shuffle4x128(oddLow, oddHigh, even).Store(to + (4 * FactorPanels.Width));
        Avx512F.Shuffle4x128(evenLow, evenHigh, odd).Store(to + (8 * FactorPanels.Width));
        Avx512F.Shuffle4x128(oddLow, oddHigh, odd).Store(to + (12 * FactorPanels.Width));
    }

    private interface ISource
    {
        Vector512<uint> Load(int row);
    }

    private readonly struct Words(float** rows, int k) : ISource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<uint> Load(int row) => Vector512.Load((uint*)rows[row] + k);
    }

    private readonly struct Pairs(ushort** rows, int k) : ISource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<uint> Load(int row) => Vector512.Load(rows[row] + k).AsUInt32();
    }

    private readonly struct Rounded(float** rows, int k) : ISource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<uint> Load(int row) => Brain.Narrow(rows[row] + k).AsUInt32();
    }
}
