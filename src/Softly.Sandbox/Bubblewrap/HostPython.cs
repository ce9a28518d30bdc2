using System.Diagnostics;

namespace Softly.Sandbox.Bubblewrap;

/// <summary>A Python of this machine.</summary>
/// <param name="Path">Its executable, links followed.</param>
/// <param name="Prefix">The folder it is installed in.</param>
/// <param name="Version">Such as 3.11.2.</param>
internal sealed record HostPython(string Path, string Prefix, string Version)
{
    /// <summary>The variable that names the executable.</summary>
    public const string Variable = "SOFTLY_PYTHON";

    private const string Question =
        "import sys, posix\nprint(sys.base_prefix, '.'.join(map(str, sys.version_info[:3])), sys.executable, sep='\\n')";

    /// <summary>
    /// What <see cref="Variable"/> names, else the system's, else the first in PATH. Only Python 3.8 and newer is taken.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">There is none.</exception>
    public static HostPython Find()
    {
        var given = Environment.GetEnvironmentVariable(Variable);
        string[] candidates = given is { Length: > 0 } ? [given]
            : ["/usr/bin/python3", "/usr/local/bin/python3", .. Programs.InPath("python3")];
        var found = candidates.Where(File.Exists).Select(Ask).OfType<HostPython>().FirstOrDefault();
        return found ?? throw new SandboxUnavailableException(given is { Length: > 0 }
            ? $"{Variable} is {given}, which is no Python 3.8 or newer"
            : $"the sandbox bwrap needs Python 3.8 or newer, which is not there: apt-get install python3, or set {Variable}");
    }

    private static HostPython? Ask(string path)
    {
        var start = new ProcessStartInfo(path, ["-I", "-S", "-c", Question])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var said = process.StandardOutput.ReadToEnd().Split('\n');
            process.WaitForExit();
            return process.ExitCode == 0 && said.Length >= 3 && System.Version.TryParse(said[1], out var version)
                && version >= new Version(3, 8)
                ? new HostPython(Programs.Resolve(said[2]), said[0], said[1])
                : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
    }
}

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The paths of a program in PATH, in order.</summary>
    public static IEnumerable<string> InPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).Where(File.Exists);

    /// <summary>A path with its last links followed.</summary>
    public static string Resolve(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
