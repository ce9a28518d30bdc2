using System.Runtime.CompilerServices;

namespace Softly.Models;

/// <summary>
/// Products of dense blocks in single precision in vectors of one width: what <see cref="BlockProduct"/> has of its own.
/// </summary>
internal static unsafe class BlockKernel<L, V> where L : struct, ILanes<V> where V : struct
{
    /// <summary>C (m, n) = or += A (m, k) · B (k, n).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        float* a, int aStride, float* b, int bStride, float* c, int cStride, int m, int n, int k, bool add)
    {
        for (var column = 0; column < n; column += 2 * L.Count)
        {
            var whole = Math.Min(2 * L.Count, n - column) == 2 * L.Count;
            var row = 0;
            for (; whole && row + 4 <= m; row += 4)
            {
                float* a0 = a + ((nint)row * aStride), a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
                float* c0 = c + ((nint)row * cStride) + column, c1 = c0 + cStride, c2 = c1 + cStride, c3 = c2 + cStride;
                V s0 = L.All(0f), t0 = s0, s1 = s0, t1 = s0, s2 = s0, t2 = s0, s3 = s0, t3 = s0;
                var from = b + column;
                for (nint i = 0; i < k; i++, from += bStride)
                {
                    V first = L.Load(from), second = L.Load(from + L.Count);
                    var input = L.All(a0[i]);
                    s0 = L.MultiplyAdd(input, first, s0);
                    t0 = L.MultiplyAdd(input, second, t0);
                    input = L.All(a1[i]);
                    s1 = L.MultiplyAdd(input, first, s1);
                    t1 = L.MultiplyAdd(input, second, t1);
                    input = L.All(a2[i]);
                    s2 = L.MultiplyAdd(input, first, s2);
                    t2 = L.MultiplyAdd(input, second, t2);
                    input = L.All(a3[i]);
                    s3 = L.MultiplyAdd(input, first, s3);
                    t3 = L.MultiplyAdd(input, second, t3);
                }
                Put(c0, s0, t0, add);
                Put(c1, s1, t1, add);
                Put(c2, s2, t2, add);
                Put(c3, s3, t3, add);
            }
            for (; row < m; row++)
                for (var at = column; at < Math.Min(n, column + (2 * L.Count)); at++)
                {
                    var sum = 0f;
                    for (nint i = 0; i < k; i++)
                        sum = Lanes.Fused
                            ? MathF.FusedMultiplyAdd(a[((nint)row * aStride) + i], b[(i * bStride) + at], sum)
                            : sum + (a[((nint)row * aStride) + i] * b[(i * bStride) + at]);
                    ref var to = ref c[((nint)row * cStride) + at];
                    to = add ? to + sum : sum;
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, V first, V second, bool add)
    {
        L.Store(add ? L.Add(L.Load(to), first) : first, to);
        L.Store(add ? L.Add(L.Load(to + L.Count), second) : second, to + L.Count);
    }
}
