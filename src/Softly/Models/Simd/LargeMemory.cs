using System.Runtime.InteropServices;

namespace Softly.Models;

/// <summary>
/// Zeroed native memory for what is read from end to end at every step. On Linux the system is asked for large pages: fewer
/// look-ups of addresses, and the processor reads ahead across more than 4 KiB. Freed by <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe partial class LargeMemory : IDisposable
{
    private const int Page = 2 << 20;
    private const int HugePages = 14; // MADV_HUGEPAGE

    /// <summary>Allocates zeros, on the boundary of a large page.</summary>
    public LargeMemory(long bytes)
    {
        Bytes = Math.Max(bytes, 64);
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, Bytes < Page ? 64u : Page);
        // A request: where it is refused, the memory is the same with small pages.
        if (OperatingSystem.IsLinux() && Bytes >= Page) _ = Advise(Start, (nuint)Bytes, HugePages);
        NativeMemory.Clear(Start, (nuint)Bytes);
        NativeFloats.Add(Bytes / sizeof(float));
    }

    /// <summary>How much.</summary>
    public long Bytes { get; }

    /// <summary>The first byte; null once disposed.</summary>
    public byte* Start { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Start is null) return;
        NativeMemory.AlignedFree(Start);
        Start = null;
        NativeFloats.Add(-(Bytes / sizeof(float)));
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint bytes, int advice);
}
