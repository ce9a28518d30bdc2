using Softly.Tasks;

namespace Softly.Tests.Grading.Mathematics;

public sealed class MathGraderTests
{
    private readonly IGrader _math = Graders.Find("math");
    private readonly IGrader _strict = Graders.Find("math-strict");

    [Theory]
    [InlineData(@"so \boxed{0.5}", Verdict.Right, Verdict.Right)]
    [InlineData(@"so \boxed{\frac13}", Verdict.Wrong, Verdict.Wrong)]
    [InlineData(@"The answer is $\frac12$.", Verdict.Right, Verdict.NoAnswer)]
    [InlineData(@"\boxed{\frac{1}{\gcd(2,4)}}", Verdict.Right, Verdict.Wrong)]
    [InlineData(@"\boxed{\frac{}", Verdict.NoAnswer, Verdict.NoAnswer)]
    [InlineData(@"\boxed{\frac{1}}", Verdict.Unparsable, Verdict.Unparsable)]
    [InlineData("", Verdict.NoAnswer, Verdict.NoAnswer)]
    public void Strict_wants_a_box_and_a_result(string completion, Verdict evaluated, Verdict rewarded)
    {
        foreach (var (grader, expected) in new[] { (_math, evaluated), (_strict, rewarded) })
        {
            var grade = grader.Grade(@"\frac{1}{2}", completion);
            Assert.Equal(expected, grade.Verdict);
            Assert.Equal(expected == Verdict.Right ? 1 : 0, grade.Score);
            Assert.NotEqual("", grade.Reason);
        }
    }

    [Fact]
    public void Votes_for_one_value_count_together()
    {
        Assert.True(_math.Same(@"\frac{1}{2}", "0.5"));
        Assert.True(_math.Same("2, 1", @"\{1,2\}"));
        Assert.False(_math.Same("0.5", "0.6"));
        Assert.False(HendrycksGrader.Same("2, 1", @"\{1,2\}"));
    }

    [Fact]
    public void The_prompt_asks_for_a_box() => Assert.Equal(new HendrycksGrader().PromptSuffix, _math.PromptSuffix);
}
