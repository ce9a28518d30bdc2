using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class CurvesTests
{
    [Fact]
    public void Short_runs_are_shown_as_they_are() =>
        Assert.Equal([3, 1, 2], Curves.Of(Entries(3, 1, 2), "m").Select(p => p.Y.Value));

    [Fact]
    public void Long_runs_are_means_around_each_step()
    {
        var curve = Curves.Of(Entries([.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? 3.0 : 0.0)]), "m");
        Assert.Equal(3, Curves.Window(60));
        Assert.All(curve.Skip(1).SkipLast(1), p => Assert.Equal(1, p.Y.Value, 9)); // each window of three holds 3, 0, 0
    }

    [Fact]
    public void A_number_that_was_not_finite_leaves_a_gap_and_spoils_no_neighbour()
    {
        var values = Enumerable.Repeat(2.0, 60).ToArray();
        values[30] = double.NaN;
        var curve = Curves.Of(Entries(values), "m");
        Assert.Equal([31.0], curve.Where(p => !double.IsFinite(p.Y.Value)).Select(p => p.X));
        Assert.All(curve.Where(p => p.X != 31), p => Assert.Equal(2, p.Y.Value));
    }

    [Fact]
    public void Very_long_runs_are_thinned_but_keep_their_end()
    {
        var curve = Curves.Of(Entries([.. Enumerable.Range(0, 10_000).Select(i => (double)i)]), "m");
        Assert.InRange(curve.Count, 100, 301);
        Assert.Equal(10_000, curve[^1].X);
    }

    [Fact]
    public void A_learning_rate_keeps_its_corners()
    {
        var entries = Entries([.. Enumerable.Range(0, 100).Select(i => Math.Min(i, 10.0))])
            .Select(e => e with { Metrics = new Dictionary<string, double> { ["learning_rate"] = e["m"] } }).ToList();
        Assert.Equal(entries.Select(e => e["learning_rate"]), Curves.Of(entries, "learning_rate").Select(p => p.Y.Value));
    }

    [Fact]
    public void Lines_without_the_metric_are_no_gaps()
    {
        var entries = new[] { new MetricsEntry(1, 0, new Dictionary<string, double> { ["m"] = 1 }),
            new MetricsEntry(1, 0, new Dictionary<string, double> { ["other"] = 1 }) };
        Assert.Single(Curves.Of(entries, "m"));
    }

    private static MetricsEntry[] Entries(params double[] values) =>
        [.. values.Select((value, i) => new MetricsEntry(i + 1, i, new Dictionary<string, double> { ["m"] = value }))];
}
