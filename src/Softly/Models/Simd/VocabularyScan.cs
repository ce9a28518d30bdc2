using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Softly.Models;

/// <summary>
/// What a draw must know of one row of logits, read straight from memory: the k largest, Σ eˣ and the entropy, and the token at
/// which the distribution function passes a target. Nothing is sorted but what is kept, and nothing is allocated.
/// </summary>
/// <remarks>
/// A row's results depend on its numbers alone. One instance per thread. Rows that hold what is not a number, or +∞, or −∞
/// alone, have a <see cref="Sum"/> that is not a number, as a softmax in libtorch.
/// </remarks>
internal abstract unsafe class VocabularyScan
{
    /// <summary>Numbers that are summed in single precision before the sum goes on in double.</summary>
    protected const int Block = 1024;

    private double[] _sums = [];

    /// <summary>For vectors of the given width: 16, 8 or 4 numbers.</summary>
    public static VocabularyScan Create(int lanes) => lanes switch
    {
        16 => new VocabularyScan<Lanes512, Vector512<float>>(),
        8 => new VocabularyScan<Lanes256, Vector256<float>>(),
        4 => new VocabularyScan<Lanes128, Vector128<float>>(),
        _ => throw new ArgumentOutOfRangeException(nameof(lanes), $"no vectors of {lanes} numbers; there are 16, 8 and 4"),
    };

    /// <summary>Σ e^d of the last <see cref="Measure"/>, with d = (x − max x)·scale.</summary>
    public double Sum { get; protected set; }

    /// <summary>The largest number of the last <see cref="Measure"/>.</summary>
    public float Top { get; protected set; }

    /// <summary>Entropy in nats of softmax(x · scale), of the last <see cref="Measure"/>. −∞ counts as probability 0.</summary>
    public double Entropy { get; protected set; }

    /// <summary>Partial sums of blocks of the last <see cref="Measure"/>.</summary>
    protected Span<double> Sums(int count)
    {
        var blocks = (count + Block - 1) / Block;
        if (_sums.Length < blocks) _sums = new double[blocks];
        return _sums.AsSpan(0, blocks);
    }

    /// <summary>Finds <see cref="Top"/>, <see cref="Sum"/> and <see cref="Entropy"/> in two passes.</summary>
    /// <param name="x">Logits.</param>
    /// <param name="count">V, at least 1.</param>
    /// <param name="scale">1 / temperature.</param>
    public abstract void Measure(float* x, int count, float scale);

    /// <summary>
    /// The indices of the largest numbers, by falling number; of equal ones the lowest index first. What is not a number counts
    /// as the largest, −∞ as the smallest.
    /// </summary>
    /// <param name="x">Numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="keys">As many as are wanted and at most <paramref name="count"/>; <see cref="Index"/> reads them.</param>
    public abstract void Select(float* x, int count, Span<ulong> keys);

    /// <summary>The index in a key of <see cref="Select"/>.</summary>
    public static int Index(ulong key) => (int)(uint)key;

    /// <summary>
    /// The first index at which Σ e^d, summed in order, exceeds a share of the whole <see cref="Sum"/>; after
    /// <see cref="Measure"/> of the same numbers.
    /// </summary>
    /// <param name="x">Logits.</param>
    /// <param name="count">V.</param>
    /// <param name="scale">1 / temperature.</param>
    /// <param name="share">In [0, 1).</param>
    public abstract int Invert(float* x, int count, float scale, double share);

    /// <summary>Larger numbers have smaller keys, and so have lower indices of equal numbers.</summary>
    protected static ulong Key(float value, int index)
    {
        var bits = BitConverter.SingleToUInt32Bits(value + 0f); // −0 is 0
        var rising = float.IsNaN(value) ? uint.MaxValue : (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ((ulong)~rising << 32) | (uint)index;
    }
}

/// <inheritdoc/>
internal sealed unsafe class VocabularyScan<L, V> : VocabularyScan where L : struct, ILanes<V> where V : struct
{
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;

    /// <summary>Beyond this many, inserting costs more than sorting.</summary>
    private const int MostInserted = 2048;

    /// <inheritdoc/>
    [MethodImpl(Once)]
    public override void Measure(float* x, int count, float scale)
    {
        Top = Highest(x, count);
        var sums = Sums(count);
        double sum = 0, weighted = 0;
        var rest = stackalloc float[2 * L.Count];
        V top = L.All(Top), by = L.All(scale), lowest = L.All(-87.3f);
        for (int block = 0, at = 0; block < sums.Length; block++)
        {
            V a = L.All(0f), b = a, aWeighted = a, bWeighted = a;
            for (var end = Math.Min(count, at + Block); at < end; at += 2 * L.Count)
            {
                var from = Whole(x, at, count, rest);
                // What lies below e^−87 weighs nothing, and −∞ times nothing must not be NaN.
                var first = L.Max(lowest, L.Multiply(L.Subtract(L.Load(from), top), by));
                var second = L.Max(lowest, L.Multiply(L.Subtract(L.Load(from + L.Count), top), by));
                V p = Kernels<L, V>.Exp(first), q = Kernels<L, V>.Exp(second);
                a = L.Add(a, p);
                b = L.Add(b, q);
                aWeighted = L.MultiplyAdd(p, first, aWeighted);
                bWeighted = L.MultiplyAdd(q, second, bWeighted);
            }
            sum += L.Sum(L.Add(a, b));
            weighted += L.Sum(L.Add(aWeighted, bWeighted));
            sums[block] = sum;
        }
        Sum = sum;
        Entropy = Math.Log(sum) - (weighted / sum);
    }

    /// <inheritdoc/>
    [MethodImpl(Once)]
    public override void Select(float* x, int count, Span<ulong> keys)
    {
        if (keys.Length > MostInserted || !Insert(x, count, keys)) Sort(x, count, keys);
    }

    /// <inheritdoc/>
    [MethodImpl(Once)]
    public override int Invert(float* x, int count, float scale, double share)
    {
        var sums = Sums(count);
        var target = share * Sum;
        var block = 0;
        while (block < sums.Length - 1 && !(sums[block] > target)) block++;
        var sum = block == 0 ? 0 : sums[block - 1];
        var rest = stackalloc float[2 * L.Count];
        var mass = stackalloc float[2 * L.Count];
        V top = L.All(Top), by = L.All(scale);
        var last = block * Block; // rounding may leave the sum short of the target: then the last possible token
        for (int at = block * Block, end = Math.Min(count, at + Block); at < end; at += 2 * L.Count)
        {
            var from = Whole(x, at, count, rest);
            L.Store(Kernels<L, V>.Exp(L.Multiply(L.Subtract(L.Load(from), top), by)), mass);
            L.Store(Kernels<L, V>.Exp(L.Multiply(L.Subtract(L.Load(from + L.Count), top), by)), mass + L.Count);
            for (var i = 0; i < 2 * L.Count && at + i < end; i++)
            {
                if (!(x[at + i] > float.NegativeInfinity)) continue;
                sum += mass[i];
                last = at + i;
                if (sum > target) return last;
            }
        }
        return last;
    }

    [MethodImpl(Once)]
    private static float Highest(float* x, int count)
    {
        var rest = stackalloc float[2 * L.Count];
        V a = L.All(float.NegativeInfinity), b = a;
        for (var at = 0; at < count; at += 2 * L.Count)
        {
            var from = Whole(x, at, count, rest);
            a = L.Max(a, L.Load(from));
            b = L.Max(b, L.Load(from + L.Count));
        }
        return L.Highest(L.Max(a, b));
    }

    /// <summary>Two vectors from a place on; beyond the end there is −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Whole(float* x, int at, int count, float* rest)
    {
        if (at + (2 * L.Count) <= count) return x + at;
        for (var i = 0; i < 2 * L.Count; i++) rest[i] = at + i < count ? x[at + i] : float.NegativeInfinity;
        return rest;
    }

    /// <summary>
    /// Keeps the best so far in order. The least of them is the threshold that a whole group of vectors is compared with, so
    /// that most groups cost their maximum and no more.
    /// </summary>
    /// <returns>False where fewer than are wanted lie above −∞, or something is not a number.</returns>
    [MethodImpl(Once)]
    private static bool Insert(float* x, int count, Span<ulong> keys)
    {
        var rest = stackalloc float[2 * L.Count];
        var threshold = float.NegativeInfinity;
        var kept = 0;
        var unordered = L.All(0f);
        for (var at = 0; at < count; at += 2 * L.Count)
        {
            var from = Whole(x, at, count, rest);
            V a = L.Load(from), b = L.Load(from + L.Count);
            if (from != rest) unordered = L.Add(unordered, L.Add(a, b)); // NaN, or ±∞, once there was one
            if (!(L.Highest(L.Max(a, b)) > threshold)) continue;
            for (var i = 0; i < 2 * L.Count; i++)
            {
                if (!(from[i] > threshold)) continue;
                var key = Key(from[i], at + i);
                var place = ~keys[..kept].BinarySearch(key);
                if (kept < keys.Length) kept++;
                keys[place..(kept - 1)].CopyTo(keys[(place + 1)..]);
                keys[place] = key;
                if (kept == keys.Length) threshold = x[Index(keys[^1])];
            }
        }
        return kept == keys.Length && Ordered(L.Sum(unordered), x, count);
    }

    /// <summary>Whether no number is NaN: all are looked at only where the sum of whole vectors is not finite.</summary>
    private static bool Ordered(float sum, float* x, int count)
    {
        for (var i = float.IsFinite(sum) ? count / (2 * L.Count) * (2 * L.Count) : 0; i < count; i++)
            if (float.IsNaN(x[i])) return false;
        return true;
    }

    private static void Sort(float* x, int count, Span<ulong> keys)
    {
        var all = System.Buffers.ArrayPool<ulong>.Shared.Rent(count);
        for (var i = 0; i < count; i++) all[i] = Key(x[i], i);
        all.AsSpan(0, count).Sort();
        all.AsSpan(0, keys.Length).CopyTo(keys);
        System.Buffers.ArrayPool<ulong>.Shared.Return(all);
    }
}
