using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Softly;

/// <summary>What this process holds of the machine's memory, libtorch's tensors included.</summary>
internal static class ResidentMemory
{
    private const double Gigabyte = 1 << 30;

    /// <summary>GiB resident now, and at most since the process started (on Linux VmHWM).</summary>
    public static (double Now, double Most) Read()
    {
        using var process = Process.GetCurrentProcess();
        return (process.WorkingSet64 / Gigabyte, process.PeakWorkingSet64 / Gigabyte);
    }

    /// <summary><see cref="Trim"/>, where the process is large enough for it to pay.</summary>
    public static void GiveBack()
    {
        if (Environment.WorkingSet >= WorthIt) Trim();
    }

    /// <summary>
    /// Gives what native code has freed back to the machine. glibc keeps freed blocks of up to 32 MiB for later, and blocks of
    /// one phase's sizes are of little use to the next: docs/memory.md has what that costs and what this takes.
    /// </summary>
    public static void Trim()
    {
        if (!_trims) return;
        try
        {
            _ = malloc_trim(0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            _trims = false; // another C library than glibc, with habits of its own
        }
    }

    /// <summary>A process smaller than this has nothing to win, and pays a fifth of a small model's update in page faults.</summary>
    private const long WorthIt = 1L << 30;

    private static bool _trims = OperatingSystem.IsLinux();

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint pad);
}
