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
        HostPython? open = null;
        foreach (var python in candidates.Where(File.Exists).Select(Ask).OfType<HostPython>())
        {
            if (python.Shows is null) return python;
            open ??= python;
        }
        if (open is not null)
            throw new SandboxUnavailableException(
                $"{open.Path} is installed in {open.Shows}, all of which programs in bwrap could read then: "
                + $"set {Variable} to a Python in a folder of its own");
        throw new SandboxUnavailableException(given is { Length: > 0 }
            ? $"{Variable} is {given}, which is no Python 3.8 or newer"
            : $"the sandbox bwrap needs Python 3.8 or newer, which is not there: apt-get install python3, or set {Variable}");
    }

    /// <summary>The folders that it needs.</summary>
    public IEnumerable<string> Folders => new[] { Prefix, System.IO.Path.GetDirectoryName(Path)! }.Distinct();

    /// <summary>A folder it needs that is the root, the user's own, or holds that one; null where none is.</summary>
    private string? Shows => Folders.FirstOrDefault(folder => IsTooMuch(
        folder, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify)));

    /// <summary>Whether a folder is the root, or holds the user's.</summary>
    internal static bool IsTooMuch(string folder, string home)
    {
        home = System.IO.Path.TrimEndingDirectorySeparator(home);
        var whole = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        return whole == "/" || home == whole || home.StartsWith(whole + "/", StringComparison.Ordinal);
    }

    private static HostPython? Ask(string path)
    {
        try
        {
            var said = Programs.Ask(path, Programs.LongestAnswer, "-I", "-S", "-c", Question)?.Split('\n') ?? [];
            return said.Length >= 3 && System.Version.TryParse(said[1], out var version) && version >= new Version(3, 8)
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
    private const UnixFileMode Executable =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>How long a program has to say what it is.</summary>
    public static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    /// <summary>The paths of a program in PATH, in order: files that may be executed.</summary>
    public static IEnumerable<string> InPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).Where(IsProgram);

    /// <summary>What a program writes on stdout. Null where it fails, or takes longer than it may.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static string? Ask(string path, TimeSpan longest, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync(); // read, so that it does not wait for a reader
        // A child of it may hold stdout open when it has ended itself.
        if (process.WaitForExit(longest) && said.Wait(longest)) return process.ExitCode == 0 ? said.Result : null;
        process.Kill(entireProcessTree: true);
        return null;
    }

    /// <summary>Whether somebody may execute a file; it can still be none for this machine.</summary>
    private static bool IsProgram(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Executable) != 0);

    /// <summary>A path with its last links followed.</summary>
    public static string Resolve(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
