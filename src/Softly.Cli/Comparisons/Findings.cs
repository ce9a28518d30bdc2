using System.Runtime.InteropServices;
using Softly.Cli.Recipes;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;
using Softly.Tasks.Statistics;
using static TorchSharp.torch;

namespace Softly.Cli.Comparisons;

/// <summary>From what lies in a comparison's folder to what its tables show.</summary>
internal sealed class Findings(
    ComparisonFolder folder, Comparison comparison, Measurements measurements, RateChoice choice, int jobs)
{
    private readonly int[] _ks = [.. Evaluations.Ks.Where(k => k <= comparison.Shared.EvalSamples)];
    private readonly bool _several = comparison.SeveralStarts;

    /// <summary>A run: its recipe, the evaluations over steps, the start first, and the last in the common decoding.</summary>
    private sealed record FoundRun(Recipe Recipe, IReadOnlyList<EvaluationRecord> Curve, EvaluationRecord? Common)
    {
        public EvaluationRecord Last => Curve[^1];
    }

    /// <summary>What an arm left: of every start its evaluation and its runs, seed by seed.</summary>
    private sealed record Found(
        ComparisonArm Arm, IReadOnlyList<EvaluationRecord> Starts, IReadOnlyList<IReadOnlyList<FoundRun>> Runs,
        double SecondsPerStep)
    {
        public IReadOnlyList<FoundRun> All => [.. Runs.SelectMany(start => start)];
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
        var shared = comparison.Shared;
        return new ComparisonResult
        {
            Name = comparison.Name, CommandLine = commandLine, Jobs = jobs,
            Machine = new QuickstartMachine(
                Environment.ProcessorCount, $"{RuntimeInformation.FrameworkDescription}, libtorch {__version__}",
                RuntimeInformation.RuntimeIdentifier),
            Task = new QuickstartTask(setup.Task.Name, setup.Task.Description, test.Count, shared.EvalSamples, HeldOut: true),
            WarmStart = new QuickstartWarmStart(
                Parameters(comparison.Control.Start, setup), comparison.Control.Start.Recipe.WarmStartSteps, 0, double.NaN),
            Starts = !_several ? [] : [.. comparison.Starts.Select(s => new ComparedStart(
                s.Name, s.Changes, Parameters(s, setup), s.Recipe.WarmStartSteps))],
            StartSeeds = _several ? comparison.StartSeeds : [],
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

    /// <summary>Parameters of a start's models; 0 where none is made yet.</summary>
    private long Parameters(ComparisonStart start, Setup setup)
    {
        var seed = comparison.StartSeeds.Select(s => (int?)s).FirstOrDefault(s => folder.HasStart(start, s!.Value));
        if (seed is null) return 0;
        using var model = setup.LoadModel(folder.Start(start, seed.Value), setup.Type);
        return model.ParameterCount;
    }

    /// <summary>Everything of an arm; null where something is missing.</summary>
    private Found? Read(ComparisonArm arm, IReadOnlyList<Problem> test)
    {
        var starts = Starts(arm, test);
        if (starts.Any(s => s is null) || choice.Known(arm) is not { } rate) return null;
        if (!Runs(arm, rate).All(ComparisonFolder.Finished)) return null;
        var runs = comparison.StartSeeds.Select((start, i) => comparison.Seeds.Select(seed =>
        {
            var run = folder.Run(arm, start, rate, seed);
            IReadOnlyList<EvaluationRecord> curve =
                [starts[i]!, .. ComparisonFolder.Curve(run).Where(e => e.Step > 0).OrderBy(e => e.Step)];
            return new FoundRun(run, curve, arm == comparison.Control ? curve[^1] : !folder.IsReadAsControl(arm) ? null
                : measurements.Find(
                    arm, start, "common", comparison.Shared.MaxSteps, seed, Ids(test), comparison.Shared.EvalSamples));
        }).ToList()).ToList();
        if (folder.IsReadAsControl(arm) && runs.Any(start => start.Any(r => r.Common is null))) return null;
        var times = runs.SelectMany(start => start).SelectMany(r => Steps(r.Recipe))
            .Where(e => e.Metrics.ContainsKey("step_time")).Select(e => e["step_time"]).DefaultIfEmpty(double.NaN);
        return new Found(arm, [.. starts.Select(s => s!)], runs, times.Average());
    }

    private static IReadOnlyList<MetricsEntry> Steps(Recipe run) =>
        MetricsLog.Read(Path.Combine(run.OutputDir, "metrics.jsonl"));

    private List<EvaluationRecord?> Starts(ComparisonArm arm, IReadOnlyList<Problem> test) =>
        [.. comparison.StartSeeds.Select(
            s => measurements.Find(arm, s, "own", 0, null, Ids(test), comparison.Shared.EvalSamples))];

    private IEnumerable<Recipe> Runs(ComparisonArm arm, double rate) =>
        comparison.StartSeeds.SelectMany(start => comparison.Seeds.Select(seed => folder.Run(arm, start, rate, seed)));

    private static List<string> Ids(IReadOnlyList<Problem> test) => [.. test.Select(p => p.Id)];

    private UnfinishedArm Unfinished(ComparisonArm arm, IReadOnlyList<Problem> test)
    {
        var starts = Starts(arm, test).OfType<EvaluationRecord>().ToList();
        return new UnfinishedArm(
            arm.Name, starts.Count, comparison.StartSeeds.Count, choice.Measured(arm).Count,
            choice.IsSwept(arm) ? comparison.LearningRates.Count : 0,
            choice.Known(arm) is { } rate ? Runs(arm, rate).Count(ComparisonFolder.Finished) : 0,
            comparison.StartSeeds.Count * comparison.Seeds.Count, starts.Count == 0 ? [] : Rates(starts));
    }

    private ComparedArm Arm(Found found, Found? control, Found? reference) => new()
    {
        Name = found.Arm.Name,
        Changes = found.Arm.Changes,
        LearningRate = choice.Of(found.Arm),
        Sweep = choice.Measured(found.Arm),
        Start = _several
            ? [.. _ks.Select(k => new PassAt(k, Before(found, k).Mean()))]
            : found.Starts[0].PassAtK,
        StartEntropy = found.Starts.Average(e => e.FirstThoughtEntropy ?? double.NaN),
        Starts = _several ? OverStarts(found, control, reference) : null,
        Own = Rates(found.All.Select(r => r.Last)),
        Common = HasCommon(found) ? Rates(found.All.Select(r => r.Common!)) : [],
        Entropy = found.All.Average(r => r.Last.FirstThoughtEntropy ?? double.NaN),
        OwnToControl = Differences(found, control, After),
        OwnToReference = Differences(found, reference, After),
        CommonToControl = CommonDifferences(found, control),
        CommonToReference = CommonDifferences(found, reference),
        Curve = [.. found.All[0].Curve.Select((e, i) => (e.Step, Rates(found.All.Select(r => r.Curve[i]))))],
        Gradient = Gradient(found.Arm),
        SecondsPerStep = found.SecondsPerStep,
        Audit = Audit(found),
    };

    /// <summary>The audits of an arm's first runs; null where one is not made yet.</summary>
    private ComparedAudit? Audit(Found found)
    {
        var made = found.Runs.Select(runs => measurements.Audit(runs[0].Recipe)).ToList();
        if (made.Any(m => m == default)) return null;
        List<PartAudit> audits = [.. made.Select(m => m.Audit).OfType<PartAudit>()];
        return new ComparedAudit(
            audits.Count == 0 ? [] : [.. AuditConditions.Meanings.Keys.Where(c => audits.All(a => Has(a, c)))
                .Select(c => (c, new Reached([.. audits.Select(a => new[] { PerProblem(a, c) })], _several).Mean()))],
            audits, [.. made.Select(m => m.Reason).OfType<string>()]);

        static bool Has(PartAudit audit, string condition) => audit.Problems.Any(p => p.Counts.ContainsKey(condition));

        static IReadOnlyDictionary<string, double> PerProblem(PartAudit audit, string condition) => audit.Problems
            .Where(p => p.Counts.GetValueOrDefault(condition).Judged > 0)
            .ToDictionary(p => p.Id, p => p.Counts[condition].Right / (double)p.Counts[condition].Judged);
    }

    private ComparedStarts OverStarts(Found found, Found? control, Found? reference)
    {
        var (own, theirs) = (Cost(found), control is null ? null : Cost(control));
        return new ComparedStarts
        {
            Start = found.Arm.Start.Name,
            Own = [.. _ks.Select(k => new PassAt(k, After(found, k).Mean()))],
            Gain = [.. _ks.Select(k => new PassDifference(k, After(found, k).Minus(Before(found, k), sameStarts: true)))],
            StartToControl = Differences(found, control, Before),
            BySeed = [.. comparison.StartSeeds.Select((seed, i) => new ComparedStartSeed(
                seed, Rates([found.Starts[i]]), Rates(found.Runs[i].Select(r => r.Last))))],
            Cost = own,
            EqualPositions = own is null || theirs is null ? null : Budget(found, control!, reference, c => (0, c.Positions)),
            EqualFlops = own is null || theirs is null ? null : Budget(found, control!, reference, c => (c.PromptFlops, c.Flops)),
        };
    }

    private Reached After(Found found, int k) => After(found, (double)k);

    private Reached After(Found found, double answers) =>
        Reached.Of(found.Runs.Select(start => start.Select(r => r.Last)), answers, _several);

    private Reached Before(Found found, int k) => Reached.Of(found.Starts.Select(e => new[] { e }), k, _several);

    private Reached Common(Found found, int k) =>
        Reached.Of(found.Runs.Select(start => start.Select(r => r.Common!)), k, _several);

    private static bool HasCommon(Found found) => found.All.All(r => r.Common is not null);

    private List<SeedRates> Rates(IEnumerable<EvaluationRecord> runs) =>
        [.. _ks.Select(k => new SeedRates(k, [.. runs.Select(e => Mean(e, k))]))];

    /// <summary>pass@k; NaN where no problem has answers enough that could be judged.</summary>
    private static double Mean(EvaluationRecord record, int k) =>
        Reached.PerProblem(record, k).Values.DefaultIfEmpty(double.NaN).Average();

    private IReadOnlyList<PassDifference> Differences(Found found, Found? other, Func<Found, int, Reached> of) =>
        other is null || other == found
            ? []
            : [.. _ks.Select(k => new PassDifference(k, of(found, k).Minus(of(other, k), found.Arm.Start == other.Arm.Start)))];

    private IReadOnlyList<PassDifference> CommonDifferences(Found found, Found? other) =>
        HasCommon(found) && other is not null && HasCommon(other) ? Differences(found, other, Common) : [];

    private ComparedGradient? Gradient(ComparisonArm arm)
    {
        if (measurements.Gradient(arm) is not { } own) return null;
        var to = comparison.Reference ?? comparison.Control;
        // Gradients of other models cannot be compared.
        var cosine = arm == to || arm.Start != to.Start || measurements.Gradient(to) is not { } other
            ? double.NaN
            : own.Cosine(other);
        return new ComparedGradient(own.Batches, own.SignalToNoise, cosine);
    }

    // What things cost, and what the same money buys.

    private readonly Dictionary<string, ComparedCost?> _costs = [];

    private ComparedCost? Cost(Found found)
    {
        if (!_costs.TryGetValue(found.Arm.Name, out var known)) known = _costs[found.Arm.Name] = Reckon(found);
        return known;
    }

    private ComparedCost? Reckon(Found found)
    {
        using var weights = PretrainedWeights.Open(
            folder.Start(found.Arm.Start, comparison.StartSeeds[0]), ModelName.Find);
        var work = new ModelWork(weights.Config);
        if (Expense.OfAnswers(work, [.. found.All.Select(r => r.Last)]) is not { } answer) return null;
        var training = found.All
            .Select(r => Expense.OfTraining(work, r.Recipe, Steps(r.Recipe), answer.PromptPositions)).ToList();
        return new ComparedCost(answer, training.Average(t => t.Positions), training.Average(t => t.Flops));
    }

    private ComparedBudget Budget(
        Found found, Found control, Found? reference, Func<AnswerCost, (double Once, double Each)> of)
    {
        var most = comparison.Shared.EvalSamples;
        (double Once, double Each) Price(Found arm) => of(Cost(arm)!.Answer);
        double Answers(Found arm, int k) => Expense.Afforded(Price(arm), Price(control), k);
        Reached For(Found arm, int k) => After(arm, Math.Min(most, Answers(arm, k)));
        return new ComparedBudget(
            Price(found).Each / Price(control).Each,
            [.. _ks.Select(k => new BudgetedPass(k, Answers(found, k), For(found, k).Mean(), Answers(found, k) > most))],
            Differences(found, control, For),
            reference is null || Cost(reference) is null ? [] : Differences(found, reference, For));
    }

    // The arms where their pass@1 was the same.

    private IReadOnlyList<double> Levels(List<Found> all) => all.Count == 0 ? [] : comparison.Match
        ?? [.. Crossing.Levels([.. all.SelectMany(f => f.All).Select(r => Accuracy(r.Curve))]).Select(l => (double)l)];

    private static double[] Accuracy(IReadOnlyList<EvaluationRecord> curve) => [.. curve.Select(e => Mean(e, 1))];

    private ComparedMatch Match(Found found, Found? control, Found? reference, double level)
    {
        var bracketing = found.All.Select(r => (r.Curve, At: Crossing.Of(Accuracy(r.Curve), level))).Where(x => x.At is not null)
            .Select(x => (x.Curve, At: x.At!.Value)).ToList();
        double Mean(Func<EvaluationRecord, double> of) => bracketing.Count == 0
            ? double.NaN
            : bracketing.Average(x => x.At.Of([.. x.Curve.Select(of)]));
        return new ComparedMatch(
            found.Arm.Name, bracketing.Count, Mean(e => e.Step), Mean(e => e.FirstThoughtEntropy ?? double.NaN),
            bracketing.Count == 0
                ? []
                : [.. _ks.Select(k => new SeedRates(
                    k, [.. bracketing.Select(x => Between(x.Curve, x.At, k).Values.DefaultIfEmpty(double.NaN).Average())]))],
            MatchedDifferences(found, control, level), MatchedDifferences(found, reference, level));
    }

    /// <summary>
    /// Over the runs in which both bracket the level where the starts are the same; else over those in which each does.
    /// </summary>
    private IReadOnlyList<PassDifference> MatchedDifferences(Found found, Found? other, double level)
    {
        if (other is null || other == found) return [];
        var same = found.Arm.Start == other.Arm.Start;
        var (own, others) = (Crossings(found, level), Crossings(other, level));
        bool Both(int start, int seed) => own[start][seed] is not null && others[start][seed] is not null;
        var (a, b) = (Pick(own, (s, r) => same ? Both(s, r) : own[s][r] is not null),
            Pick(others, (s, r) => same ? Both(s, r) : others[s][r] is not null));
        return a.Count == 0 || b.Count == 0
            ? []
            : [.. _ks.Select(k => new PassDifference(k, At(found, a, own, k).Minus(At(other, b, others, k), same)))];

        List<List<(int, int)>> Pick(List<List<Crossing?>> all, Func<int, int, bool> takes) =>
            [.. all.Select((seeds, s) => Enumerable.Range(0, seeds.Count).Where(r => takes(s, r)).Select(r => (s, r)).ToList())
                .Where(picked => picked.Count > 0)];
        Reached At(Found arm, List<List<(int Start, int Seed)>> runs, List<List<Crossing?>> crossings, int k) => new(
            [.. runs.Select(start => (IReadOnlyList<IReadOnlyDictionary<string, double>>)[.. start.Select(
                run => Between(arm.Runs[run.Start][run.Seed].Curve, crossings[run.Start][run.Seed]!.Value, k))])],
            _several);
    }

    private static List<List<Crossing?>> Crossings(Found found, double level) =>
        [.. found.Runs.Select(start => start.Select(r => Crossing.Of(Accuracy(r.Curve), level)).ToList())];

    /// <summary>pass@k of every problem at a crossing, on straight lines between the evaluations around it.</summary>
    private static Dictionary<string, double> Between(IReadOnlyList<EvaluationRecord> curve, Crossing at, int k)
    {
        var (before, after) = (Reached.PerProblem(curve[at.Before], k), Reached.PerProblem(curve[at.Before + 1], k));
        return before.Where(p => after.ContainsKey(p.Key))
            .ToDictionary(p => p.Key, p => p.Value + at.Share * (after[p.Key] - p.Value));
    }
}
