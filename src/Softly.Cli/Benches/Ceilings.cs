using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli.Benches;

/// <summary>What a machine can do at most, as it was seen to do it.</summary>
/// <param name="What"><c>fp32</c> or <c>bf16</c> for square matrix products, <c>read</c> for memory.</param>
/// <param name="Threads">With so many threads.</param>
/// <param name="Value">Billions of operations, or of bytes, a second.</param>
internal sealed record Ceiling(string What, int Threads, double Value)
{
    public const string Single = "fp32", Half = "bf16", Read = "read";
}

/// <summary>
/// Measures the machine's limits: libtorch's product of large square matrices, and memory that is read by vectors from one end to
/// the other. The best of several, for a limit is what can be had.
/// </summary>
internal static class Ceilings
{
    /// <summary>Products of matrices of one size, in single precision and in bfloat16.</summary>
    public static IEnumerable<Ceiling> Products(int threads, int size, int times)
    {
        set_num_threads(threads);
        using var off = no_grad();
        foreach (var (what, type) in new[] { (Ceiling.Single, ScalarType.Float32), (Ceiling.Half, ScalarType.BFloat16) })
        {
            using var scope = NewDisposeScope();
            var a = randn(size, size).to(type); // (S, S)
            var b = randn(size, size).to(type); // (S, S)
            yield return new Ceiling(
                what, threads, 2.0 * size * size * size / Best(times, () => a.matmul(b).Dispose()) / 1e9);
        }
    }

    /// <summary>Reading memory that no cache holds.</summary>
    /// <param name="threads">Each reads a part of its own.</param>
    /// <param name="bytes">How much there is of it.</param>
    /// <param name="times">How often.</param>
    public static Ceiling Reading(int threads, long bytes, int times)
    {
        var memory = new long[bytes / sizeof(long)];
        memory.AsSpan().Fill(1); // pages that were never written are all one page
        var sums = new long[threads];
        var seconds = Best(times, () =>
        {
            if (threads == 1) sums[0] = Sum(memory);
            else
            {
                var share = memory.Length / threads;
                var workers = Enumerable.Range(0, threads)
                    .Select(i => new Thread(() => sums[i] = Sum(memory.AsSpan(i * share, share)))).ToList();
                workers.ForEach(w => w.Start());
                workers.ForEach(w => w.Join());
            }
        });
        if (sums.Sum() != memory.Length / threads * threads) throw new InvalidOperationException("memory was not read whole");
        return new Ceiling(Ceiling.Read, threads, memory.Length / threads * threads * (double)sizeof(long) / seconds / 1e9);
    }

    private static long Sum(ReadOnlySpan<long> memory)
    {
        var vectors = MemoryMarshal.Cast<long, Vector<long>>(memory);
        Vector<long> a = default, b = default, c = default, d = default; // four sums: none waits for another
        var i = 0;
        for (; i + 4 <= vectors.Length; i += 4)
        {
            a += vectors[i];
            b += vectors[i + 1];
            c += vectors[i + 2];
            d += vectors[i + 3];
        }
        for (; i < vectors.Length; i++) a += vectors[i];
        var sum = Vector.Sum(a + b + c + d);
        foreach (var number in memory[(vectors.Length * Vector<long>.Count)..]) sum += number;
        return sum;
    }

    private static double Best(int times, Action run)
    {
        run();
        return Enumerable.Range(0, times).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            run();
            return clock.Elapsed.TotalSeconds;
        });
    }
}
