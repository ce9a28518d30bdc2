using System.Runtime.InteropServices;

namespace Softly.Models;

/// <summary>
/// Zeroed native memory for single-precision numbers, on a cache line's boundary. Freed by <see cref="Dispose"/>.
/// </summary>
/// <remarks>
/// For much of it Linux is asked for large pages: fewer look-ups of addresses, and the processor reads ahead across more than
/// 4 KiB.
/// </remarks>
internal sealed unsafe partial class NativeFloats : IDisposable
{
    private const int CacheLine = 64, LargePage = 2 << 20, Much = 8 * LargePage;
    private const int HugePages = 14; // MADV_HUGEPAGE
    private static long LiveTotal;

    /// <summary>Allocates <paramref name="count"/> zeros.</summary>
    public NativeFloats(long count)
    {
        Count = count;
        var bytes = checked((nuint)Math.Max(count, 1) * sizeof(float));
        Start = (float*)NativeMemory.AlignedAlloc(bytes, (nuint)(bytes < Much ? CacheLine : LargePage));
        // A request: where it is refused, the memory is the same in small pages.
        if (OperatingSystem.IsLinux() && bytes >= Much) _ = Advise(Start, bytes, HugePages);
        NativeMemory.Clear(Start, bytes);
        Interlocked.Add(ref LiveTotal, count);
    }

    /// <summary>How many numbers all living instances of the process hold.</summary>
    public static long Live => Interlocked.Read(ref LiveTotal);

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

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
