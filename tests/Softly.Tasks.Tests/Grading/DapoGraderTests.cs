using CsCheck;
using Softly.Tasks;

namespace Softly.Tests.Grading;

/// <summary>Extracted forms are those of the published rule, run in Python over the same texts.</summary>
public sealed class DapoGraderTests
{
    private readonly DapoGrader _grader = new();

    [Theory]
    [InlineData("Answer: 42", "42")]
    [InlineData("answer : 42", "42")]
    [InlineData("ANSWER:\n42", "42")]
    [InlineData("Answer: 1,234", "1234")]
    [InlineData("Answer: $x = \\frac12$.", "\\frac{1}{2}.")] // the equals sign takes the first dollar sign with it
    [InlineData("Answer: 42 square feet", "42")]
    [InlineData("Answer: 6 ft", "6ft")]
    [InlineData("Answer: \\boxed{7}", "7")]
    [InlineData("Answer: \\textbf{B}", "B")]
    [InlineData("Answer: 3 \\text{ m}", "3")]
    [InlineData("Answer: $90^\\circ$", "90")]
    [InlineData("Answer: \\sqrt2", "\\sqrt{2}")]
    [InlineData("Answer: a banana", "banana")]
    [InlineData("Answer: (1, 2)", "(1,2)")]
    [InlineData("Answer: Answer: 5", "Answer:5")]
    [InlineData("Answer: 5\nAnswer: 6\n", "6")]
    [InlineData("Answer: 1/2", "1/2")]
    [InlineData("Answer: 0.5", "0.5")]
    [InlineData("Answer: \\$5", "5")]
    [InlineData("Answer: 1{,}000", "1000")]
    [InlineData("Answer: \\mbox{east}", "east")]
    [InlineData("Answer: x=5=6", "6")]
    [InlineData("The answer is 42", null)]
    [InlineData("Answer 42", null)]
    [InlineData("\\boxed{42}", null)]
    public void The_last_marked_line_is_brought_to_its_normal_form(string completion, string? form) =>
        Assert.Equal(form, _grader.Grade("17", completion).Extracted);

    [Fact]
    public void Only_the_last_300_characters_are_seen()
    {
        Assert.Equal(Verdict.Right, _grader.Grade("42", "Answer: 42\n" + new string('x', 289)).Verdict);
        Assert.Equal(Verdict.NoAnswer, _grader.Grade("42", "Answer: 42\n" + new string('x', 290)).Verdict);
        Assert.Equal(Verdict.Right, _grader.Grade("42", "Answer: 42\n" + string.Concat(Enumerable.Repeat("😀", 289))).Verdict);
    }

    [Theory]
    [InlineData("Answer: 42 units", "42", Verdict.Right)]
    [InlineData("Answer: \\frac12", "\\frac{1}{2}", Verdict.Right)]
    [InlineData("Answer: 0.5", "\\frac{1}{2}", Verdict.Wrong)] // a spelling is compared, not a value
    [InlineData("Answer: 43", "42", Verdict.Wrong)]
    public void Normal_forms_are_compared(string completion, string answer, Verdict expected) =>
        Assert.Equal(expected, _grader.Grade(answer, completion).Verdict);

    [Theory]
    [InlineData("Final Answer: The final answer is $42$. I hope it is correct.", "42")]
    [InlineData("Final Answer: The final answer is 42. I hope it is correct. And more", "42")]
    [InlineData("Final Answer: The final answer is $x = 6$ ft. I hope it is correct.", "6")]
    [InlineData("Final Answer: The final answer is $42$. ", "42")]
    [InlineData("Final Answer: The final answer is $42$.", null)]
    [InlineData("Final Answer: The final answer is $4$\n2. I hope it is correct.", null)]
    [InlineData("Final Answer: The final answer is 1. I hope it is correct. Final Answer: The final answer is 2.", "1")]
    [InlineData("The final answer is 42. I hope it is correct.", null)]
    [InlineData("Final Answer: The final answer is \\frac13! I hope it is correct.", "\\frac{1}{3}")]
    [InlineData("Final Answer: The final answer is $\\text{Bob}$. I hope it is correct.", "Bob")]
    public void Minerva_reads_its_closing_sentence(string completion, string? form) =>
        Assert.Equal(form, new MinervaGrader().Grade("17", completion).Extracted);

    [Fact]
    public void Rubbish_gets_a_grade()
    {
        string[] known =
        [
            "Answer:", "$", "\\text{", "}", "\\boxed{", "frac", "sqrt", "=", "\n", "Final Answer: The final answer is ",
            ". I hope it is correct.", "\"answer\": \"", "B", "(", "</think>",
        ];
        var pieces = Gen.OneOf(Gen.Int[0, known.Length - 1].Select(i => known[i]), Gen.String).Array[0, 30].Select(string.Concat);
        IGrader[] graders = [_grader, new MinervaGrader(), new ChoiceGrader()];
        Gen.Select(pieces, pieces).Sample((text, answer) => graders.Select(g => g.Grade(answer, text))
            .All(g => g.Verdict == Verdict.Failed || (g.Score == 1) == (g.Verdict == Verdict.Right)), iter: 3000);
    }
}
