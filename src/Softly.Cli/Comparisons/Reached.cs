using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks.Statistics;

namespace Softly.Cli.Comparisons;

/// <summary>
/// What the runs of an arm reached on every problem, start by start and run by run. Runs are paired by the names of problems:
/// problems that a run has no value for (its answers could not be judged, or too few of them) are left out of what is compared.
/// </summary>
/// <param name="runs">Of every start its runs, of every run a value for each problem.</param>
/// <param name="several">True for intervals over starts, seeds and problems; false for seeds and problems of one start.</param>
internal sealed class Reached(IReadOnlyList<IReadOnlyList<IReadOnlyDictionary<string, double>>> runs, bool several)
{
    /// <summary>pass@k of evaluations with so many answers, which need not be whole.</summary>
    /// <param name="records">Of every start its runs.</param>
    /// <param name="answers">k.</param>
    /// <param name="several">As in the class.</param>
    public static Reached Of(IEnumerable<IEnumerable<EvaluationRecord>> records, double answers, bool several) => new(
        [.. records.Select(start => (IReadOnlyList<IReadOnlyDictionary<string, double>>)
            [.. start.Select(e => PerProblem(e, answers))])],
        several);

    /// <summary>pass@k of every problem that has answers enough.</summary>
    public static IReadOnlyDictionary<string, double> PerProblem(EvaluationRecord record, double answers) =>
        record.Problems.Where(p => p.Samples >= answers)
            .ToDictionary(p => p.ProblemId, p => PassAtK.Expected(p.Samples, p.Right, answers));

    /// <summary>The mean; NaN without an interval where no problem has a value in every run.</summary>
    public Estimate Mean() => Arrays(Common([this])) is { } values
        ? several ? Of(HierarchicalBootstrap.Mean(values)) : Of(Bootstrap.MeanOverSeeds(values[0]))
        : Estimate.Exact(double.NaN);

    /// <summary>Minus another, paired by problem, and by start and seed where both have the same starts.</summary>
    /// <param name="other">The other.</param>
    /// <param name="sameStarts">Whether both have the same starts, in the same order.</param>
    public Estimate Minus(Reached other, bool sameStarts)
    {
        var ids = Common([this, other]);
        if (Arrays(ids) is not { } own || other.Arrays(ids) is not { } others) return Estimate.Exact(double.NaN);
        return several
            ? Of(HierarchicalBootstrap.Difference(own, others, sameStarts))
            : Of(Bootstrap.DifferenceOverSeeds(own[0], others[0]));
    }

    private static List<string> Common(IEnumerable<Reached> all)
    {
        List<string>? ids = null;
        foreach (var run in all.SelectMany(r => r.Runs).SelectMany(start => start))
            ids = ids is null ? [.. run.Keys] : [.. ids.Where(run.ContainsKey)];
        return ids ?? [];
    }

    private IReadOnlyList<IReadOnlyList<IReadOnlyDictionary<string, double>>> Runs { get; } = runs;

    private double[][][]? Arrays(List<string> ids) => ids.Count == 0 || Runs.Count == 0 || Runs.Any(start => start.Count == 0)
        ? null
        : [.. Runs.Select(start => start.Select(run => ids.Select(id => run[id]).ToArray()).ToArray())];

    private static Estimate Of(Interval interval) => new(interval.Estimate, interval.Low, interval.High);
}
