using System.Runtime.InteropServices;
using Softly.Cli.Recipes;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;
using Softly.Tasks.Statistics;
using Softly.Training;
using static TorchSharp.torch;

namespace Softly.Cli.Comparisons;

/// <summary>From what lies in a comparison's folder to what its tables show.</summary>
internal sealed class Findings(
    ComparisonFolder folder, Comparison comparison, Measurements measurements, RateChoice choice, int jobs)
{
    private readonly int[] _ks = [.. Evaluations.Ks.Where(k => k <= comparison.Shared.EvalSamples)];

    /// <summary>
    /// What an arm's runs left: of every start its evaluation, of every run (start by start, seed by seed) the evaluations over
    /// steps, and the last in the common decoding.
    /// </summary>
    private sealed record Found(
        ComparisonArm Arm, IReadOnlyList<EvaluationRecord> Starts, IReadOnlyList<IReadOnlyList<EvaluationRecord>> Curves,
        IReadOnlyList<EvaluationRecord> Common, double SecondsPerStep)
    {
        public IReadOnlyList<EvaluationRecord> Last => [.. Curves.Select(c => c[^1])];
    }

    /// <summary>Reads everything and compares.</summary>
    /// <param name="commandLine">As typed.</param>
    /// <param name="setup">Of the control.</param>
    /// <param name="test">The test problems.</param>
    public ComparisonResult Make(string commandLine, Setup setup, IReadOnlyList<Problem> test)
    {
        var all = comparison.Arms.Select(arm => Read(arm, test)).OfType<Found>().ToList();
        var control = all.Find(f => f.Arm == comparison.Control);
        var reference = comparison.Reference is { } other ? all.Find(f => f.Arm == other) : null;
        var chances = test.Select(setup.Task.GuessChance).ToList();
        var made = comparison.StartSeeds.Where(s => folder.HasStart(comparison.Control.Start, s))
            .Select(s => folder.Start(comparison.Control.Start, s)).FirstOrDefault();
        long parameters = 0;
        if (made is not null)
            using (var model = setup.LoadModel(made, setup.Type)) parameters = model.ParameterCount;
        var shared = comparison.Shared;
        return new ComparisonResult
        {
            Name = comparison.Name, CommandLine = commandLine, Jobs = jobs,
            Machine = new QuickstartMachine(
                Environment.ProcessorCount, $"{RuntimeInformation.FrameworkDescription}, libtorch {__version__}",
                RuntimeInformation.RuntimeIdentifier),
            Task = new QuickstartTask(setup.Task.Name, setup.Task.Description, test.Count, shared.EvalSamples, HeldOut: true),
            WarmStart = new QuickstartWarmStart(parameters, shared.WarmStartSteps, 0, double.NaN),
            Seeds = comparison.Seeds, Steps = shared.MaxSteps, PromptsPerStep = shared.PromptsPerStep,
            GroupSize = shared.NumGenerations,
            Sweep = comparison.LearningRates.Count < 2 ? null : new ComparisonSweep(
                comparison.LearningRates, comparison.SweepSteps, comparison.SweepSeed, comparison.ValidationProblems,
                comparison.ValidationSamples),
            Control = comparison.Control.Name, Reference = comparison.Reference?.Name,
            Guess = chances.Any(c => c is null)
                ? []
                : [.. _ks.Select(k => new PassAt(k, Estimate.Exact(GuessCurve.At(k, chances.Select(c => c!.Value)))))],
            Unfinished = [.. comparison.Arms.Where(arm => all.All(f => f.Arm != arm)).Select(arm => Unfinished(arm, test))],
            Arms = [.. all.Select(found => Arm(found, control, reference))],
            Matched = [.. Levels(all).Select(level => new ComparedLevel(
                level, [.. all.Select(found => Match(found, control, reference, level / 100))]))],
        };
    }

    /// <summary>Everything of an arm; null where something is missing.</summary>
    private Found? Read(ComparisonArm arm, IReadOnlyList<Problem> test)
    {
        var starts = Starts(arm, test);
        if (starts.Any(s => s is null) || choice.Known(arm) is not { } rate) return null;
        var runs = Runs(arm, rate).ToList();
        if (!runs.All(r => ComparisonFolder.Finished(r.Run))) return null;
        var curves = runs.Select(r => (IReadOnlyList<EvaluationRecord>)
            [starts[r.Start]!, .. ComparisonFolder.Curve(r.Run).Where(e => e.Step > 0).OrderBy(e => e.Step)]).ToList();
        List<EvaluationRecord?> common = arm == comparison.Control
            ? [.. curves.Select(c => c[^1])]
            : !folder.IsReadAsControl(arm) ? [] : [.. runs.Select(r => measurements.Find(
                arm, comparison.StartSeeds[r.Start], "common", comparison.Shared.MaxSteps, r.Seed, Ids(test),
                comparison.Shared.EvalSamples))];
        if (common.Any(c => c is null)) return null;
        var times = runs.SelectMany(r => MetricsLog.Read(Path.Combine(r.Run.OutputDir, "metrics.jsonl")))
            .Where(e => e.Metrics.ContainsKey("step_time")).Select(e => e["step_time"]).DefaultIfEmpty(double.NaN);
        return new Found(arm, [.. starts.Select(s => s!)], curves, [.. common.Select(c => c!)], times.Average());
    }

    private List<EvaluationRecord?> Starts(ComparisonArm arm, IReadOnlyList<Problem> test) =>
        [.. comparison.StartSeeds.Select(
            s => measurements.Find(arm, s, "own", 0, null, Ids(test), comparison.Shared.EvalSamples))];

    private IEnumerable<(int Start, int Seed, Recipe Run)> Runs(ComparisonArm arm, double rate) =>
        comparison.StartSeeds.SelectMany((start, i) => comparison.Seeds.Select(
            seed => (i, seed, folder.Run(arm, start, rate, seed))));

    private static List<string> Ids(IReadOnlyList<Problem> test) => [.. test.Select(p => p.Id)];

    private UnfinishedArm Unfinished(ComparisonArm arm, IReadOnlyList<Problem> test)
    {
        var starts = Starts(arm, test).OfType<EvaluationRecord>().ToList();
        return new UnfinishedArm(
            arm.Name, starts.Count, comparison.StartSeeds.Count, choice.Measured(arm).Count,
            choice.IsSwept(arm) ? comparison.LearningRates.Count : 0,
            choice.Known(arm) is { } rate ? Runs(arm, rate).Count(r => ComparisonFolder.Finished(r.Run)) : 0,
            comparison.StartSeeds.Count * comparison.Seeds.Count, starts.Count == 0 ? [] : Rates(starts));
    }

    private ComparedArm Arm(Found found, Found? control, Found? reference) => new()
    {
        Name = found.Arm.Name,
        Changes = found.Arm.Changes,
        LearningRate = choice.Of(found.Arm),
        Sweep = choice.Measured(found.Arm),
        Start = found.Starts is [var single] ? single.PassAtK : [.. _ks.Select(k => new PassAt(
            k, Of(Bootstrap.MeanOverSeeds([.. found.Starts.Select(e => PerProblem(e, k))]))))],
        StartEntropy = found.Starts.Average(e => e.FirstThoughtEntropy ?? double.NaN),
        Own = Rates(found.Last),
        Common = found.Common.Count == 0 ? [] : Rates(found.Common),
        Entropy = found.Last.Average(e => e.FirstThoughtEntropy ?? double.NaN),
        OwnToControl = Differences(found, control, f => f.Last),
        OwnToReference = Differences(found, reference, f => f.Last),
        CommonToControl = Differences(found, control, f => f.Common),
        CommonToReference = Differences(found, reference, f => f.Common),
        Curve = [.. found.Curves[0].Select((e, i) => (e.Step, Rates([.. found.Curves.Select(c => c[i])])))],
        Gradient = Gradient(found.Arm),
        SecondsPerStep = found.SecondsPerStep,
    };

    private IReadOnlyList<SeedRates> Rates(IReadOnlyList<EvaluationRecord> seeds) =>
        [.. _ks.Select(k => new SeedRates(k, [.. seeds.Select(e => e.At(k)!.Value.Share.Value)]))];

    private IReadOnlyList<PassDifference> Differences(
        Found found, Found? other, Func<Found, IReadOnlyList<EvaluationRecord>> of) =>
        other is null || other == found || of(found).Count == 0 || of(other).Count == 0
        ? []
        : [.. _ks.Select(k => new PassDifference(k, Of(Bootstrap.DifferenceOverSeeds(
            [.. of(found).Select(e => PerProblem(e, k))], [.. of(other).Select(e => PerProblem(e, k))]))))];

    private ComparedGradient? Gradient(ComparisonArm arm)
    {
        if (measurements.Gradient(arm) is not { } own) return null;
        var to = comparison.Reference ?? comparison.Control;
        // Gradients of other models cannot be compared.
        var cosine = arm == to || arm.Start != to.Start || measurements.Gradient(to) is not { } other ? double.NaN : own.Cosine(other);
        return new ComparedGradient(own.Batches, own.SignalToNoise, cosine);
    }

    private IReadOnlyList<double> Levels(List<Found> all) => comparison.Match
        ?? [.. Crossing.Levels([.. all.SelectMany(f => f.Curves).Select(Accuracy)]).Select(l => (double)l)];

    private static double[] Accuracy(IReadOnlyList<EvaluationRecord> curve) =>
        [.. curve.Select(e => e.At(1)!.Value.Share.Value)];

    private ComparedMatch Match(Found found, Found? control, Found? reference, double level)
    {
        var crossings = Crossings(found, level);
        var bracketing = Enumerable.Range(0, crossings.Count).Where(s => crossings[s] is not null).ToList();
        double Mean(Func<EvaluationRecord, double> of) => bracketing.Count == 0
            ? double.NaN
            : bracketing.Average(s => crossings[s]!.Value.Of([.. found.Curves[s].Select(of)]));
        return new ComparedMatch(
            found.Arm.Name, bracketing.Count, Mean(e => e.Step), Mean(e => e.FirstThoughtEntropy ?? double.NaN),
            bracketing.Count == 0
                ? []
                : [.. _ks.Select(k => new SeedRates(
                    k, [.. bracketing.Select(s => Between(found, s, crossings[s]!.Value, k).Average())]))],
            MatchedDifferences(found, control, level), MatchedDifferences(found, reference, level));
    }

    private IReadOnlyList<PassDifference> MatchedDifferences(Found found, Found? other, double level)
    {
        if (other is null || other == found) return [];
        var (own, others) = (Crossings(found, level), Crossings(other, level));
        var both = Enumerable.Range(0, own.Count).Where(s => own[s] is not null && others[s] is not null).ToList();
        return both.Count == 0 ? [] : [.. _ks.Select(k => new PassDifference(k, Of(Bootstrap.DifferenceOverSeeds(
            [.. both.Select(s => Between(found, s, own[s]!.Value, k))],
            [.. both.Select(s => Between(other, s, others[s]!.Value, k))]))))];
    }

    private static List<Crossing?> Crossings(Found found, double level) =>
        [.. found.Curves.Select(c => Crossing.Of(Accuracy(c), level))];

    /// <summary>pass@k of every problem at a crossing, on straight lines between the evaluations around it.</summary>
    private static double[] Between(Found found, int seed, Crossing at, int k)
    {
        var (before, after) = (PerProblem(found.Curves[seed][at.Before], k), PerProblem(found.Curves[seed][at.Before + 1], k));
        return [.. before.Zip(after, (a, b) => a + at.Share * (b - a))];
    }

    private static double[] PerProblem(EvaluationRecord record, int k) =>
        [.. record.Problems.Select(p => PassAtK.Unbiased(p.Samples, p.Right, k))];

    private static Estimate Of(Interval interval) => new(interval.Estimate, interval.Low, interval.High);
}
