using Softly.Tasks;

namespace Softly.Tests.Grading;

public sealed class ChoiceGraderTests
{
    private readonly ChoiceGrader _grader = new();

    [Theory]
    [InlineData("\"answer\": \"C\"", "C")]
    [InlineData("{'answer': 'C'}", "C")]
    [InlineData("\"answer\": \"A\" … no: \"answer\": \"C\"", "C")]
    [InlineData("\"answer\": \"C\" and \\boxed{A}", "C")] // the field was asked for
    [InlineData("\\boxed{C}", "C")]
    [InlineData("\\boxed{\\text{(C)}}", "C")]
    [InlineData("$\\boxed{\\textbf{(C) } 42}$", "C")]
    [InlineData("\\boxed{C. 42 m/s}", "C")]
    [InlineData("The correct answer is **C**.", "C")]
    [InlineData("The answer is (C) since the others are too small.", "C")]
    [InlineData("<think>\"answer\": \"A\"</think> The answer is C.", "C")]
    [InlineData("<think>\"answer\": \"C\"</think> I said so.", "C")]
    [InlineData("C", "C")]
    [InlineData("**C**", "C")]
    [InlineData("C) 42", "C")]
    [InlineData("\\boxed{A, C}", null)]
    [InlineData("\\boxed{A or C}", null)]
    [InlineData("The answer is (A) or (C).", null)]
    [InlineData("\"answer\": \"A or C\"", null)]
    [InlineData("A proton is heavier. I am sure.", null)]
    [InlineData("Answer: A proton.", null)]
    [InlineData("The answer is a proton.", null)]
    [InlineData("<think>It may be (C)</think> I do not know.", null)]
    [InlineData("\\boxed{42}", null)]
    [InlineData("", null)]
    public void The_chosen_letter_is_found(string completion, string? letter) =>
        Assert.Equal(letter, ChoiceGrader.Find(completion));

    [Fact]
    public void Letters_are_compared()
    {
        Assert.Equal(Verdict.Right, _grader.Grade("C", "\"answer\": \"C\"").Verdict);
        Assert.Equal(Verdict.Wrong, _grader.Grade("C", "\"answer\": \"B\"").Verdict);
        Assert.Equal(Verdict.NoAnswer, _grader.Grade("C", "42").Verdict);
        var fault = _grader.Grade("42", "\"answer\": \"B\"");
        Assert.True(fault.Verdict == Verdict.Failed && double.IsNaN(fault.Score));
        Assert.Contains("\"answer\": \"C\"", _grader.PromptSuffix);
    }

    [Fact]
    public void Every_problem_of_GPQA_takes_its_own_letter_and_no_other()
    {
        var task = JsonLinesTask.Open(
            new JsonLinesOptions { Path = Reference.Require("data", "gpqa_diamond.jsonl"), Grader = "choice" });
        var problems = task.Problems(Split.Test, int.MaxValue, 1);
        Assert.Equal(198, problems.Count);
        foreach (var problem in problems)
        {
            var grades = "ABCD".Select(letter => _grader.Grade(problem.Answer, $"So \"answer\": \"{letter}\"").Score).ToArray();
            Assert.Equal(1, grades.Sum());
            Assert.EndsWith(_grader.PromptSuffix, problem.Prompt);
        }
    }
}
