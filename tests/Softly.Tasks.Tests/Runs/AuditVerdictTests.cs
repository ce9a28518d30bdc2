using Softly.Runs;

namespace Softly.Tests.Runs;

/// <summary>Which intervals an audit's verdict follows from; all in points, with a margin of 2.</summary>
public class AuditVerdictTests
{
    private static Estimate Of(string interval) => interval switch
    {
        "?" => new Estimate(0.05, double.NaN, double.NaN),
        _ when interval.Split(' ') is [var low, var high] && double.Parse(low) is var a && double.Parse(high) is var b =>
            new Estimate((a + b) / 200, a / 100, b / 100),
        _ => throw new ArgumentException(interval),
    };

    private static AuditVerdict Verdict(
        string random, string blank, string another, string winner, int pairs = 300, double margin = AuditVerdict.Margin) =>
        AuditVerdict.Of(
            pairs,
            [
                .. new[] { ("random", random), ("blank", blank), ("another", another), ("winner", winner) }
                    .Where(d => d.Item2.Length > 0)
                    .SelectMany(d => new[]
                    {
                        new AuditDifference(d.Item1, 8, Of("-90 90")) { Pairs = pairs }, // another k, which does not count
                        new AuditDifference(d.Item1, 1, Of(d.Item2)) { Pairs = pairs },
                    }),
            ], margin);

    [Theory]
    [InlineData("5 9", "3 7", "4 8", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "", AuditFinding.Alive, WinnerFinding.Open)] // another was not measured
    [InlineData("5 9", "", "4 8", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "", "", "", AuditFinding.Open, WinnerFinding.Open)] // random alone does not do
    [InlineData("", "3 7", "4 8", "", AuditFinding.Open, WinnerFinding.Open)] // nor does anything without random
    [InlineData("0.5 9", "0.5 7", "", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("0.5 1.5", "0.5 7", "", "", AuditFinding.Little, WinnerFinding.Open)] // real, and within the margin
    [InlineData("5 9", "3 7", "0.5 1.5", "", AuditFinding.Little, WinnerFinding.Open)] // the least difference decides
    [InlineData("5 9", "-3 1", "4 8", "", AuditFinding.Dead, WinnerFinding.Open)] // one that does as well is enough
    [InlineData("5 9", "3 7", "-1 1", "", AuditFinding.Dead, WinnerFinding.Open)] // they need only look usual
    [InlineData("-1 1", "3 7", "3 7", "3 7", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("0 2", "3 7", "3 7", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("-9 -5", "3 7", "3 7", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("-9 1", "", "", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("5 9", "-1 1", "-3 1", "", AuditFinding.Dead, WinnerFinding.Open)] // random ones are merely harmful
    [InlineData("5 9", "-1 1", "-3 4", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "-1 3", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("5 9", "-1 3", "3 7", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("-1 3", "3 7", "3 7", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("0.5 1.5", "-1 3", "-1 3", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("?", "3 7", "3 7", "3 7", AuditFinding.Open, WinnerFinding.Open)] // one problem has no interval
    [InlineData("5 9", "?", "5 9", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "2.5 4", AuditFinding.Alive, WinnerFinding.NotEnough)]
    [InlineData("5 9", "3 7", "", "1 4", AuditFinding.Alive, WinnerFinding.NotEnough)]
    [InlineData("5 9", "3 7", "", "0.5 1", AuditFinding.Alive, WinnerFinding.Little)] // as with thoughts
    [InlineData("5 9", "3 7", "", "-1 1", AuditFinding.Alive, WinnerFinding.Enough)]
    [InlineData("5 9", "3 7", "", "-9 -4", AuditFinding.Alive, WinnerFinding.Enough)] // winners do even better
    [InlineData("5 9", "3 7", "", "-1 3", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "?", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("-1 3", "3 7", "", "1 4", AuditFinding.Open, WinnerFinding.Open)]
    public void It_looks_at_paired_intervals_alone(
        string random, string blank, string another, string winner, AuditFinding thoughts, WinnerFinding winners)
    {
        var verdict = Verdict(random, blank, another, winner);
        Assert.Equal((thoughts, winners), (verdict.Thoughts, verdict.Winners));
        Assert.Contains(
            thoughts switch
            {
                AuditFinding.Alive => "the thoughts carry the answer", AuditFinding.Little => "a little (no more than 2 points",
                AuditFinding.Dead => "the thoughts are dead", _ => "cannot be told with 300 problems",
            }, verdict.Sentences[0]);
        Assert.DoesNotContain("NaN", string.Concat(verdict.Sentences));
    }

    [Theory]
    [InlineData(182, "-1 1", "3 7", "", AuditFinding.Open, WinnerFinding.Open)] // up to 2.01 % may differ unseen
    [InlineData(183, "-1 1", "3 7", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData(10, "-9 1", "3 7", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData(5, "5 9", "3 7", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData(6, "5 9", "3 7", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData(6, "0.5 1", "3 7", "", AuditFinding.Alive, WinnerFinding.Open)] // too few to call it a little
    [InlineData(182, "5 9", "3 7", "-1 1", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData(183, "5 9", "3 7", "-1 1", AuditFinding.Alive, WinnerFinding.Enough)]
    [InlineData(182, "5 9", "3 7", "0.5 1", AuditFinding.Alive, WinnerFinding.NotEnough)]
    public void Few_pairs_say_little_whatever_their_interval(
        int pairs, string random, string blank, string winner, AuditFinding thoughts, WinnerFinding winners)
    {
        var verdict = Verdict(random, blank, "", winner, pairs);
        Assert.Equal((thoughts, winners), (verdict.Thoughts, verdict.Winners));
        Assert.Equal(
            pairs is 182 or 10 && thoughts == AuditFinding.Open, verdict.Sentences[0].EndsWith("from 183 problems on"));
    }

    [Fact]
    public void The_margin_decides_what_counts_and_how_many_pairs_it_takes()
    {
        Assert.Equal(183, AuditVerdict.PairsFor(0.02));
        Assert.Equal(72, AuditVerdict.PairsFor(0.05));
        Assert.Equal(AuditFinding.Open, Verdict("-2 4", "", "", "", 100).Thoughts);
        Assert.Equal(AuditFinding.Dead, Verdict("-2 4", "", "", "", 100, margin: 0.05).Thoughts);
        Assert.Equal(AuditFinding.Open, Verdict("-2 4", "", "", "", 71, margin: 0.05).Thoughts);
    }

    [Fact]
    public void The_sentences_have_every_comparison_they_rest_on()
    {
        Assert.Equal(
        [
            "the thoughts carry the answer: own ones are above random ones by 7.0 [5.0, 9.0] points, "
                + "above blank ones by 5.0 [3.0, 7.0] points and above another problem's by 6.0 [4.0, 8.0] points",
            "the thoughts carry more than their winners: own minus winners +2.5 [+1.0, +4.0] points",
        ], Verdict("5 9", "3 7", "4 8", "1 4").Sentences);
        Assert.Equal(
            ["the thoughts are dead: blank ones and another problem's do as well "
                + "(own minus blank 0.0 [−1.0, +1.0] points, minus another −1.0 [−3.0, +1.0] points)"],
            Verdict("5 9", "-1 1", "-3 1", "").Sentences);
        Assert.Equal(
            ["whether the thoughts carry the answer cannot be told with 300 problems (own minus random +1.0 [−1.0, +3.0] points, "
                + "minus blank +5.0 [+3.0, +7.0] points)"],
            Verdict("-1 3", "3 7", "", "").Sentences);
    }
}
