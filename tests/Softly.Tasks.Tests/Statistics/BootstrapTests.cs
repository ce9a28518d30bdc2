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
        // b is a without 0.02 or a little more: whatever is drawn, the difference is in between.
        var a = Some(3, 50, 1);
        var b = a.Select(seed => seed.Select((v, i) => v - 0.02 - i % 2 * 1e-6).ToArray()).ToArray();
        var difference = Bootstrap.DifferenceOverSeeds(a, b);
        Assert.Equal(0.02 + 5e-7, difference.Estimate, 1e-12);
        Assert.InRange(difference.Low, 0.02, difference.Estimate);
        Assert.InRange(difference.High, difference.Estimate, 0.02 + 1e-6);
        Assert.Throws<ArgumentException>(() => Bootstrap.DifferenceOverSeeds(a, b[..2]));
        Assert.Throws<ArgumentException>(() => Bootstrap.MeanOverSeeds([[1.0, 2.0], [1.0]]));
    }

    [Fact]
    public void One_problem_and_differences_that_are_all_alike_claim_no_more_than_they_show()
    {
        Assert.True(double.IsNaN(Bootstrap.Difference([1.0], [0.0]).Low));
        Assert.True(double.IsNaN(Bootstrap.DifferenceOverSeeds([[1.0], [1.0]], [[0.0], [0.5]]).High));
        Assert.False(Bootstrap.ShareDifference([[1.0]], [[0.0]]).ExcludesZero);
        var (ones, zeros) = (Enumerable.Repeat(1.0, 30).ToArray(), new double[30]);
        Assert.True(double.IsNaN(Bootstrap.Difference(ones, zeros).Low));
        // 30 of 30: b = 0.025^(1/30) = 0.884
        var all = Bootstrap.ShareDifference([ones], [zeros]);
        Assert.Equal((1, 1), (all.Estimate, Math.Round(all.High, 12)));
        Assert.Equal(2 * Math.Pow(0.025, 1 / 30.0) - 1, all.Low, 12);
        var none = Bootstrap.ShareDifference([ones, ones], [ones, ones]);
        Assert.Equal(1 - Math.Pow(0.025, 1 / 30.0), none.High, 12);
        Assert.Equal(-none.High, none.Low, 12);
        Assert.False(Bootstrap.ShareDifference([[1.0, 1]], [[0.0, 0]]).ExcludesZero); // two problems are few
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
