namespace Softly.Runs.Reports;

/// <summary>Evaluations on a page: the newest of each arm over k, and all of them over steps.</summary>
internal static class EvaluationPart
{
    public static void Add(Page page, IReadOnlyList<EvaluationRecord> evaluations)
    {
        var groups = evaluations.GroupBy(Name).ToList();
        var newest = groups.Select(g => g.MaxBy(e => e.Step)!).ToList();
        page.Heading("Evaluations");
        var lines = newest.Select(e =>
            new Series($"{Name(e)}, step {e.Step}", PassCharts.Points(e.PassAtK)) { Spread = Spread.Bars });
        var rates = PassCharts.Rates("pass@k, newest", lines, Guess(newest));
        page.Charts([rates, .. groups.Where(g => g.Count() > 1).Select(OverSteps)]);
        page.Table(Table(evaluations));
        page.Note("Bars and brackets are 95 % intervals over problems; they do not cover other seeds.");
    }

    private static string Name(EvaluationRecord e) => $"{e.Arm}, {e.Decoding}{(e.Seed is { } seed ? $", seed {seed}" : "")}";

    private static IReadOnlyList<PassAt> Guess(List<EvaluationRecord> newest) =>
        [.. newest[0].PassAtK.Where(p => p.Guess is not null).Select(p => new PassAt(p.K, Estimate.Exact(p.Guess!.Value)))];

    private static Chart OverSteps(IGrouping<string, EvaluationRecord> group) => new()
    {
        Title = group.Key,
        YLabel = "pass@k, %",
        Series = [.. Ks(group).Select(k => new Series($"pass@{k}", [.. group.OrderBy(e => e.Step).Where(e => e.At(k) is not null)
            .Select(e => new ChartPoint(e.Step, e.At(k)!.Value.Share.Times(100)))]) { Spread = Spread.Band })],
    };

    private static Table Table(IReadOnlyList<EvaluationRecord> evaluations)
    {
        var ks = Ks(evaluations).ToList();
        var table = new Table("pass@k in percent", [Column.Text("arm"), Column.Text("decoding"), Column.Number("step"),
            .. ks.Select(k => Column.Number($"pass@{k}"))]);
        foreach (var e in evaluations)
            table.Add([e.Arm, e.Decoding, Numbers.Fixed(e.Step, 0), .. ks.Select(k => e.At(k)?.Share.Times(100).Text() ?? "–")]);
        return table;
    }

    private static IEnumerable<int> Ks(IEnumerable<EvaluationRecord> evaluations) =>
        evaluations.SelectMany(e => e.PassAtK).Select(p => p.K).Distinct().Order();
}
