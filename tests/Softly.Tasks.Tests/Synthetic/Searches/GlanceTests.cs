using System.Collections.Concurrent;
using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

/// <summary>
/// Guesses that need no search: of each group the candidate with the most of something, or with the least. Right is right in all
/// groups. What each guess is worth is written out, for 2,000 problems.
/// </summary>
public sealed class GlanceTests(ITestOutputHelper output)
{
    private const int Count = 2000;
    private static readonly ConcurrentDictionary<string, SlowSearch[]> Drawn = new();

    private static readonly Dictionary<string, Func<SlowSearch, string, long>> Glances = new()
    {
        ["steps into it"] = (slow, state) => slow.Into(state).Count(),
        ["walks into it"] = (slow, state) => slow.WalksInto(state),
        ["ways on the empty board"] = (slow, state) => slow.WaysWithoutBlocks(state),
        ["ways by a free last square"] = (slow, state) => slow.WaysByFreeLast(state),
        ["distance"] = Distance,
        ["ways by a free last square, and distance"] = (slow, state) => (15 * slow.WaysByFreeLast(state)) - Distance(slow, state),
        ["walks, then steps into it"] = (slow, state) => (1000 * slow.WalksInto(state)) + slow.Into(state).Count(),
        ["value"] = (_, state) => long.Parse(state),
        ["distance to half the total"] =
            (slow, state) => Math.Abs((2 * long.Parse(state)) - Total(slow)),
        ["being a number or the total"] =
            (slow, state) => slow.Beginning.Contains("+" + state) || Total(slow) == long.Parse(state) ? 1 : 0,
        ["being the total without a number"] =
            (slow, state) => slow.Beginning.Contains($"+{Total(slow) - long.Parse(state)}") ? 1 : 0,
        ["its complement"] = (slow, state) =>
            slow.Candidates.SelectMany(c => c).Contains((Total(slow) - long.Parse(state)).ToString()) ? 0 : 1,
        ["steps out of it"] = (slow, state) => slow.Beginning.Count(e => e.StartsWith(state + "&>")),
    };

    private static long Total(SlowSearch slow) => slow.Beginning.Sum(w => long.Parse(w[1..]));

    private static long Distance(SlowSearch slow, string state) =>
        Squared(Row(state) - Row(slow.Root)) + Squared(Column(state) - Column(slow.Root));

    private static long Squared(int of) => of * of;
    private static int Row(string square) => int.Parse(square) / 8;
    private static int Column(string square) => int.Parse(square) % 8;

    private static SlowSearch[] Problems(string name) => Drawn.GetOrAdd(name, _ => [.. TaskCatalog.Find(name)
        .Problems(Split.Train, Count, 19).Select(p => new SlowSearch(name, p.Prompt))]);

    /// <summary>How often the candidates with the most, equals at random, are right in all groups.</summary>
    private static double Worth(SlowSearch[] problems, Func<SlowSearch, string, long> glance) => problems.Average(slow =>
        Enumerable.Range(0, slow.Candidates.Length).Aggregate(1.0, (p, g) =>
        {
            var seen = slow.Candidates[g].ToDictionary(c => c, c => glance(slow, c));
            var most = seen.Values.Max();
            return seen[slow.Right(g).Single()] == most ? p / seen.Values.Count(v => v == most) : 0;
        }));

    [Theory]
    [InlineData("reachability", "walks into it")]
    [InlineData("reachability", "steps into it")]
    [InlineData("reachability", "steps out of it")]
    [InlineData("reachability-two", "walks into it")]
    [InlineData("reachability-two", "steps into it")]
    [InlineData("reachability-two", "steps out of it")]
    [InlineData("knight-moves", "ways on the empty board")]
    [InlineData("knight-moves", "ways by a free last square")]
    [InlineData("knight-moves", "walks into it")]
    [InlineData("knight-moves", "steps into it")]
    [InlineData("knight-moves", "distance")]
    [InlineData("subset-sums", "value")]
    [InlineData("subset-sums", "distance to half the total")]
    [InlineData("subset-sums", "being a number or the total")]
    [InlineData("subset-sums", "being the total without a number")]
    [InlineData("subset-sums", "its complement")]
    public void A_glance_at_the_candidates_tells_little(string name, string by)
    {
        var (problems, glance) = (Problems(name), Glances[by]);
        var chance = problems[0].Candidates.Aggregate(1.0, (p, group) => p / group.Length);
        var (most, least) = (Worth(problems, glance), Worth(problems, (slow, state) => -glance(slow, state)));
        output.WriteLine($"{name} by {by}: most {most:P1}, least {least:P1}, chance {chance:P1}");
        var points = name == "reachability" ? 0.05 : 0.03;
        Assert.True(most <= chance + points && least <= chance + points,
            $"{name} by {by}: most {most:P1}, least {least:P1}, chance {chance:P1}");
    }

    /// <summary>
    /// Another question can only be one that its graph has: its right candidate has more at a glance than chance would give it.
    /// Warm starts learn from such questions, and no figure is measured on them.
    /// </summary>
    [Theory]
    [InlineData("reachability", "walks, then steps into it", true)]
    [InlineData("reachability-two", "walks, then steps into it", true)]
    [InlineData("knight-moves", "ways by a free last square, and distance", true)]
    [InlineData("subset-sums", "distance to half the total", false)]
    public void Another_question_tells_more_at_a_glance_but_not_the_answer(string name, string by, bool most)
    {
        var (task, random) = (TaskCatalog.Find(name), new Random(23));
        var (first, all) = (0.0, 0);
        foreach (var problem in task.Problems(Split.Train, 1000, 24))
        {
            var slow = new SlowSearch(name, task.Ask(problem, random).Prompt);
            foreach (var (group, candidates) in slow.Candidates.Index())
            {
                var seen = candidates.ToDictionary(c => c, c => most ? Glances[by](slow, c) : -Glances[by](slow, c));
                var best = seen.Values.Max();
                all++;
                if (seen[slow.Right(group).Single()] == best) first += 1.0 / seen.Values.Count(v => v == best);
            }
        }
        output.WriteLine($"{name} by {by}: first of its group in {first / all:P1}");
        Assert.InRange(first / all, 0.1, 0.5);
    }

    /// <summary>
    /// χ² of the right candidate's place, equals at random, over all places and both groups: 4.5 deviations of it.
    /// </summary>
    [Theory]
    [InlineData("reachability", "walks, then steps into it")]
    [InlineData("reachability-two", "walks, then steps into it")]
    [InlineData("knight-moves", "ways by a free last square, and distance")]
    [InlineData("subset-sums", "distance to half the total")]
    public void The_right_candidate_is_at_every_place_equally_often(string name, string by)
    {
        var random = new Random(20);
        var problems = Problems(name);
        var places = new int[problems[0].Candidates[0].Length];
        foreach (var slow in problems)
        {
            foreach (var (group, candidates) in slow.Candidates.Index())
            {
                random.Shuffle(candidates);
                var right = slow.Right(group).Single();
                places[candidates.OrderBy(c => Glances[by](slow, c)).Index().Single(c => c.Item == right).Index]++;
            }
        }
        var expected = places.Sum() / (double)places.Length;
        var statistic = places.Sum(n => (n - expected) * (n - expected) / expected);
        output.WriteLine($"{name} by {by}: {string.Join(' ', places)}, χ² {statistic:F1}");
        var freedom = places.Length - 1;
        Assert.True(statistic <= freedom + (4.5 * Math.Sqrt(2 * freedom)),
            $"{name} by {by}: {string.Join(' ', places)}, χ² {statistic:F1}");
    }
}
