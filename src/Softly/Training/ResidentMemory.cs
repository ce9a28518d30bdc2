using System.Diagnostics;

namespace Softly.Training;

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
}
