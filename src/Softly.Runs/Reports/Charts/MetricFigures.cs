namespace Softly.Runs.Reports;

/// <summary>A run's metrics under one name.</summary>
internal sealed record NamedCurve(string Name, IReadOnlyList<MetricsEntry> Entries);

/// <summary>One metric of several runs, or several metrics of one run, over steps.</summary>
internal static class MetricFigures
{
    /// <summary>One metric, a line for each run that has it; null where none has.</summary>
    public static Chart? Compare(string title, string unit, string metric, IReadOnlyList<NamedCurve> runs)
    {
        var lines = runs.Select((run, slot) => new Series(run.Name, Curves.Of(run.Entries, metric)) { Slot = slot })
            .Where(line => line.Points.Count > 0).ToList();
        return lines.Count == 0 ? null : new Chart { Title = title, Series = lines, YLabel = unit };
    }

    /// <summary>Several metrics of one run that share a unit; null where it has none of them.</summary>
    public static Chart? Together(string title, string unit, IReadOnlyList<MetricsEntry> entries,
        params (string Metric, string Name)[] metrics)
    {
        var lines = metrics.Select(m => new Series(m.Name, Curves.Of(entries, m.Metric)))
            .Where(line => line.Points.Count > 0).ToList();
        return lines.Count == 0 ? null : new Chart { Title = title, Series = lines, YLabel = unit };
    }

    /// <summary>How a reader is told of the smoothing; empty where there is none.</summary>
    public static string SmoothingNote(int steps) =>
        Curves.Window(steps) is > 1 and var window ? $"Each point is the mean over {window} steps around it." : "";
}
