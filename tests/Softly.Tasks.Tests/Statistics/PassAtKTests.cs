using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

public class PassAtKTests
{
    [Fact]
    public void The_unbiased_estimate_is_the_share_of_all_choices_of_k_with_a_right_answer()
    {
        for (var n = 1; n <= 10; n++)
            for (var c = 0; c <= n; c++)
                for (var k = 1; k <= n; k++)
                {
                    var choices = Enumerable.Range(0, 1 << n).Where(mask => int.PopCount(mask) == k).ToList();
                    var hits = choices.Count(mask => (mask & ((1 << c) - 1)) != 0); // the first c of n are right
                    Assert.Equal((double)hits / choices.Count, PassAtK.Unbiased(n, c, k), 12);
                }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 0.25 * 0.5)]
    [InlineData(1, 0.5)]
    [InlineData(1.5, (0.5 + 5.0 / 6) / 2)] // of 4 answers 2 are right: pass@2 = 1 − 1/6
    [InlineData(2, 5.0 / 6)]
    [InlineData(3.7, 1)]
    [InlineData(4, 1)]
    public void A_number_of_answers_that_is_not_whole_is_rounded_at_random(double answers, double expected) =>
        Assert.Equal(expected, PassAtK.Expected(4, 2, answers), 12);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(4.1)]
    [InlineData(double.NaN)]
    public void More_answers_than_there_are_and_fewer_than_none_are_refused(double answers) => Assert.Contains(
        "from 0 to 4 answers", Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Expected(4, 2, answers)).Message);

    [Fact]
    public void First_k_looks_at_the_first_answers_only()
    {
        bool[] right = [false, false, true, false];
        Assert.Equal([0, 0, 1, 1, 1], new[] { 1, 2, 3, 4, 64 }.Select(k => PassAtK.FirstK(right, k)));
    }

    /// <summary>Both are right on average, but only one uses every answer there is.</summary>
    [Fact]
    public void The_unbiased_estimate_has_the_expectation_of_first_k_and_less_spread()
    {
        var random = new Random(3);
        const int n = 16, k = 4, trials = 20_000;
        const double p = 0.2;
        double[] first = new double[trials], unbiased = new double[trials];
        for (var t = 0; t < trials; t++)
        {
            bool[] right = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() < p)];
            first[t] = PassAtK.FirstK(right, k);
            unbiased[t] = PassAtK.Unbiased(n, right.Count(r => r), k);
        }
        var truth = 1 - Math.Pow(1 - p, k);
        Assert.InRange(first.Average(), truth - 4 * Error(first), truth + 4 * Error(first));
        Assert.InRange(unbiased.Average(), truth - 4 * Error(unbiased), truth + 4 * Error(unbiased));
        Assert.True(Error(unbiased) < 0.6 * Error(first));

        static double Error(double[] x) =>
            Math.Sqrt(x.Sum(v => (v - x.Average()) * (v - x.Average())) / (x.Length - 1) / x.Length);
    }
}
