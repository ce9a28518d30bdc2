using System.Diagnostics;
using Softly.Cli.Comparisons;
using Softly.Cli.Evaluating;
using Softly.Cli.Recipes;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Cli;

/// <summary>
/// The second story with nothing downloaded: a model that thinks in words and one that thinks in sets are warm-started on the
/// same graphs, trained, evaluated on the same held-out problems, and their thoughts are audited. It is a small comparison with
/// two starts, whose arms are ordinary runs; what is in its folder already is not done again.
/// </summary>
/// <param name="output">The comparison's folder.</param>
/// <param name="options">What was asked for.</param>
/// <param name="reporter">Where it speaks.</param>
/// <param name="stop">Asked for by Ctrl-C.</param>
internal sealed class SetsQuickstart(string output, QuickstartOptions options, Reporter reporter, CancellationToken stop)
{
    private const string Control = "grpo", Sets = "frontier-soft", Decoding = "own thoughts";
    private const int AuditProblems = 200, AuditSamples = 4, Shown = 3, Jobs = 2;

    private readonly List<QuickstartDuration> _durations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Comparison _comparison = Compared(options, output);

    private ComparisonFolder Folder => new(output, _comparison);

    /// <summary>Runs what is not done yet, and writes report.html and result.json.</summary>
    public int Run(string commandLine)
    {
        reporter.Say("two warm starts on the same graphs, one that thinks in words and one that thinks in sets; then "
            + $"{options.Steps} steps of reinforcement learning from each, and an audit of the thoughts");
        var work = new CompareRun(output, _comparison, Jobs, reporter, stop) { Done = Done };
        if (!work.Work()) return Quickstart.Stopped(output, reporter);
        var compared = work.Result(commandLine);
        if (compared.Unfinished is [{ Name: var name }, ..])
            throw new UserError($"arm '{name}' ended before step {options.Steps}; its metrics.jsonl in "
                + $"{Path.Combine(output, "arms", name)} says why; begin anew with another --output");
        return Quickstart.Show(
            Result(commandLine, compared), output, RunOf(Arm(Sets)).OutputDir, reporter, _clock.Elapsed);
    }

    /// <summary>
    /// The comparison: two starts and two arms of recipes/comparisons/sets-two.yaml, from one start seed, with one learning rate.
    /// </summary>
    internal static Comparison Compared(QuickstartOptions options, string output)
    {
        var shared = new Recipe
        {
            Algorithm = Control,
            LossType = "dapo",
            Task = "reachability-two",
            OutputDir = output,
            TrainProblems = 4000,
            Initialization = "lookup",
            RopeTheta = 1_000_000,
            WarmStartSteps = options.WarmStartSteps,
            WarmStartBatch = 64,
            WarmStartLearningRate = 0.003,
            WarmStartQuestions = 8,
            LearningRate = 1e-4,
            LrSchedulerType = "constant",
            WarmupSteps = 10,
            Beta = 0,
            MaxSteps = options.Steps,
            PromptsPerStep = 16,
            NumGenerations = 16,
            Seed = options.Seed,
            SaveSteps = 0,
            LogCompletionsSteps = options.Steps,
            ReportTo = "none",
            EvalSteps = options.Steps,
            EvalProblems = options.Problems,
            EvalSamples = options.Samples,
            EvalPart = "test",
            EvalSeed = options.Seed,
        };
        ComparisonStart path = new(
            "path", "path", shared with { TaskThoughts = "path" }, "task_thoughts: path", ["task_thoughts"]);
        ComparisonStart set = new(
            "set", "set", shared with { TaskThoughts = "frontier", WarmStartNoise = 0.5 },
            "task_thoughts: frontier, warm_start_noise: 0.5", ["task_thoughts", "warm_start_noise"]);
        ComparisonArm words = new(Control, Control, path.Recipe, "start: path", path);
        ComparisonArm sets = new(
            Sets, Sets, set.Recipe with { Algorithm = Sets }, $"start: set, algorithm: {Sets}", set);
        return new Comparison
        {
            Name = "words and sets", Shared = shared, SeveralStarts = true, Starts = [path, set], StartSeeds = [options.Seed],
            Arms = [words, sets], Seeds = [1], LearningRates = [shared.LearningRate], SweepSteps = options.Steps, SweepSeed = 1,
            ValidationProblems = 1, ValidationSamples = 1, Control = words, Reference = null, Match = [], GradientBatches = 0,
            AuditProblems = AuditProblems, AuditSamples = Math.Min(AuditSamples, options.Samples),
        };
    }

    private ComparisonArm Arm(string name) => _comparison.Arms.Single(a => a.Name == name);

    private Recipe RunOf(ComparisonArm arm) =>
        Folder.Run(arm, options.Seed, _comparison.LearningRates[0], _comparison.Seeds[0]);

    /// <summary>Keeps how long it took, and shows at once what the starts can do.</summary>
    private void Done(string phase, double seconds)
    {
        _durations.Add(new QuickstartDuration(phase, seconds));
        if (phase != CompareRun.AtTheStart) return;
        foreach (var arm in _comparison.Arms)
        {
            var measured = EvaluationLog.Read(Folder.Evaluations(arm, options.Seed)).First(e => e.Step == 0);
            reporter.Say($"before reinforcement learning, {StartOf(arm.Start.Name)}: "
                + string.Join(" · ", measured.PassAtK.Select(p => $"pass@{p.K} {p.Share.Times(100)}")));
        }
    }

    private static string StartOf(string start) => start + " start";

    private QuickstartResult Result(string commandLine, ComparisonResult compared) => new()
    {
        Story = QuickstartStory.Sets, CommandLine = commandLine, Seed = options.Seed, Advantage = options.Advantage,
        Machine = compared.Machine, Task = compared.Task, Guess = compared.Guess, Control = Control,
        WarmStart = compared.WarmStart with
        {
            Seconds = _durations.FirstOrDefault(d => d.Name == CompareRun.WarmStarts).Seconds,
        },
        Arms =
        [
            .. compared.Arms.Select(arm => new QuickstartArm
            {
                Name = arm.Name,
                Description = $"{arm.Changes}, learning rate {ComparisonFolder.Text(arm.LearningRate)}",
                Start = StartOf(arm.Starts!.Start), OwnDecoding = Decoding, Curve = Curve(arm.Name, out var seconds),
                Samples = Samples(arm.Name), Seconds = seconds,
            })
        ],
        Decodings =
        [
            new(Decoding, "each model thinks as it was taught: words are drawn from the whole vocabulary at temperature 1, sets "
                + "are mixtures of the ten likeliest words under Gumbel noise; the answer is drawn word by word from the whole "
                + "vocabulary")
        ],
        Evaluations =
        [
            .. compared.Arms.Select(arm => new QuickstartEvaluation
            {
                Model = StartOf(arm.Starts!.Start), Decoding = Decoding, PassAtK = arm.Start,
                FirstThoughtEntropy = arm.StartEntropy,
                Control = StartOf(Arm(Control).Start.Name), ToControl = arm.Starts.StartToControl,
            }),
            .. compared.Arms.Select(arm => new QuickstartEvaluation
            {
                Model = arm.Name, Decoding = Decoding, PassAtK = arm.Starts!.Own, FirstThoughtEntropy = arm.Entropy,
                ToWarmStart = arm.Starts.Gain, ToControl = arm.OwnToControl,
            }),
        ],
        // Sets first: they are what this is about; a path on the same graph stands beside them.
        Audits = [.. compared.Arms.Reverse().SelectMany(a => a.Audit?.Audits ?? [])],
        Unaudited = compared.Arms.Single(a => a.Name == Sets).Audit is { Reasons: [var reason, ..] } ? reason : null,
        Durations = _durations,
    };

    private IReadOnlyList<MetricsEntry> Curve(string arm, out double seconds)
    {
        using var run = RunFolder.View(RunOf(Arm(arm)).OutputDir);
        var curve = MetricsLog.Read(run.MetricsPath);
        seconds = curve is [.., var last] ? last.WallSeconds : 0;
        return curve;
    }

    /// <summary>The first rollout of a few problems of the last step.</summary>
    private IReadOnlyList<RolloutRecord> Samples(string arm)
    {
        using var run = RunFolder.View(RunOf(Arm(arm)).OutputDir);
        return [.. RolloutLog.Read(run.RolloutsPath, options.Steps).DistinctBy(r => r.ProblemId).Take(Shown)];
    }
}
