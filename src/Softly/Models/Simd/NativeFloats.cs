using System.Runtime.InteropServices;

namespace Softly.Models;

/// <summary>
/// Zeroed native memory for single-precision numbers, on a cache line's boundary. Freed by <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private const int CacheLine = 64;
    private static long LiveTotal;

    /// <summary>Allocates <paramref name="count"/> zeros.</summary>
    public NativeFloats(long count)
    {
        Count = count;
        var bytes = checked((nuint)Math.Max(count, 1) * sizeof(float));
        Start = (float*)NativeMemory.AlignedAlloc(bytes, CacheLine);
        NativeMemory.Clear(Start, bytes);
        Interlocked.Add(ref LiveTotal, count);
    }

    /// <summary>How many numbers all living instances of the process hold.</summary>
    public static long Live => Interlocked.Read(ref LiveTotal);

    /// <summary>Counts numbers that other native memory holds.</summary>
    internal static void Add(long count) => Interlocked.Add(ref LiveTotal, count);

    /// <summary>The first number; null once disposed.</summary>
    public float* Start { get; private set; }

    /// <summary>How many numbers.</summary>
    public long Count { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Start is null) return;
        NativeMemory.AlignedFree(Start);
        Start = null;
        Interlocked.Add(ref LiveTotal, -Count);
    }
}
