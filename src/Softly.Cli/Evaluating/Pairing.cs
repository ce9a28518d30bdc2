using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks.Statistics;

namespace Softly.Cli.Evaluating;

/// <summary>Compares two ways to answer the same problems: paired by problem, and where there are several seeds by seed.</summary>
internal static class Pairing
{
    /// <summary>Subject minus other.</summary>
    /// <param name="benchmark">What both answered.</param>
    /// <param name="subject">The one the sentences are about, with the samples of each of its evaluations.</param>
    /// <param name="other">The other, its evaluations in the same order.</param>
    /// <param name="remarks">What the reader should know besides, such as that the noise was not the same.</param>
    /// <exception cref="UserError">They have no problem in common, or not as many evaluations.</exception>
    public static PartComparison Of(
        string benchmark, (string Name, IReadOnlyList<IReadOnlyList<SampleRecord>> Seeds) subject,
        (string Name, IReadOnlyList<IReadOnlyList<SampleRecord>> Seeds) other, IEnumerable<string>? remarks = null)
    {
        if (subject.Seeds.Count != other.Seeds.Count)
            throw new UserError($"{subject.Name} has {subject.Seeds.Count} evaluations and {other.Name} {other.Seeds.Count}: "
                + "they are paired one by one, so give as many of each");
        var a = subject.Seeds.Select(s => Answers.Of(s).ToDictionary(x => x.ProblemId)).ToList();
        var b = other.Seeds.Select(s => Answers.Of(s).ToDictionary(x => x.ProblemId)).ToList();
        string[] common = [.. a[0].Keys.Where(id => a.Concat(b).All(x => x.ContainsKey(id)))];
        if (common.Length == 0)
            throw new UserError($"{subject.Name} and {other.Name} have no problem of {benchmark} in common: "
                + "evaluate both on the same slice");
        var told = (remarks ?? []).ToList();
        var most = Math.Max(a.Max(x => x.Count), b.Max(x => x.Count));
        if (common.Length < most) told.Add($"{benchmark}: {common.Length:N0} problems were answered by both, of up to {most:N0}; "
            + "the others are left out.");
        var n = a.Concat(b).SelectMany(x => common.Select(id => x[id].Samples.Count)).Where(c => c > 0).DefaultIfEmpty(0).Min();
        var (differences, ks) = (new List<PairedDifference>(), Summaries.Ks(Math.Max(1, n)));
        var resampled = false; // whether the first interval shows the spread of differences that differ
        foreach (var k in ks) Add($"pass@{k}", "points", x => x.Pass(k), share: true);
        if (n > 2) Add($"maj@{n}", "points", x => x.Majority(n), share: true);
        Add("tokens", "tokens", x => x.Mean(s => s.Tokens));
        Add("thought_tokens", "tokens", x => x.Mean(s => s.ThoughtTokens));
        if (resampled && differences.FirstOrDefault() is { Value.HasInterval: true } first)
            told.Add($"With these problems and answers, differences at {first.Quantity} below about "
                + $"{(first.Value.High - first.Value.Low) / 2:F1} points cannot be seen.");
        return new PartComparison(benchmark, subject.Name, other.Name, common.Length, a.Count, differences, told);

        void Add(string quantity, string unit, Func<Answers, double> of, bool share = false)
        {
            // A problem without a value on one side in one seed is left out of both sides in all.
            string[] known = [.. common.Where(id => a.Concat(b).All(x => double.IsFinite(of(x[id]))))];
            if (known.Length == 0) return;
            double[][] Values(List<Dictionary<string, Answers>> side) =>
                [.. side.Select(s => known.Select(id => of(s[id])).ToArray())];
            var (mine, theirs) = (Values(a), Values(b));
            var interval = share ? Bootstrap.ShareDifference(mine, theirs)
                : a.Count == 1 ? Bootstrap.Difference(mine[0], theirs[0])
                : Bootstrap.DifferenceOverSeeds(mine, theirs);
            if (differences.Count == 0)
                resampled = !Bootstrap.AreAlike(mine.Zip(theirs, (x, y) => x.Zip(y, (u, v) => u - v)).SelectMany(d => d));
            differences.Add(new PairedDifference(
                quantity, new Estimate(interval.Estimate, interval.Low, interval.High).Times(share ? 100 : 1), unit));
        }
    }
}
