using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Cli.Evaluating;

public class PairingTests
{
    private static PartComparison Compare(List<SampleRecord> a, List<SampleRecord> b) =>
        Pairing.Of("sums", ("soft", [a]), ("discrete", [b]));

    [Fact]
    public void Differences_are_those_of_the_estimates_where_both_answered_the_same_problems()
    {
        var (a, b) = (SomeSamples.Of(40, 8, 1, ease: 0.7), SomeSamples.Of(40, 8, 2));
        var found = Compare(a, b);
        var (x, y) = (Summaries.Of("sums", "soft", a, 8), Summaries.Of("sums", "discrete", b, 8));
        foreach (var k in new[] { 1, 2, 4, 8 })
            Assert.Equal(
                100 * (x.PassAtK.Single(p => p.K == k).Share.Value - y.PassAtK.Single(p => p.K == k).Share.Value),
                found.Differences.Single(d => d.Quantity == $"pass@{k}").Value.Value, 9);
        Assert.Equal(
            100 * (x.MajorityAtK[^1].Share.Value - y.MajorityAtK[^1].Share.Value),
            found.Differences.Single(d => d.Quantity == "maj@8").Value.Value, 9);
    }

    [Fact]
    public void A_clear_difference_is_claimed_and_one_that_is_none_is_not()
    {
        var clear = Compare(SomeSamples.Of(80, 8, 1, ease: 0.8), SomeSamples.Of(80, 8, 2, ease: 0.3));
        Assert.Contains("sums, pass@1: soft is above discrete by", string.Join('\n', Words(clear)));
        var none = Compare(SomeSamples.Of(80, 8, 3), SomeSamples.Of(80, 8, 4));
        Assert.Contains("sums, pass@1: soft cannot be told apart from discrete", string.Join('\n', Words(none)));
        Assert.Contains(none.Remarks, r => r.Contains("cannot be seen"));
    }

    /// <summary>The same problems are hard for both: pairing takes their difficulty out of the interval.</summary>
    [Fact]
    public void Pairing_by_problem_is_narrower_than_two_intervals_apart()
    {
        var (a, b) = (SomeSamples.Of(60, 16, 1), SomeSamples.Of(60, 16, 2));
        var paired = Compare(a, b).Differences[0].Value;
        var (x, y) = (Summaries.Of("s", "a", a, 16).Mean, Summaries.Of("s", "b", b, 16).Mean);
        var apart = 100 * Math.Sqrt(Math.Pow(x.High - x.Low, 2) + Math.Pow(y.High - y.Low, 2));
        Assert.True(paired.High - paired.Low < 0.7 * apart, $"{paired.High - paired.Low} against {apart}");
    }

    [Fact]
    public void Problems_that_only_one_side_answered_are_left_out_and_said()
    {
        var (a, b) = (SomeSamples.Of(30, 4, 1), SomeSamples.Of(20, 4, 2));
        var found = Compare(a, b);
        Assert.Equal(20, found.Problems);
        Assert.Contains(found.Remarks, r => r.Contains("20 problems were answered by both, of up to 30"));
        Assert.Equal(
            Compare([.. a.Where(s => b.Any(o => o.ProblemId == s.ProblemId))], b).Differences, found.Differences);
    }

    [Fact]
    public void Several_seeds_are_paired_one_by_one()
    {
        List<IReadOnlyList<SampleRecord>> a = [SomeSamples.Of(30, 4, 1, 0.7), SomeSamples.Of(30, 4, 2, 0.7)];
        List<IReadOnlyList<SampleRecord>> b = [SomeSamples.Of(30, 4, 3), SomeSamples.Of(30, 4, 4)];
        var found = Pairing.Of("sums", ("soft", a), ("discrete", b));
        Assert.Equal(2, found.Seeds);
        var singles = a.Zip(b, (x, y) => Pairing.Of("sums", ("soft", [x]), ("discrete", [y])).Differences[0].Value.Value);
        Assert.Equal(singles.Average(), found.Differences[0].Value.Value, 9);
        var error = Assert.Throws<UserError>(() => Pairing.Of("sums", ("soft", a), ("discrete", [b[0]])));
        Assert.Contains("soft has 2 evaluations and discrete 1", error.Message);
    }

    [Fact]
    public void Nothing_in_common_is_an_error()
    {
        var error = Assert.Throws<UserError>(
            () => Compare(SomeSamples.Of(5, 2, 1), SomeSamples.Of(5, 2, 1, prefix: "q")));
        Assert.Equal("soft and discrete have no problem of sums in common: evaluate both on the same slice", error.Message);
    }

    /// <summary>One problem, and differences that are all alike, show no spread: that is no certainty.</summary>
    [Fact]
    public void One_problem_is_no_claim_and_differences_that_are_all_alike_are_bounded_by_their_number()
    {
        var one = Compare(SomeSamples.Of(1, 4, 1, ease: 1.9), SomeSamples.Of(1, 4, 1, ease: -1));
        Assert.Equal(100, one.Differences[0].Value.Value);
        Assert.All(one.Differences, d => Assert.False(d.Value.HasInterval));
        Assert.DoesNotContain("is above", string.Join('\n', Words(one)));
        var all = Compare(SomeSamples.Of(30, 4, 1, ease: 1.9), SomeSamples.Of(30, 4, 1, ease: -1)).Differences[0].Value;
        Assert.Equal(100 * (2 * Math.Pow(0.025, 1 / 30.0) - 1), all.Low, 9);
        var same = Compare(SomeSamples.Of(30, 4, 1), SomeSamples.Of(30, 4, 1));
        Assert.All(same.Differences.Where(d => d.Unit == "points"), d => Assert.True(d.Value is { Low: < 0, High: > 0 }));
        Assert.All(same.Differences.Where(d => d.Unit == "tokens"), d => Assert.False(d.Value.HasInterval));
        Assert.DoesNotContain(same.Remarks, r => r.Contains("cannot be seen"));
    }

    private static string[] Words(PartComparison comparison) => EvaluationReport.ToText(
        new EvaluationResult { Name = "x", Parts = [], Comparisons = [comparison] }, 160).Split('\n');
}
