using System.Globalization;
using System.Runtime.InteropServices;

namespace Softly.Cli.Benches;

/// <summary>
/// What an update of soft steps takes at its peak above what stands before it begins: weights, gradients, moments and the
/// engine's own copies are there by then, for one step was made before. By the kernel's high-water mark of this process
/// (VmHWM), which is set back when the last rollout was drawn.
/// </summary>
/// <param name="vocabulary">V; the kept set stays the same.</param>
internal sealed class MemoryScenario(int vocabulary) : Scenario(
    $"{Catalog.Memory} {vocabulary}", "memory", $"peak of an update of soft steps, vocabulary of {vocabulary:N0}", 20)
{
    private static readonly StepSizes Sizes = new("soft-grpo", Prompts: 2, PromptTokens: 16, Group: 8, NewTokens: 64);

    public override IReadOnlyList<string> Own => Sizes.Recipe;

    public override void Run(Bench bench)
    {
        if (!File.Exists("/proc/self/clear_refs"))
        {
            bench.Skip("this system does not say what a process held at most: run it on Linux");
            return;
        }
        var asked = bench.Options.Quick ? Sizes.Quick() : Sizes;
        var shape = bench.Of(Shape.Small).WithWords(bench.Options.Quick ? 100 + vocabulary / 100 : vocabulary);
        using var rig = new Rig(bench, shape, asked.PromptTokens, asked.Recipe, [], training: true);
        using var trainer = rig.MakeTrainer();
        List<double> peaks = [], before = [], seconds = [];
        for (var run = 0; run < (bench.Options.Quick ? 2 : 4); run++)
        {
            bench.Doing(run == 0 ? "warming up" : $"run {run}");
            var started = 0L;
            rig.Task.Grading = () =>
            {
                if (started != 0) return;
                GC.Collect();
                GC.WaitForPendingFinalizers();
                _ = malloc_trim(0); // what the rollout has freed must not hide what the update takes
                File.WriteAllText("/proc/self/clear_refs", "5");
                started = Status("VmRSS:");
            };
            var report = trainer.Step();
            if (run == 0) continue;
            before.Add(started);
            peaks.Add(Status("VmHWM:"));
            seconds.Add(report.Metrics["timing/update"]);
        }
        // The least of the runs: the collector's own memory comes and goes.
        var least = Enumerable.Range(0, peaks.Count).MinBy(i => peaks[i] - before[i]);
        rig.Setting["vocabulary"] = shape.Config.VocabularySize.ToString(CultureInfo.InvariantCulture);
        bench.Measured(new Measurement(
            Name, bench.Options.Threads, Timing.Of(seconds),
            Work.Update(
                shape.MatrixParameters, (long)asked.Prompts * asked.PromptTokens,
                (long)asked.Prompts * asked.Group * asked.NewTokens))
        {
            Setting = rig.Setting, IsAsked = !bench.Options.Quick,
            Numbers = new Dictionary<string, double>
            {
                ["before_bytes"] = before[least], ["peak_bytes"] = peaks[least], ["beyond_bytes"] = peaks[least] - before[least],
                ["table_bytes"] = 4.0 * shape.Config.VocabularySize * shape.Config.HiddenSize,
            },
        });
    }

    private static long Status(string field) => long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint pad);
}
