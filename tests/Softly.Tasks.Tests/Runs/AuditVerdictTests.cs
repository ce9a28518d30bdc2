using Softly.Runs;

namespace Softly.Tests.Runs;

/// <summary>Which intervals an audit's verdict follows from; all in points, with a margin of 2.</summary>
public class AuditVerdictTests
{
    private static Estimate? Of(string interval) => interval switch
    {
        "" => null,
        "?" => new Estimate(0.05, double.NaN, double.NaN),
        _ when interval.Split(' ') is [var low, var high] && double.Parse(low) is var a && double.Parse(high) is var b =>
            new Estimate((a + b) / 200, a / 100, b / 100),
        _ => throw new ArgumentException(interval),
    };

    [Theory]
    [InlineData("5 9", "3 7", "4 8", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "-3 1", "4 8", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "-1 1", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "", AuditFinding.Alive, WinnerFinding.Open)] // another was not measured
    [InlineData("0.5 9", "0.5 7", "", "", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("0.5 1.5", "0.5 7", "", "", AuditFinding.Little, WinnerFinding.Open)] // real, and within the margin
    [InlineData("-1 1", "3 7", "3 7", "3 7", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("0 2", "3 7", "3 7", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("-9 -5", "3 7", "3 7", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("-9 1", "", "", "", AuditFinding.Dead, WinnerFinding.Open)]
    [InlineData("5 9", "-1 1", "-3 1", "", AuditFinding.Dead, WinnerFinding.Open)] // random ones are merely harmful
    [InlineData("5 9", "-1 1", "-3 4", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("5 9", "-1 1", "", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("-1 3", "3 7", "3 7", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("0.5 1.5", "-1 3", "-1 3", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("?", "3 7", "3 7", "3 7", AuditFinding.Open, WinnerFinding.Open)] // one problem has no interval
    [InlineData("5 9", "?", "?", "", AuditFinding.Open, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "1 4", AuditFinding.Alive, WinnerFinding.NotEnough)]
    [InlineData("5 9", "3 7", "", "0.5 1", AuditFinding.Alive, WinnerFinding.NotEnough)]
    [InlineData("5 9", "3 7", "", "-1 1", AuditFinding.Alive, WinnerFinding.Enough)]
    [InlineData("5 9", "3 7", "", "-9 -4", AuditFinding.Alive, WinnerFinding.Enough)] // winners do even better
    [InlineData("5 9", "3 7", "", "-1 3", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("5 9", "3 7", "", "?", AuditFinding.Alive, WinnerFinding.Open)]
    [InlineData("-1 3", "3 7", "", "1 4", AuditFinding.Open, WinnerFinding.Open)]
    public void It_looks_at_paired_intervals_alone(
        string random, string blank, string another, string winner, AuditFinding thoughts, WinnerFinding winners)
    {
        var verdict = AuditVerdict.Of(300, Of(random)!.Value, Of(blank), Of(another), Of(winner));
        Assert.Equal((thoughts, winners), (verdict.Thoughts, verdict.Winners));
        Assert.Contains(
            thoughts switch
            {
                AuditFinding.Alive => "the thoughts carry the answer", AuditFinding.Little => "no more than 2 points",
                AuditFinding.Dead => "the thoughts are dead", _ => "cannot be told with 300 problems",
            }, verdict.Sentences[0]);
        Assert.DoesNotContain("NaN", string.Concat(verdict.Sentences));
    }

    [Fact]
    public void The_margin_decides_what_counts()
    {
        var difference = new Estimate(0.01, -0.02, 0.04);
        Assert.Equal(AuditFinding.Open, AuditVerdict.Of(50, difference).Thoughts);
        Assert.Equal(AuditFinding.Dead, AuditVerdict.Of(50, difference, margin: 0.05).Thoughts);
    }

    [Fact]
    public void The_sentences_have_the_numbers()
    {
        var verdict = AuditVerdict.Of(300, Of("5 9")!.Value, Of("3 7"), null, Of("1 4"));
        Assert.Equal(
        [
            "the thoughts carry the answer: own ones are above random ones by 7.0 [5.0, 9.0] points "
                + "and above blank ones by 5.0 [3.0, 7.0] points",
            "the thoughts carry more than their winners: own minus winners +2.5 [+1.0, +4.0] points",
        ], verdict.Sentences);
    }
}
