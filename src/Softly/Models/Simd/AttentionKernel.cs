using System.Runtime.CompilerServices;

namespace Softly.Models;

/// <summary>One query head over the two segments that its row remembers: softmax(q · Kᵀ / √d) · V.</summary>
/// <remarks>
/// Keys lie transposed, one vector's worth of positions side by side: a vector of scores is a sum over the head's elements and
/// needs no sum across lanes. Values lie position by position.
/// </remarks>
internal static unsafe class AttentionKernel<L, V> where L : struct, ILanes<V> where V : struct
{
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;

    /// <summary>A key-value head in one layer of a segment.</summary>
    internal struct View
    {
        public float* Keys, Values;
        public int Length;
    }

    /// <summary>
    /// Numbers from one vector of positions to the next, from one position's values to the next, and of a half head.
    /// </summary>
    internal struct Strides
    {
        public int Keys, Values, Half, HalfStride, ValueStride;
        public float Scale;
    }

    /// <summary>Fills <paramref name="to"/> with the head's output (whole vectors).</summary>
    /// <param name="query">One head, turned by its position.</param>
    /// <param name="prompt">The shared positions.</param>
    /// <param name="own">The row's own positions; may be empty.</param>
    /// <param name="strides">How the segments are laid out.</param>
    /// <param name="scores">Room for all positions of both, each rounded up to whole vectors.</param>
    /// <param name="to">(ValueStride).</param>
    [MethodImpl(Once)]
    public static void Attend(float* query, in View prompt, in View own, in Strides strides, float* scores, float* to)
    {
        var highest = L.All(float.NegativeInfinity);
        var ownScores = Score(query, prompt, strides, scores, ref highest);
        var end = Score(query, own, strides, ownScores, ref highest);

        var top = L.All(L.Highest(highest));
        var total = L.All(0f);
        for (var at = scores; at < end; at += L.Count)
        {
            var weight = Kernels<L, V>.Exp(L.Subtract(L.Load(at), top));
            L.Store(weight, at);
            total = L.Add(total, weight);
        }
        var scale = L.All(1f / L.Sum(total));

        var column = 0;
        for (; column + (4 * L.Count) <= strides.ValueStride; column += 4 * L.Count)
        {
            V a = L.All(0f), b = a, c = a, d = a;
            Gather4(prompt, scores, column, strides.Values, ref a, ref b, ref c, ref d);
            Gather4(own, ownScores, column, strides.Values, ref a, ref b, ref c, ref d);
            L.Store(L.Multiply(a, scale), to + column);
            L.Store(L.Multiply(b, scale), to + column + L.Count);
            L.Store(L.Multiply(c, scale), to + column + (2 * L.Count));
            L.Store(L.Multiply(d, scale), to + column + (3 * L.Count));
        }
        for (; column + (2 * L.Count) <= strides.ValueStride; column += 2 * L.Count)
        {
            V a = L.All(0f), b = a, c = a, d = a;
            Gather2(prompt, scores, column, strides.Values, ref a, ref b, ref c, ref d);
            Gather2(own, ownScores, column, strides.Values, ref a, ref b, ref c, ref d);
            L.Store(L.Multiply(L.Add(a, c), scale), to + column);
            L.Store(L.Multiply(L.Add(b, d), scale), to + column + L.Count);
        }
        for (; column < strides.ValueStride; column += L.Count)
        {
            var a = L.All(0f);
            Gather(prompt, scores, column, strides.Values, ref a);
            Gather(own, ownScores, column, strides.Values, ref a);
            L.Store(L.Multiply(a, scale), to + column);
        }
    }

    // Writes a score for every position, −∞ for those that only fill the last vector, and gives the end of what it wrote.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Score(float* query, in View view, in Strides strides, float* to, ref V highest)
    {
        var (half, halfStride, scale) = (strides.Half, strides.HalfStride, L.All(strides.Scale));
        var keys = view.Keys;
        for (var done = 0; done < view.Length; done += L.Count, keys += strides.Keys, to += L.Count)
        {
            V first = L.All(0f), second = first;
            var upper = keys + (half * L.Count);
            for (nint i = 0; i < half; i++)
            {
                first = L.MultiplyAdd(L.All(query[i]), L.Load(keys + (i * L.Count)), first);
                second = L.MultiplyAdd(L.All(query[halfStride + i]), L.Load(upper + (i * L.Count)), second);
            }
            var score = L.Multiply(L.Add(first, second), scale);
            if (view.Length - done < L.Count) score = L.Leading(score, view.Length - done);
            highest = L.Max(highest, score);
            L.Store(score, to);
        }
        return to;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather4(in View view, float* weights, int column, int stride, ref V a, ref V b, ref V c, ref V d)
    {
        var values = view.Values + column;
        for (var i = 0; i < view.Length; i++, values += stride)
        {
            var weight = L.All(weights[i]);
            a = L.MultiplyAdd(weight, L.Load(values), a);
            b = L.MultiplyAdd(weight, L.Load(values + L.Count), b);
            c = L.MultiplyAdd(weight, L.Load(values + (2 * L.Count)), c);
            d = L.MultiplyAdd(weight, L.Load(values + (3 * L.Count)), d);
        }
    }

    // Two positions at a time: a sum that waits for its last product takes four times as long as one that need not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather2(in View view, float* weights, int column, int stride, ref V a, ref V b, ref V c, ref V d)
    {
        var at = view.Values + column;
        var i = 0;
        for (; i + 1 < view.Length; i += 2, at += 2 * stride)
        {
            V weight = L.All(weights[i]), next = L.All(weights[i + 1]);
            a = L.MultiplyAdd(weight, L.Load(at), a);
            b = L.MultiplyAdd(weight, L.Load(at + L.Count), b);
            c = L.MultiplyAdd(next, L.Load(at + stride), c);
            d = L.MultiplyAdd(next, L.Load(at + stride + L.Count), d);
        }
        if (i == view.Length) return;
        a = L.MultiplyAdd(L.All(weights[i]), L.Load(at), a);
        b = L.MultiplyAdd(L.All(weights[i]), L.Load(at + L.Count), b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(in View view, float* weights, int column, int stride, ref V a)
    {
        var values = view.Values + column;
        for (var i = 0; i < view.Length; i++, values += stride) a = L.MultiplyAdd(L.All(weights[i]), L.Load(values), a);
    }
}
