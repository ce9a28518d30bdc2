namespace Softly.Runs.Reports;

/// <summary>Lines from metrics: one point a step, smoothed for the eye and thinned for the page.</summary>
internal static class Curves
{
    private const int MostPoints = 300;

    /// <summary>Steps averaged into each point of a run this long: a twentieth of it, odd.</summary>
    public static int Window(int steps) => steps < 40 ? 1 : steps / 20 | 1;

    /// <summary>
    /// The metric over steps. Each point is the mean over a window around its step, shorter at the ends; a number that was not
    /// finite leaves a gap.
    /// </summary>
    public static IReadOnlyList<ChartPoint> Of(IReadOnlyList<MetricsEntry> entries, string metric)
    {
        var points = entries.Where(e => e.Metrics.ContainsKey(metric)).Select(e => (e.Step, Value: e[metric])).ToList();
        var half = metric is "learning_rate" ? 0 : Window(points.Count) / 2; // a schedule has corners, not noise
        var stride = Math.Max(1, (points.Count + MostPoints - 1) / MostPoints);
        var result = new List<ChartPoint>();
        for (var i = 0; i < points.Count; i++)
        {
            if (i % stride != 0 && i != points.Count - 1) continue;
            var near = points.Take(Math.Max(0, i - half)..(i + half + 1)).Select(p => p.Value).Where(double.IsFinite);
            result.Add(new ChartPoint(points[i].Step, double.IsFinite(points[i].Value) ? near.Average() : double.NaN));
        }
        return result;
    }
}
