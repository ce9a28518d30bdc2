using System.Diagnostics;
using Softly.Sandbox;

namespace Softly.Tests.Sandbox;

/// <summary>What is left of many runs: nothing.</summary>
[Collection(nameof(OneSandboxAtATime))]
public class LeakTests
{
    private static readonly string[] Programs =
    [
        "def f(x): return x + 1\n",
        "def f(x): return None\n",
        "import os\ndef f(x): os._exit(3)\n",
        "def f(x):\n    open('/tmp/a', 'w').write('x' * 100000)\n    return x + 1\n",
        "x = bytearray(200 << 20)\ndef f(x): return 2\n",
        "def f(x\n",
    ];

    [Theory]
    [Trait("Weight", "Story")]
    [InlineData("wasm", 40)]
    [InlineData("bwrap", 40)]
    public void Forty_runs_leave_no_process_no_file_and_no_memory(string box, int runs) => LeaveNothing(box, runs);

    [Theory]
    [Trait("Weight", "Long")]
    [InlineData("wasm", 200)]
    [InlineData("bwrap", 200)]
    public void Two_hundred_runs_leave_no_process_no_file_and_no_memory(string box, int runs) => LeaveNothing(box, runs);

    private static void LeaveNothing(string box, int runs)
    {
        Boxes.Need(box); // compiled and there, so that its own files and memory do not count
        var files = Files();
        using (var sandbox = Sandboxes.Open(box))
        {
            var judge = new ProgramJudge(sandbox, sandbox.Limits with { Wall = TimeSpan.FromSeconds(30) });
            void Run(int count)
            {
                for (var i = 0; i < count; i++)
                {
                    var run = judge.Judge(new CodeProblem("f", null, ["assert f(1) == 2"], [], ""), Programs[i % Programs.Length]);
                    Assert.NotEqual(RunStatus.SandboxUnavailable, run.Status);
                }
            }
            Run(12);
            var before = Used();
            Run(runs);
            var grown = Used() - before;
            Assert.True(grown < 64L << 20, $"{grown >> 20} MiB more after {runs} runs, some of which use 200 MiB each");
            Assert.Empty(Descendants(Environment.ProcessId));
        }
        Assert.Equal(files, Files());
    }

    /// <summary>A host that is killed: the kernel ends what it had running.</summary>
    [Fact]
    [Trait("Weight", "Story")]
    public void A_host_that_is_killed_leaves_no_process_behind()
    {
        Boxes.Need("bwrap");
        using var host = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!,
            [
                .. Environment.GetCommandLineArgs() is [var own, ..] && own.EndsWith(".dll", StringComparison.Ordinal)
                    && !Environment.ProcessPath!.EndsWith(".Tests", StringComparison.Ordinal) ? new[] { own } : [],
                "-noColor", "-explicit", "only", "-method", $"*.{nameof(A_program_that_never_ends_runs)}",
            ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            List<int> under = [];
            for (var wait = 0; wait < 600 && !(under = Descendants(host.Id)).Any(IsPython); wait++) Thread.Sleep(100);
            Assert.Contains(under, IsPython);
            host.Kill(); // not its tree
            for (var wait = 0; wait < 100 && under.Any(IsThere); wait++) Thread.Sleep(100);
            Assert.DoesNotContain(under, IsThere);
        }
        finally
        {
            host.Kill();
        }
    }

    /// <summary>What the test above runs in the host that it kills.</summary>
    [Fact(Explicit = true)]
    public void A_program_that_never_ends_runs() => Boxes.Run(
        "bwrap", "def f(x):\n    while True: pass\n", ["assert f(1) == 2"], TimeSpan.FromSeconds(120));

    private static long Used()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static string[] Files() =>
        [.. Directory.GetFileSystemEntries(Path.GetTempPath(), "softly-bwrap-*").Order(StringComparer.Ordinal)];

    private static bool IsPython(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").StartsWith("python", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsThere(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..] is not ['Z', ..]; // one that nobody has asked about yet is no process
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static List<int> Descendants(int root)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var folder in Directory.Exists("/proc/self") ? Directory.GetDirectories("/proc") : [])
            if (int.TryParse(Path.GetFileName(folder), out var id))
                try
                {
                    var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                    var parent = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], null);
                    (children.TryGetValue(parent, out var list) ? list : children[parent] = []).Add(id);
                }
                catch (IOException)
                {
                    // it has ended meanwhile
                }
        var found = new List<int>();
        void Add(int id)
        {
            foreach (var child in children.GetValueOrDefault(id) ?? [])
            {
                found.Add(child);
                Add(child);
            }
        }
        Add(root);
        return found;
    }
}
