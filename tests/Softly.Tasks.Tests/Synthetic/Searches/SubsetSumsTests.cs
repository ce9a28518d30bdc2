using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

public sealed class SubsetSumsTests
{
    private static readonly SubsetSums Task = new(new TaskSettings { Terms = 4, Largest = 16, Candidates = 2 });

    /// <summary>Sums 0 2 5 7 9 11 14 16, and these with 16 more.</summary>
    private static Problem Small => new("small", "+2 +5 +9 +16 a&4 a&14 b&7 b&28 : 0", "");

    [Theory]
    [InlineData("> 14 7", Verdict.Right, "14 and 7 can be reached")]
    [InlineData("> 4 7", Verdict.Wrong, "4 is not a sum of some of the numbers")]
    [InlineData("> 14 28", Verdict.Wrong, "28 is not a sum of some of the numbers")]
    [InlineData("> 16 7", Verdict.Wrong, "16 is not a candidate of group a")]
    [InlineData("> 7 14", Verdict.Wrong, "7 is not a candidate of group a")]
    [InlineData("> 14", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 14 65", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("> 14 +7", Verdict.Unparsable, "an answer is one candidate of each group")]
    [InlineData("14 7", Verdict.NoAnswer, "no '>' before the end")]
    public void An_answer_is_right_where_both_candidates_are_sums(string completion, Verdict expected, string why)
    {
        var grade = Task.Grade(Small, completion);
        Assert.Equal((expected, why), (grade.Verdict, grade.Reason));
    }

    [Fact]
    public void Thought_t_is_the_set_of_sums_of_the_first_t_numbers() => Assert.Equal(
        [["0", "2"], ["0", "2", "5", "7"], ["0", "2", "5", "7", "9", "11", "14", "16"],
            ["0", "2", "5", "7", "9", "11", "14", "16", "18", "21", "23", "25", "27", "30", "32"]], Task.ThoughtSets(Small)!);

    [Fact]
    public void A_path_is_the_running_sum_of_a_subset()
    {
        var random = new Random(1);
        var paths = Enumerable.Range(0, 100).Select(_ => string.Join(' ', Task.Demonstrate(Small, random)!.Steps
            .Select(s => s.Target.Single().Word))).Distinct().Order();
        Assert.Equal(["0 5 14 14 > 14 7 <end>", "2 7 7 7 > 14 7 <end>"], paths);
    }

    [Theory]
    [InlineData("+2 +5 +9 a&4 a&14 b&7 b&28 : 0")] // a number too few
    [InlineData("+2 +5 +9 +17 a&4 a&14 b&7 b&28 : 0")] // one too large
    [InlineData("+2 +5 +9 +0 a&4 a&14 b&7 b&28 : 0")]
    [InlineData("+2 5 +9 +16 a&4 a&14 b&7 b&28 : 0")]
    [InlineData("+2 +5 +9 +16 a&4 a&14 b&7 b&28 : 2")] // starts elsewhere
    public void A_prompt_that_is_not_of_this_task_is_refused(string prompt) =>
        Assert.Equal("the prompt is not one of this task", Task.Grade(new Problem("x", prompt, ""), "> 14 7").Reason);

    [Fact]
    public void Content_is_the_numbers_in_any_order()
    {
        var content = Task.ContentOf(Small);
        Assert.Equal(content, Task.ContentOf(new Problem("x", "+9 +2 +16 +5 a&4 a&14 b&7 b&28 : 0", "")));
        Assert.Equal(content, Task.ContentOf(new Problem("x", "+9 +2 +16 +5 a&3 a&14 b&5 b&28 : 0", "")));
        Assert.NotEqual(content, Task.ContentOf(new Problem("x", "+9 +2 +16 +4 a&4 a&14 b&7 b&28 : 0", "")));
    }

    /// <summary>What some numbers make and what the others make are both sums or neither: a pair in a group would be wrong.</summary>
    [Fact]
    public void No_two_candidates_add_up_to_the_total_and_the_larger_of_two_is_asked_about_as_often_as_the_smaller()
    {
        var (above, all) = (0, 0);
        foreach (var problem in new SubsetSums().Problems(Split.Train, 500, 2))
        {
            var slow = new SlowSearch("subset-sums", problem.Prompt);
            var total = slow.Beginning.Sum(w => int.Parse(w[1..]));
            var candidates = slow.Candidates.SelectMany(c => c).Select(int.Parse).ToArray();
            Assert.Equal(candidates.Length, candidates.Select(c => Math.Min(c, total - c)).Distinct().Count());
            var right = problem.Answer.Split(' ').Select(int.Parse).Where(c => 2 * c != total).ToArray();
            (above, all) = (above + right.Count(c => 2 * c > total), all + right.Length);
        }
        Assert.Equal(0.5, above / (double)all, 4.5 * Math.Sqrt(0.25 / all));
    }

    [Fact]
    public void More_and_larger_numbers_make_more_sums()
    {
        var task = new SubsetSums(new TaskSettings { Terms = 6, Largest = 40, Candidates = 4, Thoughts = ThoughtForm.Frontier });
        Assert.Equal(6 + 1 + 2 + 1, task.CompletionLength);
        foreach (var problem in task.Problems(Split.Test, 20, 1))
        {
            var slow = new SlowSearch(task.Name, problem.Prompt, hops: 6);
            Assert.All(slow.Candidates, c => Assert.Equal(4, c.Length));
            foreach (var (t, set) in task.ThoughtSets(problem)!.Index()) Assert.True(slow.After(t + 1).SetEquals(set));
        }
    }
}
