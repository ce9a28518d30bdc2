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

    /// <summary>What an arm's runs left: for each seed the evaluations over steps, and the last in the common decoding.</summary>
    private sealed record Found(
        ComparisonArm Arm, EvaluationRecord Start, IReadOnlyList<IReadOnlyList<EvaluationRecord>> Curves,
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
        var all = comparison.Arms.Select(arm => Read(arm, test)).ToList();
        var control = all.Single(f => f.Arm == comparison.Control);
        var reference = comparison.Reference is { } other ? all.Single(f => f.Arm == other) : null;
        var chances = test.Select(setup.Task.GuessChance).ToList();
        long parameters;
        using (var model = setup.LoadModel(folder.Start, setup.Type)) parameters = model.ParameterCount;
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
            Arms = [.. all.Select(found => Arm(found, control, reference))],
            Matched = [.. Levels(all).Select(level => new ComparedLevel(
                level, [.. all.Select(found => Match(found, control, reference, level / 100))]))],
        };
    }

    private Found Read(ComparisonArm arm, IReadOnlyList<Problem> test)
    {
        var ids = test.Select(p => p.Id).ToList();
        var samples = comparison.Shared.EvalSamples;
        var start = measurements.Find(arm, "own", 0, null, ids, samples)!;
        var runs = comparison.Seeds.Select(seed => folder.Run(arm, choice.Of(arm), seed)).ToList();
        var curves = runs.Select(run => (IReadOnlyList<EvaluationRecord>)
            [start, .. ComparisonFolder.Curve(run).Where(e => e.Step > 0).OrderBy(e => e.Step)]).ToList();
        var times = runs.SelectMany(run => MetricsLog.Read(Path.Combine(run.OutputDir, "metrics.jsonl")))
            .Where(e => e.Metrics.ContainsKey("step_time")).Select(e => e["step_time"]).DefaultIfEmpty(double.NaN);
        return new Found(
            arm, start, curves,
            arm == comparison.Control
                ? [.. curves.Select(c => c[^1])]
                : [.. comparison.Seeds.Select(
                    s => measurements.Find(arm, "common", comparison.Shared.MaxSteps, s, ids, samples)!)],
            times.Average());
    }

    private ComparedArm Arm(Found found, Found control, Found? reference) => new()
    {
        Name = found.Arm.Name,
        Changes = found.Arm.Changes,
        LearningRate = choice.Of(found.Arm),
        Sweep = choice.Measured(found.Arm),
        Start = found.Start.PassAtK,
        StartEntropy = found.Start.FirstThoughtEntropy ?? double.NaN,
        Own = Rates(found.Last),
        Common = Rates(found.Common),
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
        Found found, Found? other, Func<Found, IReadOnlyList<EvaluationRecord>> of) => other is null || other == found
        ? []
        : [.. _ks.Select(k => new PassDifference(k, Of(Bootstrap.DifferenceOverSeeds(
            [.. of(found).Select(e => PerProblem(e, k))], [.. of(other).Select(e => PerProblem(e, k))]))))];

    private ComparedGradient? Gradient(ComparisonArm arm)
    {
        if (measurements.Gradient(arm) is not { } own) return null;
        var to = comparison.Reference ?? comparison.Control;
        var cosine = arm == to || measurements.Gradient(to) is not { } other ? double.NaN : own.Cosine(other);
        return new ComparedGradient(own.Batches, own.SignalToNoise, cosine);
    }

    private IReadOnlyList<double> Levels(List<Found> all) => comparison.Match
        ?? [.. Crossing.Levels([.. all.SelectMany(f => f.Curves).Select(Accuracy)]).Select(l => (double)l)];

    private static double[] Accuracy(IReadOnlyList<EvaluationRecord> curve) =>
        [.. curve.Select(e => e.At(1)!.Value.Share.Value)];

    private ComparedMatch Match(Found found, Found control, Found? reference, double level)
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
