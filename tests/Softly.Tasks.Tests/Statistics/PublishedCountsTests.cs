using System.Globalization;
using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

/// <summary>
/// How many of 32 answers to each problem were right, from the result files that the SofT-GRPO authors published for
/// Llama-3.2-3B-Instruct (AIME 2024, AIME 2025, AMC 2023). From these counts follow the published mean@32 and pass@32, and the
/// unbiased estimates, which differ from the first-k figures that the files print as pass@16.
/// </summary>
public class PublishedCountsTests
{
    private const string SoftAime24 = "0 6 0 0 0 15 0 0 0 0 0 2 0 0 0 0 2 22 21 0 0 5 0 1 0 0 0 0 0 0";
    private const string SoftAime25 = "0 0 0 1 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0";

    private const string SoftAmc23 = "27 3 29 0 16 0 0 0 10 12 28 0 0 27 0 7 17 0 5 21 0 16 6 23 7 0 9 0 8 5 19 0 0 30 31 2 26 1 12 4";

    private const string GrpoAime24 = "0 1 0 0 1 12 0 0 0 0 0 0 0 0 0 0 7 22 24 0 0 1 0 3 0 0 0 0 0 0";
    private const string GrpoAime25 = "0 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";

    private const string GrpoAmc23 = "27 14 19 0 3 0 0 0 7 11 27 0 0 0 0 5 17 2 7 3 0 24 4 11 9 1 18 1 0 3 30 0 0 32 32 1 9 8 24 0";

    [Theory]
    [InlineData(SoftAime24, 7.71, 26.7, 23.3, 23.3)]
    [InlineData(SoftAime25, 0.31, 10.0, 5.0, 10.0)]
    [InlineData(SoftAmc23, 31.33, 67.5, 65.1, 67.5)]
    [InlineData(GrpoAime24, 7.40, 26.7, 21.3, 23.3)]
    [InlineData(GrpoAime25, 0.52, 3.3, 3.3, 3.3)]
    [InlineData(GrpoAmc23, 27.27, 67.5, 62.1, 62.5)]
    public void Counts_give_the_published_mean_and_pass_at_32_and_the_unbiased_pass_at_16(
        string counts, double mean, double pass32, double unbiased16, double printed16)
    {
        int[] right = [.. counts.Split(' ').Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
        Assert.Equal(mean, 100 * right.Average(c => c / 32.0), 0.0051);
        Assert.Equal(mean, 100 * right.Average(c => PassAtK.Unbiased(32, c, 1)), 0.0051);
        Assert.Equal(pass32, 100 * right.Average(c => PassAtK.Unbiased(32, c, 32)), 0.051);
        Assert.Equal(unbiased16, 100 * right.Average(c => PassAtK.Unbiased(32, c, 16)), 0.051);

        // What the files print at 16 is one draw of first-k: possible for these counts, and no average.
        var problems = right.Length;
        Assert.Equal(Math.Round(printed16 * problems / 100), printed16 * problems / 100, 0.02);
        Assert.InRange(printed16 * problems / 100, right.Count(c => c > 16) - 0.02, right.Count(c => c > 0) + 0.02);
    }
}
