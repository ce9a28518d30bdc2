using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Comparisons;

/// <summary>
/// The learning rate of every arm: the one whose run has the highest pass@1 on validation problems, the smaller of two equals.
/// A single rate is taken as it is, and so is an arm's own. With several starts the runs begin with the first model of the arm's
/// start.
/// </summary>
/// <param name="folder">Where the runs are.</param>
/// <param name="comparison">Arms and rates.</param>
/// <param name="measurements">Where evaluations are kept.</param>
/// <param name="validation">An arm's recipe that asks the validation problems.</param>
internal sealed class RateChoice(
    ComparisonFolder folder, Comparison comparison, Measurements measurements, Func<ComparisonArm, Recipe> validation)
{
    private IReadOnlyList<string>? _ids;

    /// <summary>Whether an arm's rate is chosen, and not given.</summary>
    public bool IsSwept(ComparisonArm arm) => arm.LearningRate is null && comparison.LearningRates.Count > 1;

    /// <summary>A job for every rate of an arm; none where its rate is given.</summary>
    public IEnumerable<Job> Jobs(ComparisonArm arm, Costs cost, CancellationToken halt) => !IsSwept(arm)
        ? []
        : comparison.LearningRates.Select(rate => new Job(
            $"{arm.Name} {ComparisonFolder.Text(rate)}", Find(arm, rate) is not null ? 0
                : (comparison.SweepSteps - ComparisonFolder.StepsDone(folder.SweepRun(arm, rate))) * cost.Step
                    + cost.Evaluation(comparison.ValidationProblems, comparison.ValidationSamples),
            job =>
            {
                if (Find(arm, rate) is not null) return;
                var recipe = folder.SweepRun(arm, rate);
                if (!CompareRun.TrainOne(recipe, job, halt)) return;
                using var run = RunFolder.View(recipe.OutputDir);
                measurements.Evaluate(
                    validation(arm), run.NewestCheckpoint!, arm, folder.FirstStart, Name(rate), comparison.SweepSteps,
                    comparison.SweepSeed);
            }));

    /// <summary>Rates and their pass@1 as far as measured, ascending; empty where the rate is given.</summary>
    public IReadOnlyList<(double Rate, double Pass)> Measured(ComparisonArm arm) => !IsSwept(arm)
        ? []
        : [.. comparison.LearningRates.Select(rate => (rate, Record: Find(arm, rate))).Where(x => x.Record is not null)
            .Select(x => (x.rate, x.Record!.At(1)?.Share.Value ?? double.NaN))];

    /// <summary>The rate taken; null where not all are measured.</summary>
    public double? Known(ComparisonArm arm)
    {
        if (!IsSwept(arm)) return arm.LearningRate ?? comparison.LearningRates[0];
        var measured = Measured(arm);
        return measured.Count < comparison.LearningRates.Count ? null : measured.MaxBy(m => m.Pass).Rate; // the first of equals
    }

    /// <summary>The rate taken.</summary>
    public double Of(ComparisonArm arm) =>
        Known(arm) ?? throw new InvalidOperationException($"arm {arm.Name}: not all learning rates are measured");

    private EvaluationRecord? Find(ComparisonArm arm, double rate)
    {
        _ids ??= [.. new Setup(validation(comparison.Control), training: false).Problems.Tests()[0].Problems.Select(p => p.Id)];
        return measurements.Find(
            arm, folder.FirstStart, Name(rate), comparison.SweepSteps, comparison.SweepSeed, _ids, comparison.ValidationSamples);
    }

    private static string Name(double rate) => $"own, validation, learning rate {ComparisonFolder.Text(rate)}";
}
