namespace Softly.Runs.Reports;

/// <summary>The quickstart's tables and sentences, which the page and the console share.</summary>
internal sealed class QuickstartTables(QuickstartResult result)
{
    private readonly IReadOnlyList<int> _ks =
        [.. result.Evaluations.SelectMany(e => e.PassAtK).Select(p => p.K).Distinct().Order()];

    /// <summary>pass@k of every model and decoding, with guessing as the floor.</summary>
    public Table Rates()
    {
        var table = new Table("pass@k in percent with 95 % intervals; entropy at the first thought in nats",
            [Column.Text("model · decoding"), .. Ks(), Column.Number("entropy")]);
        foreach (var e in result.Evaluations)
            table.Add([Name(e), .. Cells(e.PassAtK), e.FirstThoughtEntropy is { } h ? Numbers.Fixed(h, 2) : "–"]);
        if (result.Guess.Count > 0) table.Add(["guessing", .. Cells(result.Guess), "–"]);
        return table;
    }

    /// <summary>The paired differences behind the sentences: to the warm start, and to the control; only what there is.</summary>
    public IEnumerable<Table> Differences()
    {
        Table[] tables =
        [
            Differences("the warm start in the same decoding", result.Evaluations, e => e.ToWarmStart),
            .. Controlled().Select(group => Differences(group.Key, group, e => e.ToControl)),
        ];
        return tables.Where(table => table.Rows.Count > 0);
    }

    /// <summary>What is compared with a control, control by control.</summary>
    public IEnumerable<IGrouping<string, QuickstartEvaluation>> Controlled() =>
        result.Evaluations.Where(e => e.ToControl.Count > 0).GroupBy(ControlOf);

    private string ControlOf(QuickstartEvaluation e) => e.Control ?? result.Control;

    private Table Differences(
        string other, IEnumerable<QuickstartEvaluation> evaluations,
        Func<QuickstartEvaluation, IReadOnlyList<PassDifference>> differences)
    {
        var table = new Table(
            $"Minus {other}, in points with paired 95 % intervals", [Column.Text("model · decoding"), .. Ks()]);
        foreach (var e in evaluations)
            if (differences(e) is { Count: > 0 } some) table.Add([Name(e), .. Cells(some)]);
        return table;
    }

    /// <summary>The arms at the same pass@1.</summary>
    public Table Matched()
    {
        var table = new Table("pass@k in percent where pass@1 is the same", [Column.Text("arm"), Column.Number("step"), .. Ks()]);
        foreach (var match in result.Matched)
            table.Add([match.Arm, match.Step is { } step ? Numbers.Fixed(step, 0) : "not reached", .. Cells(match.PassAtK)]);
        return table;
    }

    /// <summary>What took how long.</summary>
    public Table Times()
    {
        var table = new Table("", Column.Text("part"), Column.Number("time"));
        foreach (var (name, seconds) in result.Durations) table.Add(name, HumanTime.Format(seconds));
        return table.Add("together", HumanTime.Format(result.Durations.Sum(d => d.Seconds)));
    }

    /// <summary>For each arm the sentences that its intervals support, at the smallest k and the largest.</summary>
    public IEnumerable<(string Arm, IReadOnlyList<string> Claims)> Claims()
    {
        foreach (var arm in result.Arms)
        {
            var claims = new List<string>();
            foreach (var e in result.Evaluations.Where(e => e.Model == arm.Name))
            {
                if (e.Decoding == arm.OwnDecoding)
                    claims.AddRange(Ends(e.ToWarmStart).Select(d => Compare(e, "the " + arm.Start, d)));
                claims.AddRange(Ends(e.ToControl).Select(d => Compare(e, ControlOf(e), d)));
            }
            if (claims.Count > 0) yield return (arm.Name, claims);
        }
    }

    private static string Compare(QuickstartEvaluation e, string other, PassDifference difference) =>
        Reports.Claims.Compare($"At pass@{difference.K}, {e.Model} ({e.Decoding})", other, difference.Share.Times(100));

    private static IEnumerable<PassDifference> Ends(IReadOnlyList<PassDifference> differences) =>
        differences.Count < 2 ? differences : [differences.MinBy(d => d.K), differences.MaxBy(d => d.K)];

    /// <summary>How a model and its decoding are named together.</summary>
    public static string Name(QuickstartEvaluation e) => $"{e.Model} · {e.Decoding}";

    private IEnumerable<Column> Ks() => _ks.Select(k => Column.Number($"pass@{k}"));

    private IEnumerable<string> Cells(IReadOnlyList<PassAt> passes) =>
        _ks.Select(k => passes.Where(p => p.K == k).Select(p => p.Share.Times(100).Text()).FirstOrDefault("–"));

    private IEnumerable<string> Cells(IReadOnlyList<PassDifference> differences) =>
        _ks.Select(k => differences.Where(d => d.K == k).Select(d => d.Share.Times(100).Text(signed: true)).FirstOrDefault("–"));
}
