using Softly.Cli.Evaluating;
using Softly.Runs;

namespace Softly.Tests.Cli.Evaluating;

public class SummariesTests
{
    private static List<SampleRecord[]> ByProblem(IEnumerable<SampleRecord> samples) =>
        [.. samples.GroupBy(s => s.ProblemId).Select(g => g.ToArray())];

    [Fact]
    public void Every_estimate_is_what_counting_gives()
    {
        var samples = SomeSamples.Of(25, 6, seed: 3);
        var part = Summaries.Of("sums", "discrete", samples, 6);
        var problems = ByProblem(samples);
        Assert.Equal([1, 2, 4, 6], part.PassAtK.Select(p => p.K));
        Assert.Equal(problems.Average(p => p.Average(s => s.Score)), part.Mean.Value, 12);
        Assert.Equal(part.Mean.Value, part.PassAtK[0].Share.Value, 12);
        foreach (var k in new[] { 2, 4, 6 })
        {
            var at = part.PassAtK.Single(p => p.K == k);
            Assert.Equal(problems.Average(p => Choices(6, k).Average(c => c.Any(i => p[i].IsRight) ? 1.0 : 0)), at.Share.Value, 12);
            Assert.Equal(
                problems.Average(p => p.Take(k).Any(s => s.IsRight) ? 1.0 : 0),
                part.FirstK.Single(f => f.K == k).Share.Value, 12);
            Assert.InRange(at.Share.Value, at.Share.Low, at.Share.High);
        }
        Assert.Equal(problems.Average(p => p.Average(s => s.Tokens!.Value)), part.Quantities["tokens"].Value, 12);
        Assert.Equal(
            problems.Where(p => p.Any(s => s.IsRight)).Average(p => p.Where(s => s.IsRight).Average(s => s.Tokens!.Value)),
            part.Quantities["tokens_right"].Value, 12);
        Assert.Equal(
            problems.Where(p => p.Any(s => s.IsRight)).Average(p => p.Average(s => s.Tokens!.Value)),
            part.Quantities["tokens_solved"].Value, 12);
        Assert.Equal(
            problems.Average(p => p.Select(s => s.Answer).OfType<string>().Distinct().Count()),
            part.Quantities["distinct_answers"].Value, 12);
        Assert.Equal(samples.Count(s => s.Answer is null) / 150.0, part.Quantities["truncated"].Value, 12);
        Assert.Equal(150, part.Verdicts.Values.Sum());

        static IEnumerable<int[]> Choices(int n, int k) => Enumerable.Range(0, 1 << n).Where(m => int.PopCount(m) == k)
            .Select(m => Enumerable.Range(0, n).Where(i => (m >> i & 1) == 1).ToArray());
    }

    /// <summary>A verifier that failed says nothing about the answer.</summary>
    [Fact]
    public void Answers_without_a_verdict_are_left_out_and_counted()
    {
        var samples = SomeSamples.Of(12, 5, seed: 4);
        var failed = samples.Select(s => s.Sample == 2
            ? s with { Verdict = "failed", Score = double.NaN, AnswerClass = null } : s).ToList();
        var part = Summaries.Of("sums", "discrete", failed, 5);
        Assert.Equal(12, part.Failed);
        Assert.Equal(samples.Where(s => s.Sample != 2).Average(s => s.Score), part.Mean.Value, 12);
        Assert.True(double.IsNaN(part.PassAtK.Single(p => p.K == 5).Share.Value)); // nobody has five verdicts
        Assert.True(double.IsFinite(part.PassAtK.Single(p => p.K == 4).Share.Value));
    }

    [Fact]
    public void What_guessing_gives_stands_beside_pass_at_k()
    {
        var samples = SomeSamples.Of(10, 4, seed: 5);
        var guess = ByProblem(samples).ToDictionary(p => p[0].ProblemId, _ => 0.25);
        var part = Summaries.Of("choices", "soft", samples, 4, guess);
        Assert.Equal(0.25, part.PassAtK[0].Guess!.Value, 12);
        Assert.Equal(1 - Math.Pow(0.75, 4), part.PassAtK[^1].Guess!.Value, 12);
    }

    [Fact]
    public void Intervals_cover_the_truth_about_as_often_as_they_say()
    {
        const int trials = 200;
        var covered = 0;
        for (var trial = 0; trial < trials; trial++)
        {
            var random = new Random(trial);
            var samples = new List<SampleRecord>();
            for (var p = 0; p < 60; p++)
            {
                var chance = random.NextDouble(); // mean one half
                for (var s = 0; s < 4; s++)
                    samples.Add(new SampleRecord
                    {
                        ProblemId = $"{p}", Sample = s, Completion = "", Tokens = 1,
                        Score = random.NextDouble() < chance ? 1 : 0, Verdict = "wrong",
                    });
            }
            var mean = Summaries.Of("sums", "discrete", samples, 4, ks: [1]).Mean;
            if (mean.Low <= 0.5 && 0.5 <= mean.High) covered++;
        }
        Assert.InRange(covered / (double)trials, 0.90, 0.99);
    }
}
