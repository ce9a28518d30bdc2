using System.Diagnostics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Models;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Cli.Comparisons;

/// <summary>
/// A comparison from its file to its tables: the starts, what is measured there, a learning rate for every arm, runs from every
/// start with every seed, evaluations, tables. Whatever is in the folder already is not done again.
/// </summary>
/// <param name="output">The comparison's folder.</param>
/// <param name="comparison">What is compared.</param>
/// <param name="jobs">Runs side by side, one thread each.</param>
/// <param name="reporter">Where it speaks.</param>
/// <param name="stop">Asked for by Ctrl-C.</param>
internal sealed class CompareRun(string output, Comparison comparison, int jobs, Reporter reporter, CancellationToken stop)
{
    /// <summary>Phases by name, as <see cref="Done"/> is told them.</summary>
    public const string Estimate = "estimate", WarmStarts = "warm starts", AtTheStart = "at the start";

    private readonly ComparisonFolder _folder = new(output, comparison);
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>The arms that are worked on; tables show all that are finished. Default all.</summary>
    public IReadOnlyList<ComparisonArm> Only { get; init; } = comparison.Arms;

    /// <summary>Told the name of a phase when all of it is done, and the seconds it took.</summary>
    public Action<string, double>? Done { get; init; }

    /// <summary>Runs what is not done yet, and writes the tables.</summary>
    /// <param name="commandLine">As typed.</param>
    /// <returns>The exit code.</returns>
    public int Run(string commandLine)
    {
        if (Work()) return Report(commandLine, $"{HumanTime.Format(_clock.Elapsed)} in all");
        reporter.Say($"stopped; go on with the same command: {commandLine}");
        return ExitCode.Stopped;
    }

    /// <summary>Runs what is not done yet, and writes no tables. False where it was stopped.</summary>
    public bool Work()
    {
        var setup = Check();
        _folder.Check();
        using var hold = _folder.Hold();
        _folder.Claim(Only);
        using var crew = new Crew(jobs, reporter, stop);
        var measurements = new Measurements(_folder, comparison, crew.Halt);
        var test = setup.Problems.Tests()[0].Problems;
        reporter.Say($"{comparison.Name}: {Only.Count} arms × "
            + (comparison.SeveralStarts ? $"{Count(comparison.StartSeeds.Count, "start seed")} × " : "")
            + $"{Count(comparison.Seeds.Count, "seed")} · {setup.Task.Name} · "
            + $"{test.Count} test problems × {comparison.Shared.EvalSamples} answers · into {output}");

        // All jobs are known before the first begins, so that the estimate holds them all.
        var choice = new RateChoice(_folder, comparison, measurements, Validation);
        var costs = TryOut(choice, measurements);
        Done?.Invoke(Estimate, _clock.Elapsed.TotalSeconds);
        if (stop.IsCancellationRequested) return false;
        var alone = !comparison.SeveralStarts && !HasStart(Starts[0]);
        var starts = !comparison.SeveralStarts ? [] : Starts.Where(s => !HasStart(s)).Select(s => new Job(
            $"{s.Start.Name} {s.Seed}", costs[s.Start].WarmStart, job => Make(s.Start, s.Seed, job, crew.Halt))).ToList();
        var measure = Only.SelectMany(arm => comparison.StartSeeds.Select(seed => new Job(
            Named(arm, seed), MeasureCost(arm, seed, costs[arm.Start], measurements, test),
            job => AtStart(arm, seed, measurements, job)))).ToList();
        var sweep = Only.SelectMany(arm => choice.Jobs(arm, costs[arm.Start], crew.Halt)).ToList();
        var runs = Only.SelectMany(arm => comparison.StartSeeds.SelectMany(start => comparison.Seeds.Select(seed => new Job(
            $"{Named(arm, start)} seed {seed}", RunCost(choice.Known(arm), arm, start, seed, costs[arm.Start], test.Count),
            job => Train(arm, choice, start, seed, measurements, job, crew.Halt))))).ToList();
        var audits = comparison.AuditProblems == 0 ? [] : Only.SelectMany(arm => comparison.StartSeeds.Select(seed => new Job(
            Named(arm, seed), AuditCost(choice.Known(arm), arm, seed, costs[arm.Start], measurements),
            job => measurements.MakeAudit(arm, FirstRun(arm, seed, choice.Of(arm)), share => job.Share = share)))).ToList();
        (string Name, List<Job> Jobs)[] phases =
        [
            (WarmStarts, starts), (AtTheStart, measure), ("learning rates", sweep), ("runs", runs),
            ("audits of the thoughts", audits),
        ];
        foreach (var (_, phase) in phases) crew.Plan(phase);
        var first = alone ? costs[Starts[0].Start].WarmStart : 0;
        if (costs.Values.Any(c => c.Step > 0))
            reporter.Say($"about {HumanTime.Format(first + crew.Left.TotalSeconds)} with {jobs} side by side: "
                + string.Join(", ", phases.Select(p => (p.Name, Seconds: p.Jobs.Sum(j => j.Planned) / jobs))
                    .Prepend((Name: "warm start", Seconds: first)).Where(p => p.Seconds > 0)
                    .Select(p => $"{p.Name} {HumanTime.Format(p.Seconds)}")));

        if (alone && !WarmStart()) return false;
        foreach (var (name, phase) in phases)
        {
            var clock = Stopwatch.StartNew();
            crew.Run(name, phase);
            if (stop.IsCancellationRequested) return false;
            if (phase.Count > 0) Done?.Invoke(name, clock.Elapsed.TotalSeconds);
            if (name == "learning rates" && sweep.Count > 0)
                reporter.Say("learning rates: " + string.Join(
                    " · ", Only.Select(a => $"{a.Name} {ComparisonFolder.Text(choice.Of(a))}")));
        }
        return true;

        static string Count(int n, string what) => n == 1 ? $"1 {what}" : $"{n} {what}s";
    }

    /// <summary>
    /// Writes the tables of what is finished, and does nothing else; also while another process works in the folder.
    /// </summary>
    /// <param name="commandLine">As typed.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UserError">There is nothing yet, or it is of another comparison.</exception>
    public int ReportOnly(string commandLine)
    {
        if (!Directory.Exists(Path.Combine(output, "arms")))
            throw new UserError($"{output} holds no comparison yet: leave --report out to begin it");
        _folder.Check();
        return Report(commandLine, null);
    }

    /// <summary>What is finished, compared.</summary>
    /// <param name="commandLine">As typed.</param>
    public ComparisonResult Result(string commandLine)
    {
        var setup = new Setup(comparison.Control.Recipe with { Threads = 1 }, training: false);
        var measurements = new Measurements(_folder, comparison, stop);
        var choice = new RateChoice(_folder, comparison, measurements, Validation);
        return new Findings(_folder, comparison, measurements, choice, jobs)
            .Make(commandLine, setup, setup.Problems.Tests()[0].Problems);
    }

    private int Report(string commandLine, string? time)
    {
        var result = Result(commandLine);
        var page = ComparisonReport.Write(result, output);
        if (reporter.Json) reporter.Document(ComparisonReport.ToJson(result));
        else reporter.Say("\n" + ComparisonReport.ToText(result, Math.Min(100, Reporter.Width)));
        reporter.Say($"tables: {Path.Combine(output, "comparison.md")} · page: {page}{(time is null ? "" : "\n" + time)}");
        return ExitCode.Ok;
    }

    /// <summary>The models that the arms worked on need.</summary>
    private List<(ComparisonStart Start, int Seed)> Starts =>
        [.. comparison.Starts.Where(s => Only.Any(a => a.Start == s))
            .SelectMany(s => comparison.StartSeeds.Select(seed => (s, seed)))];

    private bool HasStart((ComparisonStart Start, int Seed) model) => _folder.HasStart(model.Start, model.Seed);

    private string Named(ComparisonArm arm, int startSeed) =>
        comparison.SeveralStarts ? $"{arm.Name} start {startSeed}" : arm.Name;

    /// <summary>
    /// Every arm made real on a new model, then every start, before time is spent: all that cannot work is reported at once. An
    /// arm goes on from a start and does not make it: how its own thoughts would be taught does not matter.
    /// </summary>
    private Setup Check()
    {
        var wrong = new List<string>();
        var made = new Dictionary<ComparisonArm, Setup>();
        void Try(string what, Action make)
        {
            try
            {
                make();
            }
            catch (UserError e)
            {
                wrong.AddRange(e.Message.Split(Environment.NewLine).Select(line => $"{what}: {line}"));
            }
        }
        foreach (var arm in comparison.Arms)
            Try($"arm '{arm.Name}'", () => made[arm] = new Setup(arm.Recipe with { Threads = 1, WarmStartSteps = 0 }));
        if (wrong.Count == 0)
            foreach (var start in comparison.Starts)
                Try(comparison.SeveralStarts ? $"start '{start.Name}'" : "the common start",
                    () => _ = new Setup(start.Recipe with { Threads = 1 }));
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
        var control = made[comparison.Control];
        if (control.Problems.Tests().Count > 1)
            throw new UserError("dataset_test names several files: a comparison reports one; name one");
        var asked = Asked(control);
        foreach (var (arm, setup) in made)
            if (!Asked(setup).SequenceEqual(asked))
                throw new UserError($"arm '{arm.Name}' would be asked other test problems than '{comparison.Control.Name}': "
                    + "keys that change the task's problems belong into the base, so that all arms have the same");
        if (comparison.Arms.Any(a => a.LearningRate is null) && comparison.LearningRates.Count > 1)
            _ = new Setup(Validation(comparison.Control), training: false);
        return control;

        static IEnumerable<(string, string)> Asked(Setup of) => of.Problems.Tests()[0].Problems.Select(p => (p.Id, p.Prompt));
    }

    /// <summary>A recipe that asks the validation problems.</summary>
    private Recipe Validation(ComparisonArm arm) => arm.Recipe with
    {
        EvalPart = "validation", EvalProblems = comparison.ValidationProblems, EvalSamples = comparison.ValidationSamples,
        Threads = 1,
    };

    /// <summary>
    /// What things cost from every start, tried with one of its arms; nothing is tried where nothing is left to do.
    /// </summary>
    private Dictionary<ComparisonStart, Costs> TryOut(RateChoice choice, Measurements measurements)
    {
        var costs = new Dictionary<ComparisonStart, Costs>();
        foreach (var start in Starts.Select(s => s.Start).Distinct())
        {
            var arms = Only.Where(a => a.Start == start).ToList();
            // Where a model is still to be made, making one is tried too.
            var made = comparison.StartSeeds.All(s => _folder.HasStart(start, s))
                ? _folder.Start(start, _folder.FirstStart)
                : null;
            costs[start] = stop.IsCancellationRequested || arms.All(a => AllFinished(a, choice, measurements))
                ? new Costs(0, 0, 0)
                : Costs.Measure(made, arms.Find(a => a == comparison.Control) ?? arms[0]);
        }
        return costs;
    }

    /// <summary>The run of an arm whose thoughts are audited.</summary>
    private Recipe FirstRun(ComparisonArm arm, int startSeed, double rate) =>
        _folder.Run(arm, startSeed, rate, comparison.Seeds[0]);

    private double AuditCost(double? rate, ComparisonArm arm, int startSeed, Costs cost, Measurements measurements) =>
        rate is { } known && measurements.Audit(FirstRun(arm, startSeed, known)) != default
            ? 0
            : AuditConditions.Meanings.Count * cost.Evaluation(comparison.AuditProblems, comparison.AuditSamples);

    private bool AllFinished(ComparisonArm arm, RateChoice choice, Measurements measurements) =>
        comparison.StartSeeds.All(s => _folder.HasStart(arm.Start, s)) && choice.Known(arm) is { } rate
        && comparison.StartSeeds.All(start => comparison.Seeds.All(
            seed => ComparisonFolder.Finished(_folder.Run(arm, start, rate, seed)))
            && (comparison.AuditProblems == 0 || measurements.Audit(FirstRun(arm, start, rate)) != default));

    private double MeasureCost(
        ComparisonArm arm, int startSeed, Costs cost, Measurements measurements, IReadOnlyList<Problem> test)
    {
        var samples = comparison.Shared.EvalSamples;
        var evaluated = measurements.Find(arm, startSeed, "own", 0, null, [.. test.Select(p => p.Id)], samples) is not null;
        return (evaluated ? 0 : cost.Evaluation(test.Count, samples))
            + (NeedsGradient(startSeed) && measurements.Gradient(arm) is null ? comparison.GradientBatches * cost.Step : 0);
    }

    private bool NeedsGradient(int startSeed) => comparison.GradientBatches > 0 && startSeed == _folder.FirstStart;

    private double RunCost(double? rate, ComparisonArm arm, int startSeed, int seed, Costs cost, int problems)
    {
        var recipe = _folder.Run(arm, startSeed, rate ?? comparison.LearningRates[0], seed);
        if (rate is not null && ComparisonFolder.Finished(recipe)) return 0;
        var left = recipe.MaxSteps - (rate is null ? 0 : ComparisonFolder.StepsDone(recipe));
        var evaluations = (left + recipe.EvalSteps - 1) / recipe.EvalSteps + (_folder.IsReadAsControl(arm) ? 1 : 0);
        return left * cost.Step + evaluations * cost.Evaluation(problems, recipe.EvalSamples);
    }

    /// <summary>The one start of a comparison with one. False where it was stopped.</summary>
    private bool WarmStart()
    {
        var (start, seed) = Starts[0];
        return Teach(_folder.StartRecipe(start, seed), _folder.Start(start, seed), reporter, null, stop);
    }

    private void Make(ComparisonStart start, int seed, Job job, CancellationToken halt)
    {
        if (_folder.HasStart(start, seed)) return;
        var recipe = _folder.StartRecipe(start, seed);
        Teach(recipe, _folder.Start(start, seed), Reporter.Quiet, step =>
        {
            job.At = $"{step}/{recipe.WarmStartSteps}";
            job.Share = 0.99 * step / recipe.WarmStartSteps;
        }, halt);
    }

    /// <summary>Makes a start, whole or not at all. False where it was stopped.</summary>
    private static bool Teach(Recipe recipe, string place, Reporter reporter, Action<int>? seen, CancellationToken stop)
    {
        var setup = new Setup(recipe);
        using var model = setup.MakeModel();
        if (recipe.WarmStartSteps > 0) new WarmStart(setup, reporter) { Seen = seen }.Run(model, setup.Problems.Train(), stop);
        if (stop.IsCancellationRequested) return false;
        using var whole = new WholeFolder(place);
        PretrainedModel.Save(model, whole.Path);
        setup.Tokenizer.Save(whole.Path);
        whole.Complete(replace: false);
        return true;
    }

    private void AtStart(ComparisonArm arm, int startSeed, Measurements measurements, Job job)
    {
        measurements.Evaluate(arm.Recipe, _folder.Start(arm.Start, startSeed), arm, startSeed, "own", 0, null);
        if (NeedsGradient(startSeed))
            measurements.MeasureGradient(arm, done =>
            {
                job.At = $"{done}/{comparison.GradientBatches}";
                job.Share = 0.9 * done / comparison.GradientBatches;
            });
    }

    private void Train(
        ComparisonArm arm, RateChoice choice, int startSeed, int seed, Measurements measurements, Job job, CancellationToken halt)
    {
        var recipe = _folder.Run(arm, startSeed, choice.Of(arm), seed);
        if (!TrainOne(recipe, job, halt) || !_folder.IsReadAsControl(arm)) return;
        using var run = RunFolder.View(recipe.OutputDir);
        measurements.Evaluate(
            comparison.Control.Recipe, run.NewestCheckpoint!, arm, startSeed, "common", recipe.MaxSteps, seed);
    }

    /// <summary>Trains a run to its end, or goes on with it. False where it was stopped.</summary>
    internal static bool TrainOne(Recipe recipe, Job job, CancellationToken halt)
    {
        if (ComparisonFolder.Finished(recipe)) return true;
        var before = ComparisonFolder.StepsDone(recipe);
        var run = new TrainingRun(new Setup(recipe), Reporter.Quiet)
        {
            EvaluateStart = false,
            Seen = (report, _) =>
            {
                job.At = $"{report.Step}/{recipe.MaxSteps}";
                job.Share = 0.95 * (report.Step - before) / Math.Max(1, recipe.MaxSteps - before);
            },
        };
        return run.Run(RunFolder.IsRun(recipe.OutputDir), halt) == ExitCode.Ok;
    }
}
