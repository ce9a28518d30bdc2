using Softly.Runs;
using Softly.Tasks.Statistics;

namespace Softly.Evaluation;

/// <summary>From an audit's counts to its estimates: also later, for other k, from what was written down.</summary>
public static class AuditEstimates
{
    /// <summary>
    /// pass@k by condition, own minus others paired by problem, and the verdict, which is one of nothing without own answers.
    /// </summary>
    /// <param name="problems">Counts by problem and condition.</param>
    /// <param name="ks">Each at most the samples of a problem; 1 is told in any case.</param>
    /// <param name="margin">Of the verdict, a share.</param>
    public static AuditSummary Of(
        IReadOnlyList<AuditedProblem> problems, IReadOnlyList<int> ks, double margin = AuditVerdict.Margin)
    {
        int[] all = [.. ks.Append(1).Distinct().Order()];
        // Own is always told, also where nothing could be judged.
        string[] conditions = [.. AuditConditions.Meanings.Keys.Where(
            c => c == AuditConditions.Own || problems.Any(p => p.Counts.ContainsKey(c)))];
        var pass = conditions.ToDictionary(
            c => c, c => all.ToDictionary(k => k, k => problems.Select(p => Pass(p, c, k)).ToArray()));
        var guess = problems.All(p => p.Guess is not null) ? problems.Select(p => p.Guess!.Value).ToList() : null;
        AuditDifference[] differences = [.. conditions.Where(c => c != AuditConditions.Own)
            .SelectMany(c => all.Select(k => Difference(c, k, pass[AuditConditions.Own][k], pass[c][k])))];
        return new AuditSummary(
            [.. conditions.Select(c => new AuditedCondition(c, [.. all.Select(k => new PassAt(
                k, Mean(pass[c][k]), guess is null ? null : GuessCurve.At(k, guess)))]))],
            differences,
            pass[AuditConditions.Own][1].Any(double.IsFinite)
                ? AuditVerdict.Of(problems.Count, differences, margin) : AuditVerdict.OfNothing);
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

    private static AuditDifference Difference(string condition, int k, double[] own, double[] other)
    {
        var both = own.Zip(other).Where(p => double.IsFinite(p.First) && double.IsFinite(p.Second)).ToList();
        if (both.Count == 0) return new AuditDifference(condition, k, Estimate.Exact(double.NaN));
        var interval = Bootstrap.ShareDifference([[.. both.Select(p => p.First)]], [[.. both.Select(p => p.Second)]]);
        return new AuditDifference(condition, k, new Estimate(interval.Estimate, interval.Low, interval.High))
        {
            Pairs = both.Count,
        };
    }
}
