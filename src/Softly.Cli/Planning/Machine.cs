using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli.Planning;

/// <summary>What a machine can do.</summary>
/// <param name="Gflops">Billions of operations a second in large products of matrices in single precision.</param>
/// <param name="GigabytesPerSecond">What memory gives and takes, in billions of bytes a second.</param>
internal sealed record Machine(double Gflops, double GigabytesPerSecond)
{
    /// <summary>Measures this machine as it is now, other people's work included; takes about half a second.</summary>
    /// <param name="threads">Threads that the run will have.</param>
    /// <param name="gflops">Where it is known, or another machine is meant; memory is measured all the same.</param>
    public static Machine Probe(int threads, double? gflops = null)
    {
        set_num_threads(threads);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        const int Size = 1024, Long = 16 << 20; // 64 MiB: more than caches hold
        using var a = randn(Size, Size);
        using var b = randn(Size, Size);
        using var from = ones(Long);
        using var to = zeros(Long);
        return new Machine(
            gflops ?? 2.0 * Size * Size * Size / Best(8, () => a.matmul(b).Dispose()) / 1e9,
            2.0 * 4 * Long / Best(4, () => to.copy_(from)) / 1e9);
    }

    /// <summary>
    /// Bytes that can still be had without swapping, within the limits of the control groups around this process; null where
    /// unknown. Where no kernel file says it, what .NET takes the machine to have.
    /// </summary>
    public static long? AvailableBytes() => LinuxMemory.Available(LinuxMemory.Read)
        ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var bytes ? bytes : null);

    // The second-best time: the first call warms up, and the best may be a fluke of the clock.
    private static double Best(int times, Action run)
    {
        run();
        return Enumerable.Range(0, times).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            run();
            return clock.Elapsed.TotalSeconds;
        }).Order().ElementAt(1);
    }
}
