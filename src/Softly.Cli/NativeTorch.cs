using System.Runtime.InteropServices;

namespace Softly.Cli;

/// <summary>Prepares for the native library, and tells in one message why it could not be loaded.</summary>
internal static class NativeTorch
{
    /// <summary>
    /// Before libtorch loads: its OpenMP threads sleep while they wait. Spinning, the default, is a little faster on an idle machine and many
    /// times slower where another process wants the cores. A value that the user has set stays.
    /// </summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsLinux()) _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0); // .NET's own environment is a copy that native code never sees
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    /// <summary>The remedy where an exception means that the native library did not load; null for any other.</summary>
    public static string? Explain(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
            if (inner is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
                || (inner is NotSupportedException or TypeInitializationException && (inner.Message.Contains("libtorch", StringComparison.OrdinalIgnoreCase) || inner.Message.Contains("TorchSharp", StringComparison.Ordinal))))
                return Message(inner);
        return null;
    }

    private static string Message(Exception e)
    {
        var folder = AppContext.BaseDirectory;
        var names = OperatingSystem.IsWindows() ? new[] { "torch_cpu.dll", "LibTorchSharp.dll" } : OperatingSystem.IsMacOS() ? ["libtorch_cpu.dylib", "libLibTorchSharp.dylib"] : ["libtorch_cpu.so", "libLibTorchSharp.so"];
        var missing = names.Where(n => !File.Exists(Path.Combine(folder, n))).ToList();
        if (missing.Count > 0) return $"libtorch cannot be loaded: {string.Join(" and ", missing)} missing from the program's folder. Build again for this platform ({RuntimeInformation.RuntimeIdentifier}): dotnet build -c Release src/Softly.Cli";
        foreach (var name in names)
            try
            {
                NativeLibrary.Load(Path.Combine(folder, name));
            }
            catch (Exception reason)
            {
                return $"libtorch cannot be loaded: {reason.Message.Split('\n')[0].Trim()}\nDebian 12 (glibc 2.36) or newer is needed. If the message names GLIBCXX, the build step in build/NativeTorch.targets did not run: build again with dotnet build -c Release src/Softly.Cli";
            }
        return $"libtorch was loaded, but a call failed: {e.Message}";
    }
}
