using System.Runtime.InteropServices;

namespace Softly.Cli;

/// <summary>Prepares for the native library, and tells in one message why it could not be loaded.</summary>
internal static class NativeTorch
{
    /// <summary>
    /// Before libtorch loads: its OpenMP threads sleep while they wait. Spinning, the default, is a little faster on an idle
    /// machine and many times slower where another process wants the cores. A value that the user has set stays.
    /// </summary>
    public static void Prepare()
    {
        // .NET's own environment is a copy that native code never sees
        if (OperatingSystem.IsLinux()) _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    /// <summary>
    /// Loads the library, or says in one message what is missing and what to do. TorchSharp, asked first, would print pages.
    /// </summary>
    /// <exception cref="NativeTorchMissing">It cannot be loaded.</exception>
    public static void Load()
    {
        var folder = AppContext.BaseDirectory;
        string[] names = OperatingSystem.IsWindows() ? ["torch_cpu.dll", "LibTorchSharp.dll"]
            : OperatingSystem.IsMacOS()
                ? ["libtorch_cpu.dylib", "libLibTorchSharp.dylib"]
                : ["libtorch_cpu.so", "libLibTorchSharp.so"];
        var missing = names.Where(n => !File.Exists(Path.Combine(folder, n))).ToList();
        if (missing.Count > 0)
            throw new NativeTorchMissing($"{string.Join(" and ", missing)} missing from the program's folder.\n"
                + $"Build again for this platform ({RuntimeInformation.RuntimeIdentifier}): "
                + "dotnet build -c Release src/Softly.Cli");
        foreach (var name in names)
            try
            {
                NativeLibrary.Load(Path.Combine(folder, name));
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw new NativeTorchMissing(Reason(e.Message, name), e);
            }
    }

    internal static string Reason(string message, string name)
    {
        // The loader's own words are the last line that speaks of a version or of a file that is not there.
        var said = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var reason = said.LastOrDefault(
            l => l.Contains("version", StringComparison.Ordinal) || l.Contains("cannot open", StringComparison.Ordinal))
            ?? said.FirstOrDefault() ?? "no reason given";
        var remedy = reason.Contains("GLIBCXX", StringComparison.Ordinal)
            ? "The build step of build/NativeTorch.targets that makes this version mark weak has not run on this copy: "
                + "build again with dotnet build -c Release src/Softly.Cli"
            : "Debian 12 (glibc 2.36) or a newer system is needed; on such a one, "
                + "build again with dotnet build -c Release src/Softly.Cli";
        return $"{name}: {reason}\n{remedy}";
    }
}

/// <summary>libtorch is not there or does not load; the message has the remedy. Exit code 3.</summary>
internal sealed class NativeTorchMissing(string message, Exception? inner = null)
    : Exception("libtorch cannot be loaded: " + message, inner);
