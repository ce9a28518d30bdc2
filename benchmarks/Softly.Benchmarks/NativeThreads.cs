using System.Runtime.InteropServices;

namespace Softly.Benchmarks;

internal static class NativeThreads
{
    // As the command does before libtorch loads: spinning threads are many times slower where another process wants the cores.
    public static void SleepWhileWaiting()
    {
        if (OperatingSystem.IsLinux()) _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
