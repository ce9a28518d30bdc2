using Softly.Runs;
using Softly.Tasks.Statistics;

namespace Softly.Evaluation;

/// <summary>From an audit's counts to its estimates: also later, for other k, from what was written down.</summary>
public static class AuditEstimates
{
    /// <summary>pass@k by condition, own minus others paired by problem, and the verdict.</summary>
    /// <param name="problems">Counts by problem and condition.</param>
    /// <param name="ks">Each at most the samples of a problem; 1 is told in any case.</param>
    /// <param name="margin">Of the verdict, a share.</param>
    public static AuditSummary Of(
        IReadOnlyList<AuditedProblem> problems, IReadOnlyList<int> ks, double margin = AuditVerdict.Margin)
    {
        int[] all = [.. ks.Append(1).Distinct().Order()];
        string[] conditions = [.. problems.SelectMany(p => p.Counts.Keys).Distinct()];
        var pass = conditions.ToDictionary(
            c => c, c => all.ToDictionary(k => k, k => problems.Select(p => Pass(p, c, k)).ToArray()));
        var guess = problems.All(p => p.Guess is not null) ? problems.Select(p => p.Guess!.Value).ToList() : null;
        AuditDifference[] differences = [.. conditions.Where(c => c != AuditConditions.Own)
            .SelectMany(c => all.Select(k => new AuditDifference(c, k, Difference(pass[AuditConditions.Own][k], pass[c][k]))))];
        return new AuditSummary(
            [.. conditions.Select(c => new AuditedCondition(c, [.. all.Select(k => new PassAt(
                k, Mean(pass[c][k]), guess is null ? null : GuessCurve.At(k, guess)))]))],
            differences,
            AuditVerdict.Of(
                problems.Count, Of(AuditConditions.Random) ?? Estimate.Exact(double.NaN), Of(AuditConditions.Blank),
                Of(AuditConditions.Another), Of(AuditConditions.Winner), margin));

        Estimate? Of(string other) => differences.FirstOrDefault(d => d.Other == other && d.K == 1)?.Value;
    }

    private static double Pass(AuditedProblem problem, string condition, int k) =>
        problem.Counts.TryGetValue(condition, out var count) && count.Judged >= k
            ? PassAtK.Unbiased(count.Judged, count.Right, k) : double.NaN;

    private static Estimate Mean(double[] values)
    {
        double[] told = [.. values.Where(double.IsFinite)];
        if (told.Length == 0) return Estimate.Exact(double.NaN);
        var interval = Bootstrap.Share(told);
        return new Estimate(interval.Estimate, interval.Low, interval.High);
    }

    private static Estimate Difference(double[] own, double[] other)
    {
        var both = own.Zip(other).Where(p => double.IsFinite(p.First) && double.IsFinite(p.Second)).ToList();
        if (both.Count == 0) return Estimate.Exact(double.NaN);
        var interval = Bootstrap.ShareDifference([[.. both.Select(p => p.First)]], [[.. both.Select(p => p.Second)]]);
        return new Estimate(interval.Estimate, interval.Low, interval.High);
    }
}
