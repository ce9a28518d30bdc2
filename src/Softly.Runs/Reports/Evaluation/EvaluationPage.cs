namespace Softly.Runs.Reports;

/// <summary>Lays out an evaluation's page: results and curves, then differences, audits, answers, and how it was made.</summary>
internal sealed class EvaluationPage(EvaluationResult result)
{
    private readonly EvaluationTables _tables = new(result);
    private readonly Page _page = new($"Evaluation: {result.Name}");

    public Page Build()
    {
        foreach (var warning in Warnings(result)) _page.Paragraph($"**{warning}**");
        _page.Heading("Results").Table(_tables.Overview()).Note(EvaluationTables.Reading);
        _page.Charts(_tables.Benchmarks().Where(b => _tables.Of(b).Any(p => p.Samples > 1)).Select(Curve));
        if (result.Comparisons.Count > 0) Differences();
        AuditSection.Add(_page, result.Audits);
        _page.Heading("Every k");
        foreach (var benchmark in _tables.Benchmarks()) _page.Table(_tables.Curves(benchmark));
        _page.Heading("Answers").Table(_tables.Verdicts()).Table(_tables.Quantities()).Note(QuantityNote);
        foreach (var example in result.Examples) Example(example);
        _page.Heading("How this page was made");
        if (result.CommandLine.Length > 0) _page.Code(result.CommandLine);
        return _page.Bullets(result.Settings.Select(s => $"{s.Key}: `{s.Value.Replace('`', '\'')}`"));
    }

    /// <summary>What each quantity is.</summary>
    public const string QuantityNote =
        "Lengths are in tokens. tokens right is the mean over problems of their right answers' lengths; tokens solved is the mean "
        + "length of all answers to problems with at least one right answer, which some papers call correct. truncated, no answer and "
        + "repeated (the same text as an earlier answer to the problem) are shares. distinct answers counts verified classes a problem.";

    /// <summary>What a reader must know before the numbers.</summary>
    public static IEnumerable<string> Warnings(EvaluationResult result)
    {
        foreach (var part in result.Parts.Where(p => p.Failed > 0))
            yield return $"{part.Benchmark} {part.Mode}: the verifier failed on {Answers(part.Failed)} left out of every "
                + "estimate, and not counted as wrong.";

        static string Answers(int count) => count == 1 ? "1 answer, which is" : $"{count:N0} answers, which are";
    }

    private void Differences()
    {
        _page.Heading("Differences");
        foreach (var comparison in result.Comparisons)
            _page.Bullets(EvaluationTables.Words(comparison)).Table(EvaluationTables.Differences(comparison));
    }

    private Chart Curve(string benchmark)
    {
        var parts = _tables.Of(benchmark);
        var guess = parts[0].PassAtK.Where(p => p.Guess is not null).Select(p => new PassAt(p.K, Estimate.Exact(p.Guess!.Value)));
        return PassCharts.Rates(benchmark, parts.Select((part, slot) =>
            new Series(part.Mode, PassCharts.Points(part.PassAtK)) { Spread = Spread.Bars, Slot = slot }), [.. guess]);
    }

    private void Example(AnswerExample example) => _page.Details(
        $"{Plain(example.Part)} · {Plain(example.Sample.ProblemId)} · answer {example.Sample.Sample + 1}: "
        + example.Sample.Verdict.Replace('_', ' '),
        page => page.Labelled("asked", example.Question).Labelled("reference", example.Reference)
            .Labelled("taken as the answer", example.Sample.Answer ?? "nothing").Labelled("why", example.Sample.Reason)
            .Code(example.Sample.Completion));

    private static string Plain(string text) => text.Replace("*", "").Replace("`", "");
}
