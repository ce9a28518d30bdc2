using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Softly.Models;

/// <summary>
/// A matrix (depth, columns) as the right factor of products: panels of 64 columns, each with its numbers of depth 0, then of
/// depth 1, and so on, in single precision; in bfloat16 two depths lie interleaved. What a panel lacks is filled with zeros.
/// </summary>
internal sealed unsafe class FactorPanels : IDisposable
{
    /// <summary>Columns of a panel.</summary>
    public const int Width = 64;

    /// <summary>Rows of the left factor that are multiplied at a time: with a panel they fit the second cache.</summary>
    private const int Rows = 32;

    /// <summary>Depth that is multiplied at a time.</summary>
    private const int Deepest = 1536;

    private readonly bool _owned;
    private static long LiveTotal;
    private byte* _memory;

    /// <summary>Bytes that all living instances of the process own.</summary>
    public static long Live => Interlocked.Read(ref LiveTotal);

    /// <summary>Room for a matrix.</summary>
    /// <param name="depth">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="half">Whether it is held in bfloat16.</param>
    public FactorPanels(int depth, int columns, bool half)
        : this(depth, columns, half, (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes(depth, columns, half), 64), 64))
    {
        _owned = true;
        Interlocked.Add(ref LiveTotal, Bytes(depth, columns, half));
        NativeMemory.Clear(_memory, (nuint)Bytes(depth, columns, half));
    }

    /// <summary>
    /// The same in memory that belongs to someone else: <see cref="Bytes"/> of zeros on a cache line's boundary.
    /// </summary>
    public FactorPanels(int depth, int columns, bool half, byte* memory)
    {
        (Depth, Columns, IsHalf) = (depth, columns, half);
        _memory = memory;
        PaddedDepth = half ? (depth + 1) & ~1 : depth;
        Count = (columns + Width - 1) / Width;
    }

    /// <summary>What the panels of a matrix take.</summary>
    public static long Bytes(int depth, int columns, bool half) =>
        (columns + Width - 1) / Width * (long)Width
        * (half ? (depth + 1) / 2 * 2L * sizeof(ushort) : depth * (long)sizeof(float));

    /// <summary>Rows of the matrix, which are columns of the left factor.</summary>
    public int Depth { get; }

    /// <summary>The same, even in bfloat16: the left factor has zeros in the one that is too many.</summary>
    public int PaddedDepth { get; }

    /// <summary>Columns of the matrix and of the product.</summary>
    public int Columns { get; }

    /// <summary>Whether numbers are bfloat16.</summary>
    public bool IsHalf { get; }

    /// <summary>How many panels.</summary>
    public int Count { get; }

    private long PanelNumbers => (long)PaddedDepth * Width;

    /// <summary>Takes in the transpose of a weight (columns, depth): the factor of x · Wᵀ.</summary>
    /// <param name="weight">(columns, depth), row by row.</param>
    /// <param name="panel">Which panel to fill: each can be filled by another thread.</param>
    public void PackTransposed(float* weight, int panel)
    {
        var count = Math.Min(Width, Columns - (panel * Width));
        var from = weight + ((long)panel * Width * Depth);
        if (!IsHalf)
        {
            var to = (float*)_memory + (panel * PanelNumbers);
            for (var start = 0; start < Depth; start += 16) // by squares that stay in the first cache
                for (var column = 0; column < count; column++)
                    for (int k = start, end = Math.Min(Depth, start + 16); k < end; k++)
                        to[(k * Width) + column] = from[((long)column * Depth) + k];
            return;
        }
        var pairs = (uint*)((ushort*)_memory + (panel * PanelNumbers));
        var piece = stackalloc ushort[32];
        for (var start = 0; start < Depth; start += 32)
        {
            var length = Math.Min(32, Depth - start);
            for (var column = 0; column < count; column++)
            {
                piece[length - 1 + (length & 1)] = 0;
                Brain.Narrow(from + ((long)column * Depth) + start, piece, length);
                var to = pairs + ((long)(start / 2) * Width) + column;
                for (var i = 0; i < (length + 1) / 2; i++, to += Width) *to = ((uint*)piece)[i];
            }
        }
    }

    /// <summary>Takes in a panel's columns from wherever each lies.</summary>
    /// <param name="rows">
    /// 64 rows of depth numbers, each on its way to be a column; null for one that stays as it is.
    /// </param>
    /// <param name="half">Whether they are bfloat16, as the panels must be too then.</param>
    /// <param name="panel">Which panel to fill.</param>
    public void Take(byte** rows, bool half, int panel)
    {
        var numbers = panel * PanelNumbers;
        if (IsHalf) PanelTransposition.Narrowed(rows, half, Depth, (uint*)((ushort*)_memory + numbers));
        else PanelTransposition.Single((float**)rows, Depth, (uint*)((float*)_memory + numbers));
    }

    /// <summary>Takes in a weight (depth, columns) as it is: the factor of y · W.</summary>
    /// <param name="weight">(depth, columns), row by row.</param>
    /// <param name="panel">Which panel to fill.</param>
    public void Pack(float* weight, int panel)
    {
        var count = Math.Min(Width, Columns - (panel * Width));
        var from = weight + (panel * Width);
        if (!IsHalf)
        {
            var to = (float*)_memory + (panel * PanelNumbers);
            for (var k = 0; k < Depth; k++, from += Columns, to += Width)
                new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
            return;
        }
        var pairs = (ushort*)_memory + (panel * PanelNumbers);
        Interleave(from, Columns, Depth, count, pairs, Width);
    }

    /// <summary>Rounds rows to bfloat16 and lays two of them interleaved.</summary>
    /// <param name="from">(rows, stride).</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="rows">Rows; an odd one is paired with zeros.</param>
    /// <param name="columns">Columns of each.</param>
    /// <param name="to">(rows / 2, width, 2).</param>
    /// <param name="width">Columns from one pair of rows to the next.</param>
    public static void Interleave(float* from, int stride, int rows, int columns, ushort* to, int width)
    {
        var pair = stackalloc ushort[128];
        for (var row = 0; row < rows; row += 2, from += 2 * (nint)stride, to += 2 * (nint)width)
            for (var start = 0; start < columns; start += 64)
            {
                var length = Math.Min(64, columns - start);
                Brain.Narrow(from + start, pair, length);
                if (row + 1 < rows) Brain.Narrow(from + stride + start, pair + 64, length);
                else new Span<ushort>(pair + 64, length).Clear();
                Weave(pair, pair + 64, to + (2 * start), length);
            }
    }

    /// <summary>Two rows of bfloat16 interleaved: (first₀, second₀, first₁, …).</summary>
    public static void Weave(ushort* first, ushort* second, ushort* to, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 16 <= count; i += 16)
            {
                var low = Vector512.WidenLower(
                    Vector256.Load(first + i).ToVector512Unsafe());
                var high = Vector512.WidenLower(
                    Vector256.Load(second + i).ToVector512Unsafe());
                (low | (high << 16)).Store((uint*)(to + (2 * i)));
            }
        for (; i < count; i++) (to[2 * i], to[(2 * i) + 1]) = (first[i], second[i]);
    }

    /// <summary>C = or += A · this.</summary>
    /// <param name="a">(rows, PaddedDepth) in this matrix's element type.</param>
    /// <param name="aStride">Numbers from one row of A to the next.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="c">(rows, columns).</param>
    /// <param name="cStride">Numbers from one row of C to the next.</param>
    /// <param name="add">Adds to C rather than overwrite it.</param>
    public void Multiply(void* a, int aStride, int rows, float* c, int cStride, bool add = false)
    {
        for (var row = 0; row < rows; row += Rows)
            for (var panel = 0; panel < Count; panel++)
                Multiply(
                    Row(a, aStride, row), aStride, Math.Min(Rows, rows - row), panel,
                    c + ((long)row * cStride) + (panel * Width), cStride, add);
    }

    /// <summary>One panel's columns of the product.</summary>
    /// <param name="a">(rows, PaddedDepth).</param>
    /// <param name="aStride">Numbers from one row of A to the next.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="panel">Which panel.</param>
    /// <param name="c">(rows, 64), or as many columns as the last panel has.</param>
    /// <param name="cStride">Numbers from one row of C to the next.</param>
    /// <param name="add">Adds to C rather than overwrite it.</param>
    public void Multiply(void* a, int aStride, int rows, int panel, float* c, int cStride, bool add) =>
        Multiply(a, aStride, rows, panel * Width, Math.Min(Width, Columns - (panel * Width)), c, cStride, add);

    /// <summary>Some columns of one panel.</summary>
    /// <param name="a">(rows, PaddedDepth).</param>
    /// <param name="aStride">Numbers from one row of A to the next.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="column">The first of the matrix's columns.</param>
    /// <param name="count">How many; all in one panel.</param>
    /// <param name="c">(rows, count).</param>
    /// <param name="cStride">Numbers from one row of C to the next.</param>
    /// <param name="add">Adds to C rather than overwrite it.</param>
    public void Multiply(void* a, int aStride, int rows, int column, int count, float* c, int cStride, bool add)
    {
        var from = column / Width * PanelNumbers;
        column %= Width;
        for (var k = 0; k < PaddedDepth; k += Deepest, add = true)
        {
            var depth = Math.Min(Deepest, PaddedDepth - k);
            var at = from + ((long)k * Width);
            if (IsHalf)
                BlockProduct.Multiply(
                    (ushort*)a + k, aStride, (ushort*)_memory + at + (2 * column), Width, c, cStride, rows, count, depth, add);
            else
                BlockProduct.Multiply(
                    (float*)a + k, aStride, (float*)_memory + at + column, Width, c, cStride, rows, count, depth, add);
        }
    }

    /// <summary>C = or += A · some rows of this.</summary>
    /// <param name="a">(rows, depth).</param>
    /// <param name="aStride">Numbers from one row of A to the next.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="first">The first of this matrix's rows; even.</param>
    /// <param name="depth">How many of them; in bfloat16 an odd number has another row of zeros behind it.</param>
    /// <param name="c">(rows, columns).</param>
    /// <param name="cStride">Numbers from one row of C to the next.</param>
    /// <param name="add">Adds to C rather than overwrite it.</param>
    public void MultiplySome(void* a, int aStride, int rows, int first, int depth, float* c, int cStride, bool add)
    {
        if (IsHalf) depth = (depth + 1) & ~1;
        for (var panel = 0; panel < Count; panel++)
        {
            var columns = Math.Min(Width, Columns - (panel * Width));
            var from = (panel * PanelNumbers) + ((long)first * Width);
            if (IsHalf)
                BlockProduct.Multiply(
                    (ushort*)a, aStride, (ushort*)_memory + from, Width, c + (panel * Width), cStride, rows, columns, depth, add);
            else
                BlockProduct.Multiply(
                    (float*)a, aStride, (float*)_memory + from, Width, c + (panel * Width), cStride, rows, columns, depth, add);
        }
    }

    private void* Row(void* a, int stride, int row) =>
        (byte*)a + ((long)row * stride * (IsHalf ? sizeof(ushort) : sizeof(float)));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_owned && _memory is not null)
        {
            NativeMemory.AlignedFree(_memory);
            Interlocked.Add(ref LiveTotal, -Bytes(Depth, Columns, IsHalf));
        }
        _memory = null;
    }
}
