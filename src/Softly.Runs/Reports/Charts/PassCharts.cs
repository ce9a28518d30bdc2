namespace Softly.Runs.Reports;

/// <summary>Figures of pass@k: the rates themselves, and what changed.</summary>
internal static class PassCharts
{
    /// <summary>A line for each model over k, in percent.</summary>
    public static Chart Rates(string title, IEnumerable<Series> lines, IReadOnlyList<PassAt> guess)
    {
        var series = lines.ToList();
        if (guess.Count > 0) series.Insert(0, new Series("guessing", Points(guess)) { Role = SeriesRole.Guess });
        return new Chart
        {
            Title = title,
            Series = series,
            XLabel = "k (answers tried)",
            YLabel = "pass@k, %",
            Log2X = true,
            YShows = [0, 100],
        };
    }

    /// <summary>A bar for each model and k around zero, in points.</summary>
    public static Chart Differences(string title, IReadOnlyList<Series> lines) => new()
    {
        Title = title,
        Series = lines,
        XLabel = "k (answers tried)",
        YLabel = "difference in points, with 95 % interval",
        Log2X = true,
        ZeroLine = true,
        Dodge = true,
        Joined = false,
    };

    public static IReadOnlyList<ChartPoint> Points(IReadOnlyList<PassAt> passes) =>
        [.. passes.Select(p => new ChartPoint(p.K, p.Share.Times(100)))];

    public static IReadOnlyList<ChartPoint> Points(IReadOnlyList<PassDifference> differences) =>
        [.. differences.Select(d => new ChartPoint(d.K, d.Share.Times(100)))];
}
