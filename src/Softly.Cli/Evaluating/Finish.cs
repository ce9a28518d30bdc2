using Softly.Evaluation;
using Softly.Parquet;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>What is made of an evaluation's folder once all answers are there.</summary>
internal static class Finish
{
    /// <summary>Verdicts of which an answer is shown in the report.</summary>
    private static readonly Verdict[] Shown = [Verdict.Right, Verdict.Wrong, Verdict.NoAnswer];

    /// <summary>Writes <c>samples.parquet</c> and the report, and says the figures.</summary>
    /// <param name="reporter">Says them.</param>
    /// <param name="folder">The evaluation's.</param>
    /// <param name="ks">The k that are told; null for powers of 2 up to n.</param>
    public static void Write(Reporter reporter, string folder, IReadOnlyList<int>? ks)
    {
        var file = EvaluationFile.Read(folder) ?? throw new UserError($"{folder}: there is no {EvaluationFile.FileName}");
        var samples = file.Parts.ToDictionary(p => p, p => SampleLog.Read(Path.Combine(folder, p.Samples)));
        SampleTable.Write(Path.Combine(folder, "samples.parquet"), file.Parts.Select(p => (p.Benchmark, p.Mode, samples[p])));
        var asked = file.Parts.DistinctBy(p => p.Benchmark)
            .ToDictionary(p => p.Benchmark, p => AskedProblem.ReadAll(Path.Combine(folder, p.Questions)));
        var result = new EvaluationResult
        {
            Name = file.Name, CommandLine = file.Command, Settings = file.Settings,
            Parts = [.. file.Parts.Select(p => Summaries.Of(
                p.Benchmark, p.Mode, samples[p], file.Samples, Guesses(asked[p.Benchmark]), ks))],
            Comparisons = [.. file.Parts.GroupBy(p => p.Benchmark).SelectMany(modes => modes.Skip(1).Select(p => Pairing.Of(
                p.Benchmark, (p.Mode, [samples[p]]), (modes.First().Mode, [samples[modes.First()]]))))],
            Audits = Audits(reporter, folder, file, ks),
            Examples = [.. file.Parts.SelectMany(p => Examples(p, samples[p], asked[p.Benchmark]))],
        };
        var page = EvaluationReport.Write(result, folder);
        if (!reporter.Json) reporter.Say(EvaluationReport.ToText(result, Reporter.Width).TrimEnd());
        reporter.Say(page);
        if (reporter.Json) reporter.Document(EvaluationReport.ToJson(result)); // the last thing said
    }

    /// <summary>The record that runs keep, without what could not be judged; null where nothing was.</summary>
    public static EvaluationRecord? Record(
        string arm, string decoding, int step, long? seed, AskedSet set, IReadOnlyList<SampleRecord> samples)
    {
        var byProblem = samples.GroupBy(s => s.ProblemId).ToDictionary(g => g.Key);
        ProblemResult[] results = [.. set.Problems.Select(p => (Problem: p, Samples: byProblem[p.Id].ToList()))
            .Select(p => new ProblemResult(
                p.Problem, [.. p.Samples.Select(GradeOf)],
                p.Samples.Average(s => s.FirstEntropy ?? double.NaN), p.Samples.Average(s => s.Tokens ?? double.NaN)))];
        return Evaluations.Judged(results).Count == 0 ? null : Evaluations.Record(arm, decoding, step, set.Task, results, seed);
    }

    /// <summary>The audits of the parts that have one, with the k that are asked for now.</summary>
    private static PartAudit[] Audits(Reporter reporter, string folder, EvaluationFile file, IReadOnlyList<int>? ks)
    {
        if (AuditFile.Read(folder) is not { } audits) return [];
        var settings = Fingerprint.OfSettings(file);
        foreach (var other in audits.Parts.Where(a => a.Settings != settings))
            reporter.Say($"{AuditFile.FileName}: the audit of {other.Benchmark} {other.Mode} is of other settings and left out; "
                + "--audit audits again");
        return [.. file.Parts.Select(p => audits.Find(p.Benchmark, p.Mode, settings)).OfType<PartAudit>().Select(a => a with
        {
            Summary = AuditEstimates.Of(a.Problems, AuditRun.KsOf(ks, a.Samples)),
        })];
    }

    private static Dictionary<string, double>? Guesses(IReadOnlyList<AskedProblem> problems) =>
        problems.All(p => p.Guess is not null) ? problems.ToDictionary(p => p.Id, p => p.Guess!.Value) : null;

    private static IEnumerable<AnswerExample> Examples(
        EvaluationPart part, IReadOnlyList<SampleRecord> samples, IReadOnlyList<AskedProblem> problems)
    {
        foreach (var verdict in Shown)
            if (samples.FirstOrDefault(s => s.Verdict == verdict.Name()) is { } sample
                && problems.First(p => p.Id == sample.ProblemId) is var problem)
                yield return new AnswerExample($"{part.Benchmark} {part.Mode}", problem.Question, problem.Answer, sample);
    }

    private static Grade GradeOf(SampleRecord sample) =>
        new(sample.Score, Enum.GetValues<Verdict>().First(v => v.Name() == sample.Verdict), sample.Reason, sample.Answer);
}
