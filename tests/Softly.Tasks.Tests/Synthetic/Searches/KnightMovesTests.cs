using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

public sealed class KnightMovesTests
{
    private static readonly KnightMoves Task = new(new TaskSettings { Board = 5, Blocked = 3, Hops = 1, Candidates = 2 });

    /// <summary>From the middle of five rows a knight comes to 1 3 5 9 15 19 21 23; here 9, 19 and 21 are blocked.</summary>
    private static Problem Small => new("small", "x&9 x&19 x&21 a&3 a&13 b&7 b&15 : 12", "");

    [Theory]
    [InlineData("> 3 15", Verdict.Right, "3 and 15 can be reached")]
    [InlineData("> 13 15", Verdict.Wrong, "1 moves from 12 do not lead to 13")]
    [InlineData("> 3 7", Verdict.Wrong, "1 moves from 12 do not lead to 7")]
    [InlineData("> 1 15", Verdict.Wrong, "1 is not a candidate of group a")]
    [InlineData("> 3 25", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 3", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("3 15", Verdict.NoAnswer, "no '>' before the end")]
    public void An_answer_is_right_where_the_moves_lead_to_both_candidates(string completion, Verdict expected, string why)
    {
        var grade = Task.Grade(Small, completion);
        Assert.Equal((expected, why), (grade.Verdict, grade.Reason));
        Assert.Equal([["1", "3", "5", "15", "23"]], Task.ThoughtSets(Small)!);
    }

    [Theory]
    [InlineData("x&9 x&19 9 a&3 a&13 b&7 b&15 : 12")]
    [InlineData("x&9 x&25 a&3 a&13 b&7 b&15 : 12")]
    [InlineData("x&9 x&12 a&3 a&13 b&7 b&15 : 12")] // the start is blocked
    public void A_prompt_that_is_not_of_this_task_is_refused(string prompt) =>
        Assert.Equal("the prompt is not one of this task", Task.Grade(new Problem("x", prompt, ""), "> 3 15").Reason);

    [Fact]
    public void Content_is_the_blocked_squares_turned_and_mirrored_in_any_way()
    {
        var task = new KnightMoves();
        foreach (var problem in task.Problems(Split.Train, 50, 1))
        {
            var blocked = new SlowSearch(task.Name, problem.Prompt).Beginning.Select(w => int.Parse(w[2..])).ToArray();
            string Of(Func<int, int, (int Row, int Column)> view) => task.ContentOf(new Problem("x", string.Join(' ', [
                .. blocked.Select(s => view(s / 8, s % 8)).Select(s => $"x&{s.Row * 8 + s.Column}").Reverse(),
                .. FreeQuestion([.. blocked.Select(s => view(s / 8, s % 8)).Select(s => s.Row * 8 + s.Column)])]), ""));
            var content = task.ContentOf(problem);
            Assert.Equal(content, Of((r, c) => (c, 7 - r)));
            Assert.Equal(content, Of((r, c) => (7 - r, 7 - c)));
            Assert.Equal(content, Of((r, c) => (r, 7 - c)));
            Assert.Equal(content, Of((r, c) => (c, r)));
            Assert.NotEqual(content, Of((r, c) => ((r + 1) % 8, c)));
        }

        static string[] FreeQuestion(int[] blocked)
        {
            var free = Enumerable.Range(0, 64).Except(blocked).First();
            return ["a&1", "b&2", ":", free.ToString()];
        }
    }

    /// <summary>A knight changes the colour of its square with every move: other candidates would be wrong at a glance.</summary>
    [Fact]
    public void Candidates_are_free_and_of_the_colour_that_the_moves_lead_to()
    {
        foreach (var problem in new KnightMoves().Problems(Split.Train, 300, 2))
        {
            var slow = new SlowSearch("knight-moves", problem.Prompt);
            var start = int.Parse(slow.Root);
            Assert.Equal(20, slow.Beginning.Distinct().Count());
            foreach (var square in slow.Candidates.SelectMany(c => c))
            {
                Assert.DoesNotContain("x&" + square, slow.Beginning);
                Assert.NotEqual((start / 8 + start) % 2, (int.Parse(square) / 8 + int.Parse(square)) % 2);
            }
        }
    }
}
