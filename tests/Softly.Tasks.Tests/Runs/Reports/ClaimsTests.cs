using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class ClaimsTests
{
    [Theory]
    [InlineData(4.3, 3.1, 5.5, "A is above B by 4.3 points [3.1, 5.5].")]
    [InlineData(-4.3, -5.5, -3.1, "A is below B by 4.3 points [3.1, 5.5].")]
    [InlineData(-0.2, -1.2, 1.0, "A cannot be told apart from B: −0.2 [−1.2, +1.0] points.")]
    [InlineData(1.0, 0.0, 2.0, "A cannot be told apart from B: +1.0 [0.0, +2.0] points.")] // touching zero claims nothing
    [InlineData(-1.0, -2.0, 0.0, "A cannot be told apart from B: −1.0 [−2.0, 0.0] points.")]
    [InlineData(0, 0, 0, "A cannot be told apart from B: 0.0 [0.0, 0.0] points.")]
    [InlineData(1.0, 0.02, 2.0, "A is above B by 1.00 points [0.02, 2.00].")] // "[0.0, 2.0]" would contradict itself
    [InlineData(1.0, -0.004, 2.0, "A cannot be told apart from B: +1.000 [−0.004, +2.000] points.")]
    [InlineData(-1.0, -2.0, -0.04, "A is below B by 1.00 points [0.04, 2.00].")]
    [InlineData(2.5, double.NaN, double.NaN,
        "A differs from B by +2.5 points; without an interval this says nothing about other problems.")]
    [InlineData(double.NaN, double.NaN, double.NaN, "A was not compared with B.")]
    public void A_sentence_claims_what_the_interval_supports(double value, double low, double high, string expected) =>
        Assert.Equal(expected, Claims.Compare("A", "B", new Estimate(value, low, high)));

    [Fact]
    public void Swapping_both_sides_swaps_the_claim()
    {
        var difference = new Estimate(3, 1, 5);
        Assert.StartsWith("A is above B by 3.0", Claims.Compare("A", "B", difference));
        Assert.StartsWith("B is below A by 3.0", Claims.Compare("B", "A", difference.Times(-1)));
    }
}
