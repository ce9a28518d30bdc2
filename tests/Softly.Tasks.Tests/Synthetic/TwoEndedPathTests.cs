using Softly.Tasks;
using Softly.Tasks.Statistics;

namespace Softly.Tests.Synthetic;

public sealed class TwoEndedPathTests
{
    /// <summary>
    /// 0 → 1, 2; 1 → 3; 2 → 3, 4; 3 → 4. Two shortest paths from 0 to 3, and to 4 one of two hops and two of three.
    /// </summary>
    private static Problem Small(int target) => new("small", $"0&>1 1&>3 2&>4 0&>2 3&>4 2&>3 0 {target} :", "");

    [Theory]
    [InlineData("> 0 2 4", Verdict.Right)]
    [InlineData("7 7 > 0 1 3 4 <end> 9", Verdict.Right)]
    [InlineData("> 0 2 3", Verdict.Wrong)]
    [InlineData("> 2 4", Verdict.Wrong)]
    [InlineData("> 0 4", Verdict.Wrong)]
    [InlineData("> 0", Verdict.Wrong)]
    [InlineData(">", Verdict.Unparsable)]
    [InlineData("> 0 >2 4", Verdict.Unparsable)]
    [InlineData("> 0 2 99", Verdict.Unparsable)]
    [InlineData("0 2 4", Verdict.NoAnswer)]
    public void A_path_is_right_where_every_hop_is_an_edge_and_it_ends_at_the_target(string completion, Verdict expected) =>
        Assert.Equal(expected, new TwoEndedPath(5, 2, 2).Grade(Small(4), completion).Verdict);

    [Fact]
    public void The_guessing_chance_is_that_of_a_random_walk()
    {
        // To 4 every walk comes. To 3: by 1 always, by 2 in half of the cases: 1/2 + 1/2 · 1/2.
        Assert.Equal(1, new TwoEndedPath(5, 2, 2).GuessChance(Small(4))!.Value, 1e-12);
        Assert.Equal(0.75, new TwoEndedPath(5, 2, 2).GuessChance(Small(3))!.Value, 1e-12);
    }

    [Fact]
    public void Random_walks_come_to_the_target_as_often_as_the_guessing_chance_says()
    {
        var task = new TwoEndedPath();
        var random = new Random(3);
        foreach (var problem in task.Problems(Split.Test, 5, 1))
        {
            var words = problem.Prompt.Split(' ');
            var next = words[..^3].Select(w => w.Split("&>")).ToLookup(e => e[0], e => e[1]);
            const int Draws = 4_000;
            var right = Enumerable.Range(0, Draws).Count(_ =>
            {
                var walk = new List<string> { words[^3] };
                while (walk[^1] != words[^2] && next[walk[^1]].ToArray() is { Length: > 0 } choices)
                    walk.Add(choices[random.Next(choices.Length)]);
                return task.Grade(problem, "> " + string.Join(' ', walk)).Verdict == Verdict.Right;
            });
            var p = task.GuessChance(problem)!.Value;
            Assert.Equal(p, right / (double)Draws, 4.5 * Math.Sqrt(p * (1 - p) / Draws));
        }
    }

    /// <summary>The figures published for random walks on these sizes, over other graphs: within three points.</summary>
    [Theory]
    [InlineData("two-ended-path", 61, 0.14, 0.33, 0.66, 0.83)]
    [InlineData("two-ended-path-40", 77, 0.035, 0.12, 0.37, 0.56)]
    [InlineData("two-ended-path-64", 125, 0.031, 0.11, 0.34, 0.54)]
    public void Sizes_are_as_hard_to_guess_as_they_should_be(string name, int edges, params double[] expected)
    {
        var task = TaskCatalog.Find(name);
        var problems = task.Problems(Split.Train, 1000, 1);
        Assert.All(problems, p => Assert.Equal(edges, p.Prompt.Count(c => c == '&')));
        var chances = problems.Select(p => task.GuessChance(p)!.Value).ToArray();
        foreach (var (k, want) in new[] { 1, 4, 16, 32 }.Zip(expected)) Assert.Equal(want, GuessCurve.At(k, chances), 0.03);
    }

    [Fact]
    public void A_frontier_holds_all_nodes_at_its_distance_in_equal_shares()
    {
        var steps = new TwoEndedPath(5, 2, 2, PathThoughts.Frontier).Demonstrate(Small(4), new Random(1))!.Steps;
        Assert.Equal([new WeightedWord("1", 0.5), new WeightedWord("2", 0.5)], steps[0].Target);
        Assert.Equal([new WeightedWord("3", 0.5), new WeightedWord("4", 0.5)], steps[1].Target);
        Assert.Equal("> 0 2 4 <end>", string.Join(' ', steps.Skip(2).Select(s => s.Target.Single().Word)));
    }

    [Fact]
    public void Every_shortest_path_is_demonstrated_equally_often()
    {
        var (task, random) = (new TwoEndedPath(5, 2, 2), new Random(2));
        var byFirst = Enumerable.Range(0, 4000).CountBy(_ => task.Demonstrate(Small(3), random)!.Steps[0].Target[0].Word)
            .ToDictionary();
        Assert.Equal(["1", "2"], byFirst.Keys.Order());
        Assert.Equal(0.5, byFirst["1"] / 4000.0, 4.5 * Math.Sqrt(0.25 / 4000));
    }
}
