namespace Softly.Runs.Reports;

/// <summary>Lays out a comparison's page: curves first, then every table, then how it was made.</summary>
internal sealed class ComparisonPage(ComparisonResult result)
{
    private readonly ComparisonTables _tables = new(result);
    private readonly Page _page = new($"Comparison: {result.Name}");

    public Page Build()
    {
        var starts = _tables.Starts;
        _page.Paragraph($"{result.Arms.Count} arms from {From()}, {result.Seeds.Count} "
            + $"{(result.Seeds.Count == 1 ? "seed" : "seeds")} each. Differences are taken to **{Markless(result.Control)}**"
            + (result.Reference is { } other ? $" and to **{Markless(other)}**." : "."));
        if (_tables.Unfinished() is { } unfinished) _page.Table(unfinished);
        if (starts is not null) _page.Heading("Before training").Table(_tables.Start());
        _page.Heading("After the last step").Table(_tables.Own());
        foreach (var table in starts?.Outcome() ?? []) _page.Table(table);
        if (_tables.Common() is { } common) _page.Table(common);
        _page.Heading("On the way").Charts(Ks().Where(k => k is 1 or 16).Select(Curve));
        _page.Note(starts is null
            ? "Means over seeds in own decodings; bands reach from the lowest seed to the highest."
            : "Means over runs in own decodings; bands reach from the lowest run to the highest.");
        _page.Heading("Differences");
        foreach (var table in _tables.Differences()) _page.Table(table);
        _page.Note(_tables.Reading);
        if (starts?.Equal().ToList() is { Count: > 0 } equal)
        {
            _page.Heading("At equal cost").Paragraph(starts.EqualReading);
            foreach (var table in equal) _page.Table(table);
        }
        if (_tables.Audits().ToList() is { Count: > 0 } audits)
        {
            // Every arm in a line; then the first start's audits whole, with their pictures.
            _page.Heading("Other thoughts in their place");
            foreach (var table in audits) _page.Table(table);
            AuditSection.Add(_page, [.. result.Arms.SelectMany(a => a.Audit?.Audits.Take(1) ?? [])]);
            _page.Bullets(_tables.Unaudited());
        }
        if (result.Matched.Count > 0)
        {
            _page.Heading("At the same pass@1").Paragraph(QuickstartWords.MatchedReading);
            foreach (var table in result.Matched.SelectMany(_tables.Matched)) _page.Table(table);
        }
        _page.Heading("Gradients and time").Table(_tables.Gradients());
        _page.Heading("Where they started").Table(starts?.Made() ?? _tables.Start());
        if (_tables.Sweep() is { } sweep) _page.Table(sweep);
        return _page.Heading("How this page was made").Code(result.CommandLine).Bullets(_tables.Setting()).Table(_tables.Arms());
    }

    private string From() => result.StartSeeds.Count == 0 ? "one start"
        : $"{result.Starts.Count} {(result.Starts.Count == 1 ? "start" : "starts")} × {result.StartSeeds.Count} start "
            + (result.StartSeeds.Count == 1 ? "seed" : "seeds");

    /// <summary>A name in a paragraph, where stars and backticks mean something.</summary>
    private static string Markless(string name) => name.Replace("*", "").Replace("`", "");

    private IEnumerable<int> Ks() => result.Arms.SelectMany(a => a.Own).Select(r => r.K).Distinct().Order();

    private Chart Curve(int k)
    {
        var lines = result.Arms.Select((arm, slot) => new Series(arm.Name, [.. arm.Curve
            .Select(p => (p.Step, Rates: p.Rates.FirstOrDefault(r => r.K == k))).Where(p => p.Rates is not null)
            .Select(p => new ChartPoint(p.Step, new Estimate(
                100 * p.Rates!.Mean, 100 * p.Rates.Seeds.Min(), 100 * p.Rates.Seeds.Max())))])
        {
            Slot = slot,
            Spread = result.Seeds.Count > 1 || result.StartSeeds.Count > 1 ? Spread.Band : Spread.None,
        }).ToList();
        if (result.Guess.Where(g => g.K == k).Select(g => (double?)g.Share.Value).FirstOrDefault() is { } guess)
            lines.Add(new Series("guessing", [new ChartPoint(0, 100 * guess), new ChartPoint(result.Steps, 100 * guess)])
            {
                Role = SeriesRole.Guess
            });
        return new Chart { Title = $"pass@{k}, own decoding", Series = lines, YLabel = $"pass@{k}, %" };
    }
}
