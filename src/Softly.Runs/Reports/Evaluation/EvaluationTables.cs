namespace Softly.Runs.Reports;

/// <summary>An evaluation's tables: for the page, for Markdown and for the terminal.</summary>
internal sealed class EvaluationTables(EvaluationResult result)
{
    /// <summary>What the figures are, once for all tables.</summary>
    public const string Reading =
        "Percent with 95 % bootstrap intervals over problems (exact bounds where all came out alike). pass@k is the unbiased estimate over all choices of k answers; "
        + "first-k looks at the first k answers only, as some papers print it; maj@k is the vote of k answers, in which answers that "
        + "were verified to be equal vote together and ties go to the earliest.";

    /// <summary>A line a part: the figures one quotes.</summary>
    public Table Overview()
    {
        var table = new Table("Results, %", [
            .. Names(), Column.Number("mean@n"), Column.Number("pass@n"), Column.Number("maj@n"), Column.Number("n"),
            Column.Number("problems"), Column.Number("tokens"),
        ]);
        foreach (var part in result.Parts)
            table.Add([
                part.Benchmark, part.Mode, Percent(part.Mean), Percent(At(part.PassAtK, part.Samples)),
                Percent(At(part.MajorityAtK, part.Samples)), $"{part.Samples}", $"{part.Problems:N0}",
                part.Quantities.TryGetValue("tokens", out var tokens) ? Numbers.Significant(tokens.Value) : "–",
            ]);
        return table;
    }

    /// <summary>Every k of one benchmark.</summary>
    public Table Curves(string benchmark)
    {
        var parts = Of(benchmark);
        var guess = parts.Any(p => p.PassAtK.Any(x => x.Guess is not null));
        var table = new Table($"{benchmark}: every k, %", [
            Column.Text("mode"), Column.Number("k"), Column.Number("pass@k"), Column.Number("first-k"), Column.Number("maj@k"),
            .. guess ? new[] { Column.Number("guessing") } : [],
        ]);
        foreach (var part in parts)
            foreach (var pass in part.PassAtK)
                table.Add([
                    part.Mode, $"{pass.K}", Percent(pass.Share), Percent(At(part.FirstK, pass.K)),
                    Percent(At(part.MajorityAtK, pass.K)),
                    .. guess ? new[] { pass.Guess is { } g ? Numbers.Fixed(100 * g, 1) : "–" } : [],
                ]);
        return table;
    }

    /// <summary>What became of the answers.</summary>
    public Table Verdicts()
    {
        string[] kinds = [.. result.Parts.SelectMany(p => p.Verdicts.Keys).Distinct()];
        var table = new Table("What became of the answers", [.. Names(), .. kinds.Select(k => Column.Number(k.Replace('_', ' ')))]);
        foreach (var part in result.Parts)
            table.Add([part.Benchmark, part.Mode, .. kinds.Select(k => $"{part.Verdicts.GetValueOrDefault(k):N0}")]);
        return table;
    }

    /// <summary>Lengths, truncation, diversity, entropy: a line a quantity.</summary>
    public Table Quantities()
    {
        string[] names = [.. result.Parts.SelectMany(p => p.Quantities.Keys).Distinct()];
        var table = new Table("Lengths, diversity, entropy", [
            Column.Text("quantity"), .. result.Parts.Select(p => Column.Number($"{p.Benchmark} {p.Mode}")),
        ]);
        foreach (var name in names)
            table.Add([
                name.Replace('_', ' '),
                .. result.Parts.Select(p => p.Quantities.TryGetValue(name, out var value) ? Plain(value) : "–"),
            ]);
        return table;
    }

    /// <summary>Paired differences.</summary>
    public static Table Differences(PartComparison comparison)
    {
        var table = new Table(
            $"{comparison.Benchmark}: {comparison.Subject} minus {comparison.Other}, {comparison.Problems:N0} problems"
            + (comparison.Seeds > 1 ? $", {comparison.Seeds} evaluations each" : ""),
            Column.Text("quantity"), Column.Number("difference"), Column.Text("unit"), Column.Text("verdict"));
        foreach (var difference in comparison.Differences)
            table.Add(
                difference.Quantity, difference.Value.Text(Decimals(difference), signed: true), difference.Unit,
                difference.Value.ExcludesZero ? difference.Value.Low > 0 ? "above" : "below" : "cannot be told");
        return table;
    }

    /// <summary>Sentences about a comparison: the first quantities in words, then the remarks.</summary>
    public static IEnumerable<string> Words(PartComparison comparison) =>
    [
        .. comparison.Differences.Where(d => d.Unit == "points").Select(d =>
            $"{comparison.Benchmark}, {d.Quantity}: "
            + Claims.Compare(comparison.Subject, comparison.Other, d.Value, d.Unit, Decimals(d))),
        .. comparison.Remarks,
    ];

    /// <summary>Benchmarks in their order.</summary>
    public IEnumerable<string> Benchmarks() => result.Parts.Select(p => p.Benchmark).Distinct();

    /// <summary>A benchmark's parts.</summary>
    public IReadOnlyList<PartSummary> Of(string benchmark) => [.. result.Parts.Where(p => p.Benchmark == benchmark)];

    /// <summary>The share at k; NaN where it was not asked.</summary>
    public static Estimate At(IReadOnlyList<PassAt> curve, int k)
    {
        foreach (var point in curve)
            if (point.K == k) return point.Share;
        return Estimate.Exact(double.NaN);
    }

    private static Column[] Names() => [Column.Text("benchmark"), Column.Text("mode")];

    private static string Percent(Estimate share) => share.Times(100).Text();

    private static string Plain(Estimate value) => value.Text(Math.Abs(value.Value) < 10 ? 2 : 0);

    private static int Decimals(PairedDifference difference) => difference.Unit == "points" ? 1 : 0;
}
