using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

public class HierarchicalBootstrapTests
{
    /// <summary>Two starts × two seeds × two problems: every resample there is, by hand.</summary>
    private static readonly double[][][] Tiny = [[[0.1, 0.9], [0.3, 0.4]], [[0.8, 0.2], [0.6, 0.7]]];

    /// <summary>The means of all equally likely resamples of the tiny case.</summary>
    private static double[] Everything(Func<int, int, int, double> value)
    {
        int[] two = [0, 1];
        return
        [
            .. from s1 in two from s2 in two
               from a1 in two from a2 in two from b1 in two from b2 in two
               from p1 in two from p2 in two
               select new[] { (s1, a1), (s1, a2), (s2, b1), (s2, b2) }
                   .Average(run => new[] { p1, p2 }.Average(p => value(run.Item1, run.Item2, p))),
        ];
    }

    private static double Quantile(IEnumerable<double> values, double q)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(q * (sorted.Length - 1))];
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void Bounds_are_the_quantiles_of_all_resamples_there_are(double level)
    {
        var all = Everything((s, r, p) => Tiny[s][r][p]);
        var interval = HierarchicalBootstrap.Mean(Tiny, level, resamples: 40_000);
        Assert.Equal(all.Average(), interval.Estimate, 12);
        Assert.InRange(interval.Low, Quantile(all, (1 - level) / 2) - 0.026, Quantile(all, (1 - level) / 2) + 0.026);
        Assert.InRange(interval.High, Quantile(all, (1 + level) / 2) - 0.026, Quantile(all, (1 + level) / 2) + 0.026);
    }

    [Fact]
    public void A_paired_difference_is_the_mean_of_the_differences()
    {
        double[][][] other = [[[0.2, 0.5], [0.1, 0.4]], [[0.9, 0.1], [0.2, 0.3]]];
        double[][][] differences = [.. Tiny.Zip(other, (a, b) =>
            a.Zip(b, (x, y) => x.Zip(y, (u, v) => u - v).ToArray()).ToArray())];
        var paired = HierarchicalBootstrap.Difference(Tiny, other, sameStarts: true);
        var mean = HierarchicalBootstrap.Mean(differences);
        Assert.Equal(mean.Estimate, paired.Estimate, 12);
        Assert.Equal(mean.Low, paired.Low, 12);
        Assert.Equal(mean.High, paired.High, 12);
    }

    [Fact]
    public void Starts_that_are_not_the_same_are_drawn_apart_and_problems_are_still_shared()
    {
        // Both arms depend on problems alike and on starts alike: pairing takes the problems' share away, and, where the starts
        // are the same, theirs too.
        double[] problems = [.. Enumerable.Range(0, 40).Select(p => p % 2 * 0.6)];
        double[][][] Arm(double above) =>
            [.. new[] { 0.0, 0.1, 0.2, 0.3 }.Select(s => new[] { problems.Select(p => p + s + above).ToArray() })];
        var (a, b) = (Arm(0.05), Arm(0));
        var same = HierarchicalBootstrap.Difference(a, b, sameStarts: true);
        Assert.Equal((0.05, double.NaN, double.NaN), (Math.Round(same.Estimate, 9), same.Low, same.High));
        var apart = HierarchicalBootstrap.Difference(a, b, sameStarts: false);
        // The starts' deviation is 0.1118; a mean of four has half of it, the difference of two such means √2 of that.
        var half = 1.96 * 0.1118 / 2 * Math.Sqrt(2);
        Assert.Equal(0.05, apart.Estimate, 9);
        Assert.InRange((apart.High - apart.Low) / 2, 0.85 * half, 1.1 * half);
    }

    [Fact]
    public void Starts_may_have_different_numbers_of_seeds_and_count_alike()
    {
        double[][][] values = [[[1.0, 1.0], [0.0, 0.0], [0.5, 0.5]], [[0.1, 0.1]]];
        var interval = HierarchicalBootstrap.Mean(values);
        Assert.Equal((0.5 + 0.1) / 2, interval.Estimate, 12);
        Assert.Equal(0.1, interval.Low, 9); // the second start twice: one seed, no spread
        Assert.Equal(0, HierarchicalBootstrap.Difference(
            values, [[[0.3, 0.3]], [[0.3, 0.3], [0.3, 0.3]]], sameStarts: true).Estimate, 12);
    }

    [Fact]
    public void Constants_have_no_width_and_differences_that_are_all_alike_no_bounds()
    {
        double[][][] constant = [[[0.3, 0.3], [0.3, 0.3]], [[0.3, 0.3], [0.3, 0.3]]];
        var mean = HierarchicalBootstrap.Mean(constant);
        Assert.Equal(0.3, mean.Low, 12);
        Assert.Equal(0.3, mean.High, 12);
        Assert.True(double.IsNaN(HierarchicalBootstrap.Difference(constant, constant, sameStarts: false).Low));
        Assert.True(double.IsNaN(HierarchicalBootstrap.Difference(Tiny, Tiny, sameStarts: true).Low));
        Assert.False(double.IsNaN(HierarchicalBootstrap.Difference(Tiny, Tiny, sameStarts: false).Low));
        Assert.True(double.IsNaN(HierarchicalBootstrap.Difference([[[0.2]], [[0.4]]], [[[0.1]], [[0.1]]], sameStarts: true).Low));
    }

    [Fact]
    public void The_order_of_starts_seeds_and_problems_does_not_matter()
    {
        var random = new Random(3);
        double[][][] values = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 3).Select(
            _ => Enumerable.Range(0, 30).Select(_ => random.NextDouble()).ToArray()).ToArray())];
        double[][][] turned =
            [.. values.Reverse().Select(start => start.Reverse().Select(run => run.Reverse().ToArray()).ToArray())];
        var a = HierarchicalBootstrap.Mean(values, resamples: 20_000);
        var b = HierarchicalBootstrap.Mean(turned, resamples: 20_000);
        Assert.Equal(a.Estimate, b.Estimate, 12);
        Assert.InRange(b.Low - a.Low, -0.003, 0.003);
        Assert.InRange(b.High - a.High, -0.003, 0.003);
        Assert.Equal(a, HierarchicalBootstrap.Mean(values, resamples: 20_000)); // the same seed, the same interval
    }

    [Fact]
    public void What_cannot_be_paired_or_averaged_is_refused()
    {
        foreach (var none in new double[][][][] { [], [[]], [[[]]], [[[0.1]], []] })
            Assert.Contains(
                "no values", Assert.Throws<ArgumentException>(() => HierarchicalBootstrap.Mean(none)).Message);
        Assert.Contains("2 against 1", Assert.Throws<ArgumentException>(
            () => HierarchicalBootstrap.Mean([[[0.1, 0.2]], [[0.1]]])).Message);
        Assert.Contains("2 against 1", Assert.Throws<ArgumentException>(
            () => HierarchicalBootstrap.Difference(Tiny, [[[0.1]], [[0.1]]], sameStarts: true)).Message);
        Assert.Contains("as many: 2 against 1", Assert.Throws<ArgumentException>(
            () => HierarchicalBootstrap.Difference(Tiny, [[[0.1, 0.2]]], sameStarts: true)).Message);
        var apart = HierarchicalBootstrap.Difference(Tiny, [[[0.1, 0.2]]], sameStarts: false);
        Assert.True(apart.Low < apart.High);
    }

    /// <summary>
    /// Data with known variances of starts, seeds and problems around a known mean: how often the interval holds it.
    /// </summary>
    [Fact]
    public void Five_starts_cover_the_truth_about_as_often_as_promised_and_problems_alone_do_not()
    {
        var random = new Random(11);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        const int Sets = 200, Starts = 5, Seeds = 3, Problems = 60;
        var (hierarchical, problemsAlone, difference) = (0, 0, 0);
        for (var set = 0; set < Sets; set++)
        {
            double[] hard = [.. Enumerable.Range(0, Problems).Select(_ => 0.3 * Normal())];
            double[][][] Arm(double mean) => [.. Enumerable.Range(0, Starts).Select(_ =>
            {
                var start = 0.05 * Normal();
                return Enumerable.Range(0, Seeds).Select(_ =>
                {
                    var seed = 0.03 * Normal();
                    return hard.Select(h => mean + h + start + seed + 0.05 * Normal()).ToArray();
                }).ToArray();
            })];
            var (a, b) = (Arm(0.6), Arm(0.5));
            var own = HierarchicalBootstrap.Mean(a, resamples: 500, seed: set);
            if (own.Low <= 0.6 && 0.6 <= own.High) hierarchical++;
            var minus = HierarchicalBootstrap.Difference(a, b, sameStarts: false, resamples: 500, seed: set);
            if (minus.Low <= 0.1 && 0.1 <= minus.High) difference++;
            double[] Averaged(double[][][] arm) =>
                [.. Enumerable.Range(0, Problems).Select(p => arm.SelectMany(start => start).Average(run => run[p]))];
            var naive = Bootstrap.Difference(Averaged(a), Averaged(b), resamples: 500, seed: set);
            if (naive.Low <= 0.1 && 0.1 <= naive.High) problemsAlone++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{hierarchical} {difference} {problemsAlone} of {Sets}");
        Assert.InRange(hierarchical, 0.85 * Sets, 0.99 * Sets);
        Assert.InRange(difference, 0.85 * Sets, 0.99 * Sets);
        Assert.InRange(problemsAlone, 0, 0.5 * Sets); // what starts and seeds add is not in it
    }
}
