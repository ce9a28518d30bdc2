using System.Runtime.CompilerServices;

namespace Softly.Models;

/// <summary>The inner loops of a decoder. Pointers are to padded memory (<see cref="PaddedShape"/>).</summary>
/// <remarks>
/// Every row is computed by the same instructions in the same order, wherever it lies in a tile and whatever lies beside it; so
/// its numbers are the same to the bit in every batch. The methods are compiled once, fully optimised, for the same reason.
/// </remarks>
internal static unsafe class Kernels<L, V> where L : struct, ILanes<V> where V : struct
{
    /// <summary>Rows of one tile: with two vectors each they fill the sixteen registers of AVX2 but for four.</summary>
    public const int TileRows = 6;

    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>x · Wᵀ + bias, handed to <paramref name="end"/> two vectors at a time.</summary>
    /// <param name="x">(rows, stride).</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="rows">Rows; as many as fill whole tiles must be readable.</param>
    /// <param name="weight">The packed matrix.</param>
    /// <param name="end">What becomes of the products.</param>
    [MethodImpl(Once)]
    public static void Multiply<E>(float* x, int stride, int rows, in PackedMatrix weight, E end) where E : struct, IEnding<V>
    {
        var depth = weight.Depth;
        for (var panel = 0; panel < weight.PanelCount; panel++)
        {
            var from = weight.Panels + ((long)panel * depth * 2 * L.Count);
            var bias = weight.Bias + (panel * 2 * L.Count);
            for (var row = 0; row < rows; row += TileRows)
            {
                float* x0 = x + ((nint)row * stride), x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride,
                    x5 = x4 + stride;
                V a0 = L.Load(bias), b0 = L.Load(bias + L.Count);
                V a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0, a4 = a0, b4 = b0, a5 = a0, b5 = b0;
                var w = from;
                for (nint k = 0; k < depth; k++, w += 2 * L.Count)
                {
                    V first = L.Load(w), second = L.Load(w + L.Count);
                    var input = L.All(x0[k]);
                    a0 = L.MultiplyAdd(input, first, a0);
                    b0 = L.MultiplyAdd(input, second, b0);
                    input = L.All(x1[k]);
                    a1 = L.MultiplyAdd(input, first, a1);
                    b1 = L.MultiplyAdd(input, second, b1);
                    input = L.All(x2[k]);
                    a2 = L.MultiplyAdd(input, first, a2);
                    b2 = L.MultiplyAdd(input, second, b2);
                    input = L.All(x3[k]);
                    a3 = L.MultiplyAdd(input, first, a3);
                    b3 = L.MultiplyAdd(input, second, b3);
                    input = L.All(x4[k]);
                    a4 = L.MultiplyAdd(input, first, a4);
                    b4 = L.MultiplyAdd(input, second, b4);
                    input = L.All(x5[k]);
                    a5 = L.MultiplyAdd(input, first, a5);
                    b5 = L.MultiplyAdd(input, second, b5);
                }
                end.Write(row, panel, a0, b0);
                end.Write(row + 1, panel, a1, b1);
                end.Write(row + 2, panel, a2, b2);
                end.Write(row + 3, panel, a3, b3);
                end.Write(row + 4, panel, a4, b4);
                end.Write(row + 5, panel, a5, b5);
            }
        }
    }

    /// <summary>x · weight / √(mean x² + ε), for rows of <paramref name="count"/> numbers padded with zeros.</summary>
    [MethodImpl(Once)]
    public static void Normalize(float* x, float* to, float* weight, int rows, int stride, int count, float epsilon)
    {
        for (var row = 0; row < rows; row++, x += stride, to += stride)
        {
            V even = L.All(0f), odd = even;
            for (var i = 0; i < stride; i += 2 * L.Count)
            {
                V first = L.Load(x + i), second = L.Load(x + i + L.Count);
                even = L.MultiplyAdd(first, first, even);
                odd = L.MultiplyAdd(second, second, odd);
            }
            var scale = L.All(1f / MathF.Sqrt((L.Sum(L.Add(even, odd)) / count) + epsilon));
            for (var i = 0; i < stride; i += L.Count)
                L.Store(L.Multiply(L.Multiply(L.Load(x + i), scale), L.Load(weight + i)), to + i);
        }
    }

    /// <summary>Adds a multiple of a row to another.</summary>
    [MethodImpl(Once)]
    public static void AddMultiple(float* row, float factor, float* to, int stride)
    {
        var scale = L.All(factor);
        for (var i = 0; i < stride; i += L.Count) L.Store(L.MultiplyAdd(scale, L.Load(row + i), L.Load(to + i)), to + i);
    }

    /// <summary>Turns heads by their position: element i of the first half with element i of the second.</summary>
    /// <param name="heads">(count, 2 · half).</param>
    /// <param name="count">How many heads.</param>
    /// <param name="half">Numbers in a padded half.</param>
    /// <param name="angles">The position's cosines, (half), and sines, (half).</param>
    [MethodImpl(Once)]
    public static void Rotate(float* heads, int count, int half, float* angles)
    {
        for (var head = 0; head < count; head++, heads += 2 * half)
            for (var i = 0; i < half; i += L.Count)
            {
                V first = L.Load(heads + i), second = L.Load(heads + half + i);
                V cosine = L.Load(angles + i), sine = L.Load(angles + half + i);
                L.Store(L.Subtract(L.Multiply(first, cosine), L.Multiply(second, sine)), heads + i);
                L.Store(L.MultiplyAdd(second, cosine, L.Multiply(first, sine)), heads + half + i);
            }
    }

    /// <summary>eˣ to about one unit in the last place, from 2⁻¹²⁶ to 2¹²⁷; arguments beyond are taken to the bounds.</summary>
    /// <remarks>
    /// x = n·ln 2 + r with |r| ≤ ln 2 / 2, and the Taylor series of eʳ up to r⁷ (what is left out is below 6·10⁻⁹). Adding
    /// 1.5·2²³ rounds x / ln 2 to the integer n, and leaves n in the lowest bits. ln 2 is split in two, of which the first has
    /// few enough bits that n times it is exact.
    /// </remarks>
    [MethodImpl(Inline)]
    public static V Exp(V x)
    {
        const float rounder = 12582912f, logTwoHigh = 0.693359375f, logTwoLow = -2.12194440e-4f;
        x = L.Min(L.All(88.3f), L.Max(L.All(-87.3f), x));
        var shifted = L.MultiplyAdd(x, L.All(1.44269504f), L.All(rounder));
        var n = L.Subtract(shifted, L.All(rounder));
        var r = L.MultiplyAdd(n, L.All(-logTwoHigh), x);
        r = L.MultiplyAdd(n, L.All(-logTwoLow), r);
        var series = L.MultiplyAdd(r, L.All(1f / 5040), L.All(1f / 720));
        series = L.MultiplyAdd(series, r, L.All(1f / 120));
        series = L.MultiplyAdd(series, r, L.All(1f / 24));
        series = L.MultiplyAdd(series, r, L.All(1f / 6));
        series = L.MultiplyAdd(series, r, L.All(0.5f));
        series = L.MultiplyAdd(series, r, L.All(1f));
        series = L.MultiplyAdd(series, r, L.All(1f));
        return L.Multiply(series, L.PowerOfTwo(shifted));
    }
}
