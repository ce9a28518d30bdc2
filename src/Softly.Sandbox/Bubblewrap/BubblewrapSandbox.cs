using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Softly.Sandbox.Bubblewrap;

/// <summary>
/// The machine's own Python in namespaces of its own (files, processes, network, users), without rights, under resource limits
/// and a filter of system calls. Linux with bubblewrap only; some times as fast as <see cref="Wasm.WasmSandbox"/>.
/// </summary>
public sealed class BubblewrapSandbox : ICodeSandbox
{
    /// <summary>How to get it, for messages.</summary>
    public const string Remedy = "apt-get install bubblewrap (dnf, pacman, apk: the same name)";

    /// <summary>What to set where the system forbids unprivileged user namespaces.</summary>
    public const string NamespaceRemedy = "where unprivileged user namespaces are forbidden: "
        + "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 or "
        + "an AppArmor profile for bwrap (Ubuntu 23.10 and newer), user.max_user_namespaces above 0 (RHEL); in a container, they "
        + "are the container's to allow";

    /// <summary>An unprivileged user that is on every system, for when we are root.</summary>
    private const string Nobody = "65534";

    // $0 the filter, $1 CPU seconds, $2 KiB of memory, $3 blocks of 512 bytes: limits that hold for bwrap too.
    private const string Launcher =
        "ulimit -c 0 && ulimit -t \"$1\" && ulimit -v \"$2\" && ulimit -f \"$3\" && shift 3 && exec \"$@\" 3<\"$0\"";

    private readonly string _bwrap;
    private readonly string? _setpriv;
    private readonly HostPython _python;
    private readonly string? _temporary;
    private readonly string _filter;

    private BubblewrapSandbox(string bwrap, string? setpriv, HostPython python, string cache)
    {
        (_bwrap, _setpriv, _python) = (bwrap, setpriv, python);
        Version = $"CPython {python.Version} in {VersionOf(bwrap)}";
        var calls = SeccompFilter.Make(RuntimeInformation.ProcessArchitecture);
        var name = $"calls-{Convert.ToHexStringLower(SHA256.HashData(calls))[..16]}.bpf";
        try
        {
            // The filter is read anew for every program. It lies where only this user can write, and stays there.
            var own = OwnFolder.Make(cache);
            if (own is null) _temporary = Directory.CreateTempSubdirectory("softly-bwrap-").FullName;
            _filter = Path.Combine(own ?? _temporary!, name);
            OwnFolder.Write(_filter, calls);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new SandboxUnavailableException($"the filter of system calls for bwrap cannot be written: {e.Message}", e);
        }
    }

    /// <inheritdoc />
    public string Name => "bwrap";

    /// <inheritdoc />
    public string Version { get; }

    /// <summary>A grading has 10 s.</summary>
    public SandboxLimits Limits { get; } = new();

    /// <summary>Finds bubblewrap and Python, and runs a first program.</summary>
    /// <param name="cache">Where the filter of system calls lies; the user's folder when null.</param>
    /// <exception cref="SandboxUnavailableException">Something is missing or forbidden; the message says what to do.</exception>
    public static BubblewrapSandbox Open(string? cache = null)
    {
        if (!OperatingSystem.IsLinux())
            throw new SandboxUnavailableException("the sandbox bwrap is for Linux; take wasm, which is for every system");
        if (!SeccompFilter.IsKnown(RuntimeInformation.ProcessArchitecture))
            throw new SandboxUnavailableException("the sandbox bwrap is for x86-64 and arm64; take wasm");
        var bwrap = Programs.InPath("bwrap").FirstOrDefault()
            ?? throw new SandboxUnavailableException($"the sandbox bwrap needs bubblewrap, which is not there: {Remedy}");
        var setpriv = Environment.IsPrivilegedProcess
            ? Programs.InPath("setpriv").FirstOrDefault()
                ?? throw new SandboxUnavailableException(
                    "the sandbox bwrap gives up root with setpriv, which is not there: apt-get install util-linux")
            : null;
        var sandbox = new BubblewrapSandbox(
            bwrap, setpriv, HostPython.Find(), cache ?? Path.Combine(OwnFolder.Caches, "bwrap"));
        try
        {
            var problem = new CodeProblem("f", null, ["assert f(1) == 2"], [], "");
            var run = new ProgramJudge(sandbox).Judge(problem, "def f(x):\n    return x + 1\n");
            if (run.Status != RunStatus.Passed)
                throw new SandboxUnavailableException($"a first program in bwrap came to {run.Status.Name()}: {run.Reason}");
            return sandbox;
        }
        catch
        {
            sandbox.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline) =>
        new BubblewrapInterpreter(Command(runner, limits), limits, deadline);

    /// <inheritdoc />
    public void Dispose()
    {
        if (Directory.Exists(_temporary)) Directory.Delete(_temporary, recursive: true);
    }

    /// <summary>The whole command. bwrap itself gets no variables: a program could read them from its first process.</summary>
    private ProcessStartInfo Command(Runner runner, SandboxLimits limits)
    {
        var cpu = (long)Math.Ceiling(limits.Wall.TotalSeconds);
        List<string> words =
        [
            "-c", Launcher, _filter, Number(cpu), Number(limits.MemoryBytes >> 10), Number(limits.DiskBytes >> 9),
        ];
        if (_setpriv is not null)
            words.AddRange([_setpriv, "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--no-new-privs", "--"]);
        words.AddRange(
        [
            _bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL",
            "--ro-bind", "/usr", "/usr",
        ]);
        foreach (var folder in new[] { "/lib", "/lib64", "/lib32", "/bin" })
            if (new DirectoryInfo(folder) is { LinkTarget: { } target }) words.AddRange(["--symlink", target, folder]);
            else if (Directory.Exists(folder)) words.AddRange(["--ro-bind", folder, folder]);
        if (File.Exists("/etc/ld.so.cache")) words.AddRange(["--ro-bind", "/etc/ld.so.cache", "/etc/ld.so.cache"]);
        foreach (var place in _python.Folders)
            if (place != "/usr" && !place.StartsWith("/usr/", StringComparison.Ordinal))
                words.AddRange(["--ro-bind", place, place]);
        words.AddRange(
        [
            "--dev", "/dev", "--remount-ro", "/dev",
            "--size", Number(limits.DiskBytes), "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/",
            "--setenv", "PYTHONHASHSEED", "0", "--setenv", "PYTHONUTF8", "1", "--unsetenv", "PWD", "--seccomp", "3", "--",
            _python.Path, "-s", "-S", "-B", "-c",
            runner.Source(
                "", ("RLIMIT_CORE", 0), ("RLIMIT_CPU", cpu), ("RLIMIT_AS", limits.MemoryBytes),
                ("RLIMIT_FSIZE", limits.DiskBytes), ("RLIMIT_NOFILE", 64),
                ("RLIMIT_NPROC", limits.Threads + 2)), // its first process and bwrap's own count
        ]);
        var start = new ProcessStartInfo("/bin/sh", words)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        start.Environment.Clear();
        return start;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string VersionOf(string bwrap)
    {
        try
        {
            return Programs.Ask(bwrap, Programs.LongestAnswer, "--version")?.Trim()
                ?? throw new SandboxUnavailableException($"{bwrap} does not say its version: {Remedy}");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new SandboxUnavailableException($"{bwrap} cannot be started: {e.Message}; {Remedy}", e);
        }
    }
}
