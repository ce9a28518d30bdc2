using CsCheck;
using Softly.Tasks;

namespace Softly.Tests.Language;

public sealed class WordProblemsTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 10)]
    [InlineData(3, 5)]
    [InlineData(4, 3)]
    public void Answers_are_what_the_story_comes_to(int steps, int largest)
    {
        var task = new WordProblems(steps, largest);
        foreach (var problem in task.Problems(Split.Train, 500, 1))
        {
            Assert.Equal(Retell(problem.Prompt), int.Parse(problem.Answer));
            Assert.All(Numbers(problem.Prompt), n => Assert.InRange(n, 2, largest));
            Assert.Equal(problem.Prompt, problem.Messages![^1].Content);
            Assert.Equal(1, task.Grade(problem, $"That makes\n#### {problem.Answer}").Score);
            Assert.Equal(1, task.Grade(problem, $"{problem.Answer}.").Score);
            Assert.Equal(Verdict.Wrong, task.Grade(problem, $"#### {int.Parse(problem.Answer) + 1}").Verdict);
            Assert.Equal(Verdict.NoAnswer, task.Grade(problem, "#### some").Verdict);
        }
    }

    [Fact]
    public void Worked_examples_come_before_the_question_and_are_right_themselves()
    {
        foreach (var (steps, examples) in new[] { (1, 3), (2, 4) })
        {
            var turns = new WordProblems(steps).Problems(Split.Train, 1, 1)[0].Messages!;
            Assert.Equal(2 * examples + 1, turns.Count);
            foreach (var pair in turns.SkipLast(1).Chunk(2))
            {
                Assert.Equal(["user", "assistant"], pair.Select(t => t.Role));
                Assert.EndsWith($"#### {Retell(pair[0].Content)}", pair[1].Content);
            }
        }
    }

    [Fact]
    public void Parts_share_no_question_and_the_same_arguments_give_the_same_ones()
    {
        var task = new WordProblems();
        var (train, test) = (task.Problems(Split.Train, 3000, 1), task.Problems(Split.Test, 300, 2));
        Assert.Equal((3000, 300), (train.DistinctBy(p => p.Prompt).Count(), test.DistinctBy(p => p.Id).Count()));
        Assert.Empty(train.Select(p => p.Prompt).Intersect(test.Select(p => p.Prompt)));
        Assert.Equal(test.Take(50).Select(p => p.Prompt), new WordProblems().Problems(Split.Test, 50, 2).Select(p => p.Prompt));
    }

    [Fact]
    public void Sums_differences_and_products_all_come_up()
    {
        var all = new WordProblems().Problems(Split.Train, 1000, 1);
        foreach (var sign in new[] { "in each", "more", "together", "than", "gives", "loses", "sells", "takes" })
            Assert.InRange(all.Count(p => p.Prompt.Contains(sign)), 20, 600);
    }

    [Fact]
    public void Rubbish_gets_a_grade()
    {
        var task = new WordProblems();
        var problem = task.Problems(Split.Test, 1, 1)[0];
        Gen.String.Sample(text => task.Grade(problem, text).Score is 0 or 1, iter: 2000);
        Assert.Null(task.Demonstrate(problem, new Random(1)));
        Assert.Null(task.GuessChance(problem));
    }

    private static IEnumerable<int> Numbers(string text) => text.Split(' ').Where(w => int.TryParse(w, out _)).Select(int.Parse);

    /// <summary>Reads the story again, sentence by sentence, and works it out.</summary>
    private static int Retell(string text)
    {
        var count = 0;
        var sentences = text.Split(". ");
        foreach (var (i, sentence) in sentences[..^1].Index())
        {
            var numbers = Numbers(sentence).ToArray();
            var less = sentence.Contains(" loses ") || sentence.Contains(" sells ") || sentence.Contains(" takes ")
                || (sentence.Contains(" gives ") && !sentence.Contains(" more "));
            if (numbers.Length == 2) count = numbers[0] * numbers[1];
            else if (sentences[^1].Contains(" more ") && i == 1) count = Math.Abs(count - numbers[0]);
            else count += less ? -numbers[0] : numbers[0];
        }
        return count;
    }
}
