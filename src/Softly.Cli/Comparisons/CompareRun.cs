using System.Diagnostics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Models;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Training;

namespace Softly.Cli.Comparisons;

/// <summary>
/// A comparison from its file to its tables: one start for all arms, what is measured there, a learning rate for every arm, runs
/// with every seed, evaluations, tables. Whatever is in the folder already is not done again.
/// </summary>
/// <param name="output">The comparison's folder.</param>
/// <param name="comparison">What is compared.</param>
/// <param name="jobs">Runs side by side, one thread each.</param>
/// <param name="reporter">Where it speaks.</param>
/// <param name="stop">Asked for by Ctrl-C.</param>
internal sealed class CompareRun(string output, Comparison comparison, int jobs, Reporter reporter, CancellationToken stop)
{
    private readonly ComparisonFolder _folder = new(output, comparison);
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Runs what is not done yet, and writes the tables.</summary>
    /// <param name="commandLine">As typed.</param>
    /// <returns>The exit code.</returns>
    public int Run(string commandLine)
    {
        var setup = Check();
        _folder.Claim();
        using var crew = new Crew(jobs, reporter, stop);
        var measurements = new Measurements(_folder, comparison, crew.Halt);
        var test = setup.Problems.Tests()[0].Problems;
        reporter.Say($"{comparison.Name}: {comparison.Arms.Count} arms × {comparison.Seeds.Count} seeds · {setup.Task.Name} · "
            + $"{test.Count} test problems × {comparison.Shared.EvalSamples} answers · into {output}");

        // All jobs are known before the first begins, so that the estimate holds them all.
        var choice = new RateChoice(_folder, comparison, measurements, Validation);
        var cost = new Costs(0, 0, 0);
        if (!AllFinished(choice)) cost = Costs.Measure(_folder.HasStart ? _folder.Start : null, comparison);
        if (stop.IsCancellationRequested) return Stopped(commandLine);
        var measure = comparison.Arms.Select(arm => new Job(
            arm.Name, cost.Evaluation(test.Count, comparison.Shared.EvalSamples)
                + (measurements.Gradient(arm) is null ? comparison.GradientBatches * cost.Step : 0),
            job => AtStart(arm, measurements, job))).ToList();
        var sweep = choice.Jobs(cost, crew.Halt);
        var runs = comparison.Arms.SelectMany(arm => comparison.Seeds.Select(seed => new Job(
            $"{arm.Name} seed {seed}", RunCost(choice.Known(arm), arm, seed, cost, test.Count),
            job => Train(arm, choice, seed, measurements, job, crew.Halt)))).ToList();
        foreach (var phase in new[] { measure, sweep, runs }) crew.Plan(phase);
        var warm = _folder.HasStart ? 0 : cost.WarmStart;
        if (cost.Step > 0)
            reporter.Say($"about {HumanTime.Format(warm + crew.Left.TotalSeconds)} with {jobs} side by side: "
                + string.Join(", ", new (string Name, double Seconds)[]
                {
                    ("start", warm), ("gradients", measure.Sum(j => j.Planned) / jobs),
                    ("learning rates", sweep.Sum(j => j.Planned) / jobs), ("runs", runs.Sum(j => j.Planned) / jobs),
                }.Where(p => p.Seconds > 0).Select(p => $"{p.Name} {HumanTime.Format(p.Seconds)}")));

        if (!WarmStart()) return Stopped(commandLine);
        foreach (var (name, phase) in new[] { ("start", measure), ("learning rates", sweep), ("runs", runs) })
        {
            crew.Run(name, phase);
            if (stop.IsCancellationRequested) return Stopped(commandLine);
            if (name == "learning rates" && sweep.Count > 0)
                reporter.Say("learning rates: " + string.Join(
                    " · ", comparison.Arms.Select(a => $"{a.Name} {ComparisonFolder.Text(choice.Of(a))}")));
        }

        var result = new Findings(_folder, comparison, measurements, choice, jobs).Make(commandLine, setup, test);
        var page = ComparisonReport.Write(result, output);
        if (reporter.Json) reporter.Document(ComparisonReport.ToJson(result));
        else reporter.Say("\n" + ComparisonReport.ToText(result, Math.Min(100, Reporter.Width)));
        reporter.Say($"tables: {Path.Combine(output, "comparison.md")} · page: {page}\n"
            + $"{HumanTime.Format(_clock.Elapsed)} in all");
        return ExitCode.Ok;
    }

    /// <summary>Every arm made real on a new model, before time is spent: all that cannot work is reported at once.</summary>
    private Setup Check()
    {
        var wrong = new List<string>();
        Setup? control = null;
        foreach (var arm in comparison.Arms)
            try
            {
                var made = new Setup(arm.Recipe with { Threads = 1 });
                if (arm == comparison.Control) control = made;
            }
            catch (UserError e)
            {
                wrong.AddRange(e.Message.Split(Environment.NewLine).Select(line => $"arm '{arm.Name}': {line}"));
            }
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
        if (control!.Problems.Tests().Count > 1)
            throw new UserError("dataset_test names several files: a comparison reports one; name one");
        if (comparison.LearningRates.Count > 1) _ = new Setup(Validation(comparison.Control), training: false);
        return control;
    }

    /// <summary>A recipe that asks the validation problems.</summary>
    private Recipe Validation(ComparisonArm arm) => arm.Recipe with
    {
        EvalPart = "validation", EvalProblems = comparison.ValidationProblems, EvalSamples = comparison.ValidationSamples,
        Threads = 1,
    };

    private bool AllFinished(RateChoice choice) => _folder.HasStart && comparison.Arms.All(
        arm => choice.Known(arm) is { } rate && comparison.Seeds.All(s => ComparisonFolder.Finished(_folder.Run(arm, rate, s))));

    private double RunCost(double? rate, ComparisonArm arm, int seed, Costs cost, int problems)
    {
        var recipe = _folder.Run(arm, rate ?? comparison.LearningRates[0], seed);
        var left = recipe.MaxSteps - (rate is null ? 0 : ComparisonFolder.StepsDone(recipe));
        var evaluations = (left + recipe.EvalSteps - 1) / recipe.EvalSteps + (arm == comparison.Control ? 0 : 1);
        return left * cost.Step + evaluations * cost.Evaluation(problems, recipe.EvalSamples);
    }

    /// <summary>False where it was stopped.</summary>
    private bool WarmStart()
    {
        if (_folder.HasStart) return true;
        // With the base's threads, whatever --jobs is: another number of threads would round otherwise.
        var setup = new Setup(comparison.Shared);
        using var model = setup.MakeModel();
        if (comparison.Shared.WarmStartSteps > 0) new WarmStart(setup, reporter).Run(model, setup.Problems.Train(), stop);
        if (stop.IsCancellationRequested) return false;
        using var whole = new WholeFolder(_folder.Start);
        PretrainedModel.Save(model, whole.Path);
        setup.Tokenizer.Save(whole.Path);
        whole.Complete(replace: false);
        return true;
    }

    private void AtStart(ComparisonArm arm, Measurements measurements, Job job)
    {
        measurements.Evaluate(arm.Recipe, _folder.Start, arm, "own", 0, null);
        if (comparison.GradientBatches > 0)
            measurements.MeasureGradient(arm, done =>
            {
                job.At = $"{done}/{comparison.GradientBatches}";
                job.Share = 0.9 * done / comparison.GradientBatches;
            });
    }

    private void Train(
        ComparisonArm arm, RateChoice choice, int seed, Measurements measurements, Job job, CancellationToken halt)
    {
        var recipe = _folder.Run(arm, choice.Of(arm), seed);
        if (!TrainOne(recipe, job, halt) || arm == comparison.Control) return;
        using var run = RunFolder.View(recipe.OutputDir);
        measurements.Evaluate(comparison.Control.Recipe, run.NewestCheckpoint!, arm, "common", recipe.MaxSteps, seed);
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

    private int Stopped(string commandLine)
    {
        reporter.Say($"stopped; go on with the same command: {commandLine}");
        return ExitCode.Stopped;
    }
}
