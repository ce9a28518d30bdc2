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
        var (files, orphans) = (Files(), Orphans());
        using (var sandbox = Sandboxes.Open(box))
        {
            var judge = new ProgramJudge(sandbox, sandbox.Limits with { Wall = TimeSpan.FromSeconds(30) });
            void Run(int count)
            {
                for (var i = 0; i < count; i++)
                {
                    var run = judge.Judge(
                        new CodeProblem("f", null, ["assert f(1) == 2"], [], ""), Programs[i % Programs.Length]);
                    Assert.NotEqual(RunStatus.SandboxUnavailable, run.Status);
                }
            }
            Run(12);
            var before = Used();
            Run(runs);
            var grown = Used() - before;
            Assert.True(grown < 64L << 20, $"{grown >> 20} MiB more after {runs} runs, some of which use 200 MiB each");
            Assert.Empty(Outside.ProcessesUnder(Environment.ProcessId));
        }
        Assert.Equal(files, Files());
        NoOrphansBut(orphans);
    }

    /// <summary>A start that is given up at once: bwrap's second process must not be left waiting for its first.</summary>
    [Fact]
    [Trait("Weight", "Story")]
    public void Interpreters_that_are_ended_before_they_run_leave_no_process()
    {
        var sandbox = Boxes.Need("bwrap");
        var before = Orphans();
        for (var i = 0; i < 30; i++)
            using (sandbox.Start(Runner.Tests, sandbox.Limits, new Deadline(i % 2 == 0 ? sandbox.Limits.Wall : TimeSpan.Zero)))
            {
                if (i % 3 == 0) Thread.Sleep(i);
            }
        NoOrphansBut(before);
    }

    /// <summary>What was killed may take a moment to go.</summary>
    private static void NoOrphansBut(List<int> before)
    {
        for (var wait = 0; wait < 50 && Orphans().Except(before).Any(); wait++) Thread.Sleep(100);
        Assert.Empty(Orphans().Except(before));
    }

    /// <summary>Processes of bubblewrap that nobody waits for any more.</summary>
    private static List<int> Orphans() =>
        [.. Outside.ProcessesUnder(1).Where(id => Is(id, "bwrap") && ParentOf(id) == 1 && IsThere(id))];

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
            IReadOnlyList<int> under = [];
            for (var wait = 0; wait < 600 && !(under = Outside.ProcessesUnder(host.Id)).Any(IsPython); wait++) Thread.Sleep(100);
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
    [
        .. Directory.GetFileSystemEntries(Path.GetTempPath(), "softly-bwrap-*")
            .Concat(Directory.Exists(OwnFolder.Caches)
                ? Directory.GetFiles(OwnFolder.Caches, "*", SearchOption.AllDirectories) : [])
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsPython(int id) => Is(id, "python");

    private static int ParentOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], null);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool Is(int id, string program)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").StartsWith(program, StringComparison.Ordinal);
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
}
