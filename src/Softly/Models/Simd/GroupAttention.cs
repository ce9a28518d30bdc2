using System.Runtime.CompilerServices;

namespace Softly.Models;

/// <summary>
/// What is left of attention once a prompt's part is a product of matrices: a row's own positions, for up to three query heads
/// that share their keys and values, and the softmax over both parts.
/// </summary>
/// <remarks>
/// Keys lie in panels of <see cref="PaddedShape.PanelPositions"/> positions, element by element; values position by position.
/// </remarks>
internal static unsafe class GroupAttention<L, V> where L : struct, ILanes<V> where V : struct
{
    /// <summary>Heads that are taken together: every key and value is loaded once for all of them.</summary>
    public const int Heads = 3;

    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;
    private const int Panel = PaddedShape.PanelPositions;

    /// <summary>Scores of the positions, whole vectors: those beyond the last are for the softmax to leave out.</summary>
    /// <param name="queries">(heads, size), scaled.</param>
    /// <param name="heads">One to <see cref="Heads"/>.</param>
    /// <param name="size">Numbers of a head.</param>
    /// <param name="keys">The panels.</param>
    /// <param name="length">Positions.</param>
    /// <param name="to">(heads, stride).</param>
    /// <param name="stride">Numbers from one head's scores to the next's.</param>
    [MethodImpl(Once)]
    public static void Score(float* queries, int heads, int size, float* keys, int length, float* to, int stride)
    {
        // A head that is not there is the last one again.
        float* q0 = queries, q1 = q0 + (heads > 1 ? size : 0), q2 = q1 + (heads > 2 ? size : 0);
        float* t0 = to, t1 = t0 + (heads > 1 ? stride : 0), t2 = t1 + (heads > 2 ? stride : 0);
        var start = 0;
        for (; start + L.Count < length; start += 2 * L.Count)
        {
            var from = keys + ((nint)(start / Panel) * Panel * size) + (start % Panel);
            V a0 = L.All(0f), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0;
            for (nint i = 0; i < size; i++, from += Panel)
            {
                V first = L.Load(from), second = L.Load(from + L.Count);
                var query = L.All(q0[i]);
                a0 = L.MultiplyAdd(query, first, a0);
                b0 = L.MultiplyAdd(query, second, b0);
                query = L.All(q1[i]);
                a1 = L.MultiplyAdd(query, first, a1);
                b1 = L.MultiplyAdd(query, second, b1);
                query = L.All(q2[i]);
                a2 = L.MultiplyAdd(query, first, a2);
                b2 = L.MultiplyAdd(query, second, b2);
            }
            L.Store(a0, t0 + start);
            L.Store(b0, t0 + start + L.Count);
            L.Store(a1, t1 + start);
            L.Store(b1, t1 + start + L.Count);
            L.Store(a2, t2 + start);
            L.Store(b2, t2 + start + L.Count);
        }
        if (start >= length) return;
        keys += ((nint)(start / Panel) * Panel * size) + (start % Panel); // one vector is left
        V c0 = L.All(0f), c1 = c0, c2 = c0;
        for (nint i = 0; i < size; i++, keys += Panel)
        {
            var first = L.Load(keys);
            c0 = L.MultiplyAdd(L.All(q0[i]), first, c0);
            c1 = L.MultiplyAdd(L.All(q1[i]), first, c1);
            c2 = L.MultiplyAdd(L.All(q2[i]), first, c2);
        }
        L.Store(c0, t0 + start);
        L.Store(c1, t1 + start);
        L.Store(c2, t2 + start);
    }

    /// <summary>Scores become e^(score − highest), zero where there is no position; the result is one over their sum.</summary>
    /// <param name="prompt">Scores of the prompt's positions.</param>
    /// <param name="promptLength">How many count.</param>
    /// <param name="promptEnd">Up to where zeros are written: whole vectors.</param>
    /// <param name="own">Scores of the row's own positions.</param>
    /// <param name="ownLength">How many count; may be none.</param>
    [MethodImpl(Once)]
    public static float SoftMax(float* prompt, int promptLength, int promptEnd, float* own, int ownLength)
    {
        var highest = L.All(float.NegativeInfinity);
        Highest(prompt, promptLength, ref highest);
        Highest(own, ownLength, ref highest);
        var (top, total) = (L.All(L.Highest(highest)), L.All(0f));
        Powers(prompt, promptLength, promptEnd, top, ref total);
        Powers(own, ownLength, PaddedShape.Up(ownLength, L.Count), top, ref total);
        return 1f / L.Sum(total);
    }

    /// <summary>Adds the values of the positions, weighted.</summary>
    /// <param name="weights">(heads, weightStride).</param>
    /// <param name="weightStride">Numbers from one head's weights to the next's.</param>
    /// <param name="heads">One to <see cref="Heads"/>.</param>
    /// <param name="values">(length, size).</param>
    /// <param name="length">Positions.</param>
    /// <param name="size">Numbers of a padded value.</param>
    /// <param name="to">(heads, size).</param>
    [MethodImpl(Once)]
    public static void Gather(float* weights, int weightStride, int heads, float* values, int length, int size, float* to)
    {
        float* w0 = weights, w1 = w0 + (heads > 1 ? weightStride : 0), w2 = w1 + (heads > 2 ? weightStride : 0);
        float* t0 = to, t1 = t0 + (heads > 1 ? size : 0), t2 = t1 + (heads > 2 ? size : 0);
        var column = 0;
        for (; column + (2 * L.Count) <= size; column += 2 * L.Count)
        {
            V a0 = L.Load(t0 + column), b0 = L.Load(t0 + column + L.Count);
            V a1 = L.Load(t1 + column), b1 = L.Load(t1 + column + L.Count);
            V a2 = L.Load(t2 + column), b2 = L.Load(t2 + column + L.Count);
            var from = values + column;
            for (nint i = 0; i < length; i++, from += size)
            {
                V first = L.Load(from), second = L.Load(from + L.Count);
                var weight = L.All(w0[i]);
                a0 = L.MultiplyAdd(weight, first, a0);
                b0 = L.MultiplyAdd(weight, second, b0);
                weight = L.All(w1[i]);
                a1 = L.MultiplyAdd(weight, first, a1);
                b1 = L.MultiplyAdd(weight, second, b1);
                weight = L.All(w2[i]);
                a2 = L.MultiplyAdd(weight, first, a2);
                b2 = L.MultiplyAdd(weight, second, b2);
            }
            L.Store(a0, t0 + column);
            L.Store(b0, t0 + column + L.Count);
            L.Store(a1, t1 + column);
            L.Store(b1, t1 + column + L.Count);
            L.Store(a2, t2 + column);
            L.Store(b2, t2 + column + L.Count);
        }
        for (; column < size; column += L.Count)
        {
            V a0 = L.Load(t0 + column), a1 = L.Load(t1 + column), a2 = L.Load(t2 + column);
            var from = values + column;
            for (nint i = 0; i < length; i++, from += size)
            {
                var value = L.Load(from);
                a0 = L.MultiplyAdd(L.All(w0[i]), value, a0);
                a1 = L.MultiplyAdd(L.All(w1[i]), value, a1);
                a2 = L.MultiplyAdd(L.All(w2[i]), value, a2);
            }
            L.Store(a0, t0 + column);
            L.Store(a1, t1 + column);
            L.Store(a2, t2 + column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Highest(float* scores, int length, ref V highest)
    {
        var i = 0;
        for (; i + L.Count <= length; i += L.Count) highest = L.Max(highest, L.Load(scores + i));
        if (i < length) highest = L.Max(highest, L.Leading(L.Load(scores + i), length - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Powers(float* scores, int length, int end, V top, ref V total)
    {
        var i = 0;
        for (; i + L.Count <= length; i += L.Count)
        {
            var power = Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), top));
            L.Store(power, scores + i);
            total = L.Add(total, power);
        }
        if (i < length)
        {
            L.Store(Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), top)), scores + i);
            for (var at = length; at < i + L.Count; at++) scores[at] = 0f;
            total = L.Add(total, L.Load(scores + i));
            i += L.Count;
        }
        for (; i < end; i += L.Count) L.Store(L.All(0f), scores + i);
    }
}
