using Softly.Evaluation;
using Softly.Parquet;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>What is made of an evaluation once all answers are there.</summary>
internal static class Finish
{
    /// <summary>Writes <c>samples.parquet</c> and says the figures of every part.</summary>
    public static void Write(
        Reporter reporter, EvaluationFolder folder, IReadOnlyList<AskedSet> sets, IReadOnlyList<int>? ks)
    {
        SampleTable.Write(Path.Combine(folder.Path, "samples.parquet"), folder.File.Parts.Select(p => (p.Benchmark, p.Mode, Read(p))));
        foreach (var part in folder.File.Parts)
        {
            var samples = Read(part);
            var record = Record("", part.Mode, 0, null, sets.Single(s => s.Name == part.Benchmark), samples, ks);
            Show(reporter, part, record, samples);
        }
        reporter.Say(folder.Path);

        IReadOnlyList<SampleRecord> Read(EvaluationPart part) => SampleLog.Read(Path.Combine(folder.Path, part.Samples));
    }

    /// <summary>The record that runs keep; null where no answer was judged. What could not be judged is left out, never wrong.</summary>
    public static EvaluationRecord? Record(
        string arm, string decoding, int step, long? seed, AskedSet set, IReadOnlyList<SampleRecord> samples,
        IReadOnlyList<int>? ks = null)
    {
        var byProblem = samples.GroupBy(s => s.ProblemId).ToDictionary(g => g.Key);
        ProblemResult[] results = [.. set.Problems.Select(p => (Problem: p, Samples: byProblem[p.Id].ToList()))
            .Select(p => new ProblemResult(
                p.Problem, [.. p.Samples.Where(s => s.Verdict != Verdict.Failed.Name()).Select(GradeOf)],
                p.Samples.Average(s => s.FirstEntropy ?? double.NaN), p.Samples.Average(s => s.Tokens)))
            .Where(r => r.Grades.Count > 0)];
        return results.Length == 0 ? null : Evaluations.Record(arm, decoding, step, set.Task, results, seed, ks);
    }

    private static Grade GradeOf(SampleRecord sample) =>
        new(sample.Score, Enum.GetValues<Verdict>().First(v => v.Name() == sample.Verdict), sample.Reason, sample.Answer);

    private static void Show(
        Reporter reporter, EvaluationPart part, EvaluationRecord? record, IReadOnlyList<SampleRecord> samples)
    {
        var verdicts = samples.GroupBy(s => s.Verdict).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key, g => g.Count());
        reporter.Record(new
        {
            benchmark = part.Benchmark,
            mode = part.Mode,
            problems = part.Problems,
            pass_at_k = record?.PassAtK.ToDictionary(
                p => p.K.ToString(System.Globalization.CultureInfo.InvariantCulture),
                p => new { estimate = p.Share.Value, low = p.Share.Low, high = p.Share.High, guess = p.Guess }),
            tokens = samples.Average(s => s.Tokens),
            truncated = samples.Average(s => s.IsTruncated ? 1.0 : 0),
            verdicts,
        });
        if (reporter.Json) return;
        reporter.Say($"{part.Benchmark} {part.Mode}");
        foreach (var p in record?.PassAtK ?? [])
            reporter.Say($"  pass@{p.K,-3} {p.Share.Times(100).Text(),-22}{(p.Guess is { } g ? $" guessing {100 * g:F1}" : "")}");
        reporter.Say($"  {samples.Average(s => s.Tokens):F0} tokens an answer, {samples.Average(s => s.IsTruncated ? 100.0 : 0):F0} % cut off; "
            + $"verdicts: {string.Join(", ", verdicts.Select(v => $"{v.Value:N0} {v.Key}"))}");
        if (verdicts.GetValueOrDefault(Verdict.Failed.Name()) is > 0 and var failed)
            reporter.Say($"  {failed:N0} answers could not be judged ({samples.First(s => double.IsNaN(s.Score)).Reason}); "
                + "they count neither as right nor as wrong");
    }
}
