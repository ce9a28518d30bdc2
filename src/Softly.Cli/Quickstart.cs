using System.Diagnostics;
using System.Runtime.InteropServices;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Models;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli;

/// <summary>What a quickstart may be asked to do differently.</summary>
/// <param name="Seed">Of everything random.</param>
/// <param name="Steps">Training steps of each arm.</param>
/// <param name="WarmStartSteps">Supervised updates before.</param>
/// <param name="Advantage"><c>group</c>, or <c>pass@2</c> and so on.</param>
/// <param name="Problems">Held-out problems evaluated.</param>
/// <param name="Samples">Answers to each.</param>
/// <param name="Sets">True for <see cref="SetsQuickstart"/>.</param>
internal sealed record QuickstartOptions(
    int Seed, int Steps, int WarmStartSteps, string Advantage, int Problems, int Samples, bool Sets = false);

/// <summary>
/// The whole story with nothing downloaded: a tiny model is warm-started on Countdown, three arms are trained from that start on
/// the same budget, and all are evaluated on problems whose numbers training never saw. Every arm is an ordinary run in its own
/// folder.
/// </summary>
/// <param name="output">The folder of its runs.</param>
/// <param name="options">What was asked for.</param>
/// <param name="reporter">Where it speaks.</param>
/// <param name="stop">Asked for by Ctrl-C.</param>
internal sealed class Quickstart(string output, QuickstartOptions options, Reporter reporter, CancellationToken stop)
{
    /// <summary>An arm: its recipe is the common one with these changes.</summary>
    internal sealed record Arm(string Name, string Description, string Decoding, string Algorithm, string Law);

    internal static readonly Arm[] Arms =
    [
        new("grpo", "discrete GRPO: every thought is one word, scored by its log-probability", "discrete", "grpo", "none"),
        new(
            "soft-grpo",
            "SofT-GRPO in the paper's form: thoughts are mixtures, scored by the density of their noisy log-probabilities",
            "soft", "soft-grpo", "gumbel-softmax"),
        new(
            "soft-grpo-winner",
            "SofT-GRPO scored by its winner: the same mixtures, scored by the log-probability of the largest component",
            "soft", "soft-grpo", "gumbel-winner"),
    ];

    private static readonly QuickstartDecoding[] Decodings =
    [
        new("discrete", "plain words from the whole vocabulary at temperature 1"),
        new(
            "soft",
            "thoughts are Gumbel-Softmax mixtures (τ 0.1) of the top 5 words within 95 % of the mass; the answer is discrete"),
        new(
            "soft support, one word",
            "plain words from the set that soft thoughts are made of: the fair discrete control for soft thinking"),
    ];

    private const string Start = "warm-start";

    private readonly List<QuickstartDuration> _durations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private string Folder(string name) => Path.Combine(output, name);

    /// <summary>Runs what is not done yet, and writes report.html and result.json.</summary>
    public int Run(string commandLine)
    {
        var (parameters, loss, warmSeconds) = WarmStart();
        if (stop.IsCancellationRequested) return Stopped(output, reporter);
        Train();
        if (stop.IsCancellationRequested) return Stopped(output, reporter);

        var task = TaskCatalog.Find(Common(options, output, 0).Task);
        var problems = task.Problems(Split.Test, options.Problems, (ulong)options.Seed);
        Dictionary<(string Model, string Decoding), IReadOnlyList<ProblemResult>> evaluated;
        Dictionary<string, List<RolloutRecord>> samples;
        try
        {
            evaluated = Evaluate(problems, out samples);
        }
        catch (OperationCanceledException)
        {
            return Stopped(output, reporter);
        }
        var guess = problems.Select(p => task.GuessChance(p)!.Value).ToList();
        var control = evaluated[("grpo", "soft support, one word")];
        var result = new QuickstartResult
        {
            CommandLine = commandLine, Seed = options.Seed, Advantage = options.Advantage,
            Machine = new QuickstartMachine(
                Environment.ProcessorCount, $"{RuntimeInformation.FrameworkDescription}, libtorch {__version__}",
                $"{RuntimeInformation.RuntimeIdentifier}"),
            Task = new QuickstartTask(task.Name, task.Description, problems.Count, options.Samples, HeldOut: true),
            WarmStart = new QuickstartWarmStart(parameters, options.WarmStartSteps, warmSeconds, loss),
            Arms = [.. Arms.Select(a => (Arm: a, Curve: Curve(a))).Select(x => new QuickstartArm
            {
                Name = x.Arm.Name, Description = x.Arm.Description, OwnDecoding = x.Arm.Decoding, Curve = x.Curve,
                Samples = samples[x.Arm.Name], Seconds = x.Curve is [.., var last] ? last.WallSeconds : 0,
            })],
            Decodings = Decodings,
            Control = "discrete GRPO on the soft support",
            Guess = [.. Evaluations.Ks.Where(k => k <= options.Samples)
                .Select(k => new PassAt(k, Estimate.Exact(Tasks.Statistics.GuessCurve.At(k, guess))))],
            Evaluations =
            [
                .. evaluated.Select(
                    e => Evaluation(
                        e.Key.Model, e.Key.Decoding, e.Value, task, evaluated[(QuickstartResult.WarmStartModel, e.Key.Decoding)],
                        control))
            ],
            Durations = _durations,
        };
        return Show(result, output, Folder("soft-grpo-winner"), reporter, _clock.Elapsed);
    }

    /// <summary>Writes report.html and result.json of a quickstart that is done, and says what came of it.</summary>
    /// <param name="result">All of it.</param>
    /// <param name="output">The quickstart's folder.</param>
    /// <param name="thinker">The run whose thoughts are worth a look.</param>
    /// <param name="reporter">Where it speaks.</param>
    /// <param name="time">What it took.</param>
    internal static int Show(QuickstartResult result, string output, string thinker, Reporter reporter, TimeSpan time)
    {
        var report = Path.Combine(output, "report.html");
        QuickstartReport.Write(result, report);
        File.WriteAllText(Path.Combine(output, "result.json"), QuickstartReport.ToJson(result));
        if (reporter.Json) reporter.Document(QuickstartReport.ToJson(result));
        else reporter.Say("\n" + QuickstartReport.ToText(result, Reporter.Width));
        reporter.Say($"\nreport with curves and thoughts: {report}\n"
            + $"see a thought:  softly generate {thinker}\n{HumanTime.Format(time)} in all");
        return ExitCode.Ok;
    }

    /// <summary>Says how to go on with a quickstart that was stopped.</summary>
    internal static int Stopped(string output, Reporter reporter)
    {
        reporter.Say($"stopped; go on with: softly quickstart --output {output} --resume");
        return ExitCode.Stopped;
    }

    /// <summary>What all arms share; only threads and folders differ from run to run.</summary>
    private static Recipe Common(QuickstartOptions options, string output, int threads) => new()
    {
        Task = "countdown-3",
        ModelNameOrPath = Path.Combine(output, Start),
        TrainProblems = 100_000,
        MaxSteps = options.Steps,
        PromptsPerStep = 16,
        NumGenerations = 16,
        LearningRate = 1e-4,
        WarmupSteps = 10,
        LrSchedulerType = "constant",
        Beta = 0,
        LossType = "dapo", // what the figures in README were measured with
        Advantage = options.Advantage,
        Seed = options.Seed,
        SaveSteps = 0,
        LogCompletionsSteps = Math.Max(1, options.Steps / 3),
        Threads = threads,
        EvalProblems = options.Problems,
        EvalSamples = options.Samples,
    };

    /// <summary>An arm's recipe.</summary>
    internal static Recipe Of(Arm arm, QuickstartOptions options, string output, int threads) =>
        Common(options, output, threads) with
        {
            Algorithm = arm.Algorithm,
            ThinkingLaw = arm.Law,
            OutputDir = Path.Combine(output, arm.Name)
        };

    private (long Parameters, double Loss, double Seconds) WarmStart()
    {
        var folder = Folder(Start);
        var setup = new Setup(
            Common(options, output, 0) with { ModelNameOrPath = "scratch", WarmStartSteps = options.WarmStartSteps });
        if (File.Exists(Path.Combine(folder, "config.json")))
        {
            using var made = setup.LoadModel(folder, setup.Type);
            reporter.Say($"the warm start is there already: {folder}");
            return (made.ParameterCount, double.NaN, 0);
        }
        using var model = setup.MakeModel();
        reporter.Say(
            $"1. warm start: {model.ParameterCount:N0} parameters learn to {setup.Task.Description}, from worked solutions");
        var clock = Stopwatch.StartNew();
        var loss = new WarmStart(setup, reporter).Run(model, setup.Problems.Train(), stop);
        if (stop.IsCancellationRequested) return default;
        using var whole = new WholeFolder(folder);
        PretrainedModel.Save(model, whole.Path);
        setup.Tokenizer.Save(whole.Path);
        whole.Complete(replace: false);
        Took("warm start", clock);
        return (model.ParameterCount, loss, clock.Elapsed.TotalSeconds);
    }

    /// <summary>
    /// Trains all arms side by side, one thread each: on small models that beats one after the other with all cores.
    /// </summary>
    private void Train()
    {
        reporter.Say($"2. reinforcement learning: {Arms.Length} arms from the same start, "
            + $"{options.Steps} steps of 16 problems × 16 answers each");
        var clock = Stopwatch.StartNew();
        var lines = new string[Arms.Length];
        var faults = new List<Exception>();
        var threads = Arms.Select((arm, i) => new Thread(() =>
        {
            try
            {
                var run = new TrainingRun(new Setup(Of(arm, options, output, threads: 1)), Reporter.Quiet)
                {
                    Seen = (report, eta) =>
                    {
                        lines[i] = $"{arm.Name} {report.Step}/{options.Steps} reward {report.Metrics["reward"]:F2} "
                            + $"({HumanTime.Format(eta.Left ?? TimeSpan.Zero)})";
                        reporter.Progress(
                            string.Join(" · ", lines.Where(l => l is not null)), important: report.Step == options.Steps);
                    },
                };
                run.Run(RunFolder.IsRun(Folder(arm.Name)), stop);
            }
            catch (Exception e)
            {
                lock (faults) faults.Add(e);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        if (faults.Count > 0) throw new AggregateException(faults);
        Took("training of all arms", clock);
    }

    /// <summary>Every model in every decoding, on the same problems with the same noise.</summary>
    private Dictionary<(string Model, string Decoding), IReadOnlyList<ProblemResult>> Evaluate(
        IReadOnlyList<Problem> problems, out Dictionary<string, List<RolloutRecord>> samples)
    {
        reporter.Say(
            $"3. evaluation: {problems.Count} held-out problems × {options.Samples} answers, each model in each decoding");
        var clock = Stopwatch.StartNew();
        var done = new Dictionary<(string, string), IReadOnlyList<ProblemResult>>();
        samples = [];
        var models = new[] { (Name: QuickstartResult.WarmStartModel, Path: Folder(Start), Own: "") }.Concat(
            Arms.Select(a => (a.Name, Path: NewestOf(a), Own: a.Decoding)));
        foreach (var (name, path, own) in models)
        {
            var setup = new Setup(Common(options, output, 0), path, training: false);
            using var model = setup.MakeModel();
            using var bench = setup.MakeWorkbench(model);
            var prompts = problems.Select(bench.Reader.Read).ToList();
            foreach (var decoding in Decodings)
            {
                reporter.Progress($"evaluating {name}, {decoding.Name}", important: true);
                var shown = new List<RolloutRecord>();
                done[(name, decoding.Name)] = new Evaluator(bench.Generator, setup.Task).Run(
                    prompts, options.Samples, SamplingOf(decoding.Name, setup.Sampling), (ulong)options.Seed,
                    see: group =>
                    {
                        if (decoding.Name == own && shown.Count < 3)
                            shown.Add(RolloutText.Records(options.Steps, group, setup.Tokenizer).First());
                    },
                    cancel: stop);
                if (decoding.Name == own) samples[name] = shown;
            }
        }
        Took("evaluation", clock);
        return done;
    }

    private static SamplingOptions SamplingOf(string decoding, SamplingOptions soft) => decoding switch
    {
        "discrete" => soft with { Law = null },
        "soft" => soft,
        _ => soft with { Law = new Categorical() },
    };

    private static QuickstartEvaluation Evaluation(
        string model, string decoding, IReadOnlyList<ProblemResult> results, ITask task, IReadOnlyList<ProblemResult> warm,
        IReadOnlyList<ProblemResult> control)
    {
        var record = Evaluations.Record(model, decoding, 0, task, results);
        var ks = record.PassAtK.Select(p => p.K).ToList();
        return new QuickstartEvaluation
        {
            Model = model, Decoding = decoding, PassAtK = record.PassAtK, FirstThoughtEntropy = record.FirstThoughtEntropy,
            ToWarmStart = model == QuickstartResult.WarmStartModel
                ? []
                : [.. ks.Select(k => new PassDifference(k, Evaluations.Difference(results, warm, k)))],
            // Only what thinks on the same support is compared with the control: another support is another game.
            ToControl = decoding == "discrete" || model == QuickstartResult.WarmStartModel || ReferenceEquals(results, control)
                ? []
                : [.. ks.Select(k => new PassDifference(k, Evaluations.Difference(results, control, k)))],
        };
    }

    private IReadOnlyList<MetricsEntry> Curve(Arm arm) => MetricsLog.Read(Path.Combine(Folder(arm.Name), "metrics.jsonl"));

    private string NewestOf(Arm arm)
    {
        using var run = RunFolder.View(Folder(arm.Name));
        return run.NewestCheckpoint!;
    }

    private void Took(string what, Stopwatch clock) => _durations.Add(new QuickstartDuration(what, clock.Elapsed.TotalSeconds));
}
