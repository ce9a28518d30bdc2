using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

public class BootstrapTests
{
    private static double[][] Some(int seeds, int problems, int seed, double between = 0.05)
    {
        var random = new Random(seed);
        var difficulty = Enumerable.Range(0, problems).Select(_ => random.NextDouble()).ToArray();
        return [.. Enumerable.Range(0, seeds).Select(_ =>
        {
            var shift = between * (random.NextDouble() - 0.5);
            return difficulty.Select(d => d + shift + 0.1 * (random.NextDouble() - 0.5)).ToArray();
        })];
    }

    /// <summary>The same draws, with every resampled table of seeds and problems laid out in full.</summary>
    private static Interval Slow(double[][] values, int resamples, int seed)
    {
        var random = new Random(seed);
        var means = new List<double>();
        for (var r = 0; r < resamples; r++)
        {
            var seeds = values.Select(_ => random.Next(values.Length)).ToList();
            var problems = values[0].Select(_ => random.Next(values[0].Length)).ToList();
            means.Add(seeds.SelectMany(s => problems.Select(p => values[s][p])).Average());
        }
        means.Sort();
        return new Interval(values.SelectMany(v => v).Average(), At(0.025), At(0.975));

        double At(double q)
        {
            var at = q * (means.Count - 1);
            return means[(int)at] + (at - (int)at) * (means[Math.Min(means.Count - 1, (int)at + 1)] - means[(int)at]);
        }
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(3, 25)]
    [InlineData(5, 1)]
    public void Resampling_seeds_and_problems_equals_laying_out_every_table(int seeds, int problems)
    {
        var values = Some(seeds, problems, 7);
        var (fast, slow) = (Bootstrap.MeanOverSeeds(values, resamples: 300, seed: 5), Slow(values, 300, 5));
        Assert.Equal(slow.Estimate, fast.Estimate, 1e-12);
        Assert.Equal(slow.Low, fast.Low, 1e-12);
        Assert.Equal(slow.High, fast.High, 1e-12);
    }

    [Fact]
    public void A_difference_is_paired_by_seed_and_problem()
    {
        // b is a without 0.02 everywhere: whatever is drawn, the difference is the same.
        var a = Some(3, 50, 1);
        var b = a.Select(seed => seed.Select(v => v - 0.02).ToArray()).ToArray();
        var difference = Bootstrap.DifferenceOverSeeds(a, b);
        Assert.Equal(0.02, difference.Estimate, 1e-12);
        Assert.Equal(0.02, difference.Low, 1e-12);
        Assert.Equal(0.02, difference.High, 1e-12);
        Assert.Throws<ArgumentException>(() => Bootstrap.DifferenceOverSeeds(a, b[..2]));
        Assert.Throws<ArgumentException>(() => Bootstrap.MeanOverSeeds([[1.0, 2.0], [1.0]]));
    }

    [Fact]
    public void Seeds_that_differ_widen_the_interval_and_problems_alone_do_not_show_it()
    {
        var values = Some(4, 200, 3, between: 0.4);
        var both = Bootstrap.MeanOverSeeds(values);
        var problems = Bootstrap.Mean([.. Enumerable.Range(0, 200).Select(p => values.Average(v => v[p]))]);
        Assert.True(both.High - both.Low > 1.3 * (problems.High - problems.Low));
        Assert.Equal(problems.Estimate, both.Estimate, 1e-12);
    }

    /// <summary>30 problems of 30: a set whose true share is the bound shows that once in forty times.</summary>
    [Fact]
    public void Where_all_came_out_alike_the_interval_still_has_a_width()
    {
        var all = Bootstrap.Share([.. Enumerable.Repeat(1.0, 30)]);
        Assert.Equal((1.0, 1.0), (all.Estimate, all.High));
        Assert.Equal(0.025, Math.Pow(all.Low, 30), 12);
        var none = Bootstrap.Share([.. Enumerable.Repeat(0.0, 30)]);
        Assert.Equal((0.0, 0.0, 1 - all.Low), (none.Estimate, none.Low, none.High));
        double[] some = [1, 0.5, 0, 1];
        Assert.Equal(Bootstrap.Mean(some), Bootstrap.Share(some));
    }
}
