using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Cli.Evaluating;

/// <summary><c>softly evaluate --compare A B</c>: A minus B on the problems that both answered.</summary>
internal static class EvaluationComparison
{
    /// <summary>Compares, says the figures, and writes a report where a folder is given.</summary>
    /// <param name="reporter">Says them.</param>
    /// <param name="subject">A: folders separated by commas (one a seed), and behind # a mode.</param>
    /// <param name="other">B, the same.</param>
    /// <param name="output">The report's folder; null for none.</param>
    /// <param name="command">As it was typed.</param>
    /// <exception cref="UserError">The two cannot be compared; the message says why.</exception>
    public static void Run(Reporter reporter, string subject, string other, string? output, string command)
    {
        if (output is not null && File.Exists(Path.Combine(output, EvaluationFile.FileName)))
            throw new UserError($"--out {output} holds an evaluation, whose report would be written over: choose another folder");
        var (a, b) = (ComparedSide.Parse(subject), ComparedSide.Parse(other));
        string[] benchmarks = [.. a.Files[0].Parts.Select(p => p.Benchmark).Distinct()
            .Where(name => a.ModesOf(name).Count > 0 && b.ModesOf(name).Count > 0)];
        if (benchmarks.Length == 0)
            throw new UserError($"{a.Name} and {b.Name} have no benchmark in common: {Names(a)} against {Names(b)}");
        var pairs = benchmarks.SelectMany(benchmark => Pairs(benchmark, a, b)).ToList();
        var result = new EvaluationResult
        {
            Name = $"{a.Name} against {b.Name}",
            CommandLine = command,
            Settings = [.. Differences(a, b)],
            Parts = [.. pairs.SelectMany(p => Parts(p.Benchmark, p.A).Concat(Parts(p.Benchmark, p.B)))
                .DistinctBy(p => (p.Benchmark, p.Mode))],
            Comparisons = [.. pairs.Select(p => Pairing.Of(
                p.Benchmark, (p.A.Name, p.A.Samples), (p.B.Name, p.B.Samples), Remarks(p.Benchmark, a, b)))],
        };
        if (!reporter.Json) reporter.Say(EvaluationReport.ToText(result, Reporter.Width).TrimEnd());
        if (output is not null) reporter.Say(EvaluationReport.Write(result, output));
        if (reporter.Json) reporter.Document(EvaluationReport.ToJson(result)); // the last thing said
    }

    /// <summary>A way to answer with the answers of each seed.</summary>
    private sealed record Answered(string Name, IReadOnlyList<IReadOnlyList<SampleRecord>> Samples);

    /// <summary>Same mode against same mode; where there are none of the same name, one against one.</summary>
    private static IEnumerable<(string Benchmark, Answered A, Answered B)> Pairs(string benchmark, ComparedSide a, ComparedSide b)
    {
        Check(benchmark, a, b);
        var (mine, theirs) = (a.ModesOf(benchmark), b.ModesOf(benchmark));
        string[] common = [.. mine.Intersect(theirs)];
        var pairs = a.Mode is null && b.Mode is null && common.Length > 0 ? common.Select(m => (A: m, B: m))
            : mine.Count == 1 && theirs.Count == 1 ? [(mine[0], theirs[0])]
            : throw new UserError($"{benchmark}: {a.Name} has the modes {string.Join(", ", mine)} and {b.Name} "
                + $"{string.Join(", ", theirs)}: name one of each, as in {a.Folders[0]}#{mine[0]}");
        foreach (var (x, y) in pairs)
            yield return (benchmark, new Answered(Label(a, b, x), a.Samples(benchmark, x)),
                new Answered(Label(b, a, y), b.Samples(benchmark, y)));
    }

    private static string Label(ComparedSide side, ComparedSide other, string mode) => side.Name == other.Name
        ? side.Folders[0] == other.Folders[0] ? mode : $"{side.Folders[0]} {mode}"
        : $"{side.Name} {mode}";

    /// <summary>Problems of one name must be the same problems, judged by the same rules.</summary>
    private static void Check(string benchmark, ComparedSide a, ComparedSide b)
    {
        var theirs = b.Problems(benchmark);
        foreach (var problem in a.Problems(benchmark).Values)
            if (theirs.TryGetValue(problem.Id, out var same) && (same.Question, same.Answer) != (problem.Question, problem.Answer))
                throw new UserError($"{benchmark}: {problem.Id} is another problem in {a.Name} than in {b.Name} "
                    + "(question or answer differ): the two were asked from different files and cannot be paired");
        var (judge, judges) = (a.Grader(benchmark), b.Grader(benchmark));
        if (judge != judges)
            throw new UserError($"{benchmark}: {a.Name} was judged by {judge} and {b.Name} by {judges}: evaluate both with one grader=");
    }

    private static IEnumerable<string> Remarks(string benchmark, ComparedSide a, ComparedSide b)
    {
        if (a.Setting("seed") != b.Setting("seed"))
            yield return $"{benchmark}: the seeds differ ({a.Setting("seed")} and {b.Setting("seed")}), so answers were drawn with "
                + "different noise; problems are paired all the same.";
        foreach (var side in new[] { a, b })
            for (var i = 0; i < side.Files.Count; i++)
                foreach (var part in side.Files[i].Parts.Where(p => p.Benchmark == benchmark && (side.Mode ?? p.Mode) == p.Mode))
                    if (Path.Combine(side.Folders[i], part.Samples) is var path && File.Exists(path)
                        && SampleLog.Count(path) is var count && count < part.Problems * side.Files[i].Samples)
                        yield return $"{benchmark}: {side.Folders[i]} {part.Mode} is not whole: {count:N0} of "
                            + $"{part.Problems * side.Files[i].Samples:N0} answers.";
    }

    /// <summary>A summary a seed.</summary>
    private static IEnumerable<PartSummary> Parts(string benchmark, Answered answered) => answered.Samples.Select((samples, i) =>
        Summaries.Of(
            benchmark, answered.Samples.Count == 1 ? answered.Name : $"{answered.Name} {i + 1}", samples,
            samples.GroupBy(s => s.ProblemId).Max(g => g.Count())));

    /// <summary>Settings that differ, with both values.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Differences(ComparedSide a, ComparedSide b) =>
        a.Files.Concat(b.Files).SelectMany(f => f.Settings).Select(s => s.Key).Distinct()
            .Where(key => a.Setting(key) != b.Setting(key))
            .Select(key => KeyValuePair.Create(key, $"{a.Setting(key) ?? "–"} against {b.Setting(key) ?? "–"}"));

    private static string Names(ComparedSide side) => string.Join(", ", side.Files[0].Parts
        .Select(p => side.Mode is null ? p.Benchmark : $"{p.Benchmark} {p.Mode}").Distinct());
}
