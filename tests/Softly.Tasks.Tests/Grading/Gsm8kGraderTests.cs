using CsCheck;
using Softly.Tasks;

namespace Softly.Tests.Grading;

public sealed class Gsm8kGraderTests
{
    private readonly Gsm8kGrader _strict = new();
    private readonly Gsm8kGrader _flexible = new(flexible: true);

    [Theory]
    [InlineData("#### 72", "72", Verdict.Right)]
    [InlineData("#### 1 #### 72", "72", Verdict.Right)]
    [InlineData("#### 72 #### 1", "72", Verdict.Wrong)]
    [InlineData("#### 1,072", "1072", Verdict.Right)]
    [InlineData("#### -72", "-72", Verdict.Right)]
    [InlineData("#### 72 clips", "72", Verdict.Right)]
    [InlineData("#### 72 #### none", "72", Verdict.Right)] // a mark without a number is passed over
    [InlineData("#####  72 #### 72", "72", Verdict.Right)]
    [InlineData("#### 72.", "72", Verdict.Wrong)] // character by character
    [InlineData("#### 72.0", "72", Verdict.Wrong)]
    [InlineData("#### $72", "72", Verdict.NoAnswer)]
    [InlineData("####72", "72", Verdict.NoAnswer)]
    [InlineData("####  72", "72", Verdict.NoAnswer)]
    [InlineData("72", "72", Verdict.NoAnswer)]
    [InlineData("#### -", "72", Verdict.NoAnswer)]
    public void Strict_takes_what_follows_the_mark(string completion, string answer, Verdict expected) =>
        Assert.Equal(expected, _strict.Grade(answer, completion).Verdict);

    [Theory]
    [InlineData("72", "72", Verdict.Right)]
    [InlineData("It is 72.", "72", Verdict.Right)]
    [InlineData("#### 72", "72", Verdict.Right)]
    [InlineData("She pays $1,072.00!", "1072", Verdict.Right)]
    [InlineData("-5", "-5", Verdict.Right)]
    [InlineData("12-$5", "5", Verdict.Right)]
    [InlineData("48+24 = 72", "72", Verdict.Right)]
    [InlineData("first 72, then 3", "72", Verdict.Wrong)]
    [InlineData("007", "7", Verdict.Right)]
    [InlineData(".5", "0.5", Verdict.Right)]
    [InlineData("-0", "0", Verdict.Right)]
    [InlineData("1.2.3", "1.2", Verdict.Wrong)]
    [InlineData("10", "1", Verdict.Wrong)]
    [InlineData("seventy-two", "72", Verdict.NoAnswer)]
    [InlineData("... , . $", "72", Verdict.NoAnswer)]
    public void Flexible_takes_the_last_number_by_its_value(string completion, string answer, Verdict expected) =>
        Assert.Equal(expected, _flexible.Grade(answer, completion).Verdict);

    [Fact]
    public void What_strict_accepts_flexible_accepts_where_nothing_follows() =>
        Gen.Select(Gen.String, Gen.Int).Sample((before, number) =>
            _strict.Grade($"{number}", $"{before}#### {number}").Score == 1
                && _flexible.Grade($"{number}", $"{before}#### {number}").Score == 1);

    [Fact]
    public void Rubbish_gets_a_grade()
    {
        string[] known = ["#### ", "-", "$", ",", ".", "7", "0", " "];
        var pieces = Gen.OneOf(Gen.Int[0, known.Length - 1].Select(i => known[i]), Gen.String).Array[0, 30].Select(string.Concat);
        Gen.Select(pieces, pieces).Sample((text, answer) =>
            new[] { _strict, _flexible }.Select(g => g.Grade(answer, text))
                .All(g => (g.Score == 1) == (g.Verdict == Verdict.Right) && g.Score is 0 or 1), iter: 5000);
    }

    [Fact]
    public void Every_reference_solution_is_right_under_its_own_rule()
    {
        var task =
            JsonLinesTask.Open(new JsonLinesOptions { Path = Reference.Require("data", "gsm8k_train.jsonl"), Grader = "gsm8k" });
        foreach (var problem in task.Problems(Split.Train, int.MaxValue, 1))
        {
            Assert.Equal(1, _strict.Grade(problem.Answer, $"{problem.Fields["solution"]}\n#### {problem.Answer}").Score);
            Assert.Equal(1, _flexible.Grade(problem.Answer, $"So it is ${problem.Answer}.").Score);
        }
    }
}
