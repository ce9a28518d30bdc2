using System.Globalization;
using Softly.Sandbox;
using Softly.Sandbox.Wasm;

namespace Softly.Cli.Benches;

/// <summary>Programs held to their tests in a sandbox: one after the other, and on all threads.</summary>
/// <param name="box">The sandbox's name.</param>
internal sealed class SandboxScenario(string box) : Scenario(
    $"sandbox {box}", "sandbox", $"small programs held to three asserts each in {box}: starts, runs, ends", 40)
{
    private static readonly CodeProblem Problem = new(
        "f", null, ["assert f([3, 1, 2]) == [1, 2, 3]", "assert f([]) == []", "assert f([1]) == [1]"], [], "");

    private const string Program = """
        import math
        from typing import List
        def f(x: List[int]) -> List[int]:
            return sorted(x)
        """;

    public override void Run(Bench bench)
    {
        ICodeSandbox sandbox;
        try
        {
            sandbox = Sandboxes.Open(box);
        }
        catch (SandboxUnavailableException e)
        {
            bench.Skip(e.Message);
            return;
        }
        using (sandbox)
        {
            var judge = new ProgramJudge(sandbox);
            foreach (var threads in new[] { 1, bench.Options.Threads }.Distinct())
            {
                var count = (bench.Options.Quick ? 2 : 20) * threads;
                var timing = bench.Patience.Measure(() => All(judge, count, threads), bench.Doing);
                bench.Measured(new Measurement($"{Name}, threads: {threads}", threads, timing, new Work(0, 0))
                {
                    Numbers = new Dictionary<string, double>
                    {
                        ["programs_per_second"] = count / timing.Best,
                        ["programs_per_second_median"] = count / timing.Median,
                    },
                    Setting = new Dictionary<string, string>
                    {
                        ["sandbox"] = sandbox.Version,
                        ["loading"] = sandbox is WasmSandbox wasm
                            ? string.Create(CultureInfo.InvariantCulture, $"{wasm.LoadSeconds:0.00} s{(wasm.Compiled ? ", compiled" : "")}")
                            : "none",
                    },
                });
            }
        }
    }

    private static void All(ProgramJudge judge, int count, int threads)
    {
        var next = -1;
        var failed = new CodeRun?[1];
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            while (Interlocked.Increment(ref next) < count)
                if (judge.Judge(Problem, Program) is { Status: not RunStatus.Passed } run) failed[0] = run;
        })).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        if (failed[0] is { } wrong) throw new IOException($"a program that is right came to {wrong.Status.Name()}: {wrong.Reason}");
    }
}
