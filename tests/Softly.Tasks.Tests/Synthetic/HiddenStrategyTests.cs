using Softly.Tasks;

namespace Softly.Tests.Synthetic;

public sealed class HiddenStrategyTests
{
    private readonly HiddenStrategy _task = new();

    [Fact]
    public void One_of_the_thirty_answers_is_right()
    {
        foreach (var problem in _task.Problems(Split.Test, 50, 1))
        {
            var answers = from s in "ABC" from r in Enumerable.Range(0, 10) select $"> {s} {r} <end>";
            var right = answers.Count(a => _task.Grade(problem, a).Verdict == Verdict.Right);
            Assert.Equal(_task.GuessChance(problem)!.Value, right / 30.0, 1e-12);
        }
    }

    [Fact]
    public void Strategies_are_meant_as_often_as_their_shares_say()
    {
        foreach (var split in Enum.GetValues<Split>())
        {
            var all = _task.Problems(split, int.MaxValue, 1);
            Assert.InRange(all.Count, split == Split.Test ? 9_000 : 89_000, split == Split.Test ? 11_000 : 91_000);
            foreach (var (strategy, share) in "ABC".Zip(HiddenStrategy.Shares))
            {
                var meant = all.Count(p => p.Answer[0] == strategy) / (double)all.Count;
                Assert.Equal(share, meant, 4.5 * Math.Sqrt(share * (1 - share) / all.Count));
            }
        }
    }

    /// <summary>
    /// Against leakage: no digit at any place moves the share of A by more than chance does (50 tests, 10,000 problems each).
    /// </summary>
    [Fact]
    public void No_digit_of_the_prompt_tells_the_strategy()
    {
        var all = _task.Problems(Split.Train, int.MaxValue, 1);
        for (var place = 0; place < 10; place += 2)
            foreach (var group in all.GroupBy(p => p.Prompt[place]))
            {
                var meant = group.Count(p => p.Answer[0] == 'A') / (double)group.Count();
                Assert.Equal(0.6, meant, 4.5 * Math.Sqrt(0.24 / group.Count()));
            }
    }

    [Fact]
    public void The_frontier_has_its_known_ends()
    {
        Assert.All(new[] { 1, 4, 16, 32 }, k => Assert.Equal(0.6, HiddenStrategy.PassAt(k, [1, 0, 0]), 1e-12));
        // Matched: .6·.6 + .3·.3 + .1·.1 = .46, and so on for more samples.
        foreach (var (k, want) in new[] { (1, 0.46), (4, 0.85), (16, 0.98), (32, 0.997) })
            Assert.Equal(want, HiddenStrategy.PassAt(k, HiddenStrategy.Shares), 0.005);
    }

    [Theory]
    [InlineData("A", "1 3 6 0 5")] // running sums of 1 2 3 4 5, modulo 10
    [InlineData("B", "9 7 4 0 5")] // their negatives
    [InlineData("C", "1 5 8 8 9")] // 3·0+1, 3·1+2, 3·5+3, 3·8+4, 3·8+5, modulo 10
    public void The_recurrences_are_these(string strategy, string trace)
    {
        var last = trace.Split(' ')[^1];
        var problem = new Problem("x", "1 2 3 4 5 :", "");
        // Meant or not, but rightly worked out.
        Assert.StartsWith($"{strategy} was", _task.Grade(problem, $"{strategy} {trace} > {strategy} {last}").Reason);
        Assert.StartsWith($"{strategy} gives {last}, not",
            _task.Grade(problem, $"> {strategy} {(int.Parse(last) + 1) % 10}").Reason);
    }
}
