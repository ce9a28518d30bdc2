using System.Diagnostics;
using System.Text.Json;
using Softly.Tasks.Extraction;

namespace Softly.Tests.Grading.Extraction;

public sealed class ExtractorTests
{
    [Fact]
    public void Every_row_of_the_table_of_boxes_is_right()
    {
        var rows = 0;
        foreach (var line in File.ReadLines(Reference.Require("graders", "last_box.jsonl")))
        {
            using var row = JsonDocument.Parse(line);
            string? Column(string name) => row.RootElement.GetProperty(name).GetString();
            Assert.Equal(Column("box"), Boxes.Last(Column("text")!));
            rows++;
        }
        Assert.True(rows >= 13);
    }

    [Theory]
    [InlineData(@"\boxed{1} and then \boxed{2", "1")]
    [InlineData(@"\boxed{\text{if } \{a\} \subset B}", @"\text{if } \{a\} \subset B")]
    [InlineData(@"\boxed {7}", "7")]
    [InlineData("\\boxed\n{7}", "7")]
    [InlineData(@"\boxed 7", "7")]
    [InlineData(@"$\boxed 42$ apples", "42")]
    [InlineData(@"\boxed\frac{1}{2}.", @"\frac{1}{2}")]
    [InlineData(@"\fbox{x+1}", "x+1")]
    [InlineData(@"\boxed{\fbox{x} = 1}", "x")]
    [InlineData(@"} } \boxed{3} }", "3")]
    [InlineData(@"{ { \boxed{3}", "3")]
    [InlineData(@"\boxed{a \\{b}}", @"a \\{b}")] // a line end and a real brace
    [InlineData(@"write it in \boxed form", null)]
    [InlineData(@"\boxedfoo{3}", null)]
    [InlineData(@"\boxed", null)]
    [InlineData(@"\boxed{", null)]
    [InlineData(@"\boxed{3\}", null)]
    [InlineData(@"\boxed{}", "")]
    public void The_last_complete_box_is_found(string text, string? box) => Assert.Equal(box, Boxes.Last(text));

    [Theory]
    [InlineData(@"\boxed{3} or \boxed{5}", "3, 5")]
    [InlineData(@"$\boxed{3}$, $\boxed{5}$ and $\boxed{7}$", "3, 5, 7")]
    [InlineData(@"\boxed{3} \text{ and } \boxed{5}", "3, 5")]
    [InlineData(@"\[\boxed{3}\] \quad \[\boxed{5}\]", "3, 5")]
    [InlineData(@"$x = \boxed{3}$ and $y = \boxed{5}$", "3, 5")]
    [InlineData(@"\boxed{3} red balls and \boxed{5} blue ones", "3, 5")]
    [InlineData(@"\boxed{5} and again \boxed{5}", "5")]
    [InlineData(@"\boxed{3} red \boxed{5}", "5")]
    [InlineData(@"\boxed{3}. And \boxed{5}", "5")]
    [InlineData(@"\boxed{3}, not \boxed{5}", "5")] // what denies does not join; which of the two is meant stays the last
    [InlineData(@"\boxed{3}, or rather \boxed{5}", "5")]
    [InlineData(@"\boxed{3} is wrong, and \boxed{5} is right", "5")]
    [InlineData(@"\boxed{3}, so the total is \boxed{5}", "5")]
    [InlineData(@"\boxed{3} and because 2 \boxed{5}", "5")]
    [InlineData(@"first \boxed{1}. Then \boxed{3} and \boxed{5}", "3, 5")]
    [InlineData(@"\boxed{3} within \boxed{}", "3")]
    public void Boxes_are_one_answer_where_only_a_connective_stands_between(string text, string answer)
    {
        var found = new AnswerExtractor().Find(text);
        Assert.Equal((answer, AnswerPlace.Box), (found!.Text, found.How));
    }

    [Theory]
    [InlineData("<think>\\boxed{1}</think> So \\boxed{2}", "2", "2")]
    [InlineData("<think>\\boxed{1}</think> So \\boxed{2", "1", null)]
    [InlineData("<think>\\boxed{1}</think> I cannot tell.", "1", null)]
    [InlineData("\\boxed{1}</think> It is $2$.", "2", "2")]
    [InlineData("<think>It is 7. The answer is 7.", "7", null)]
    [InlineData("<think>It is 7 or so", null, null)] // a number in thoughts that do not end is no answer
    [InlineData("The answer is 3. <think>\\boxed{4}", "3", "3")]
    [InlineData("<think>a</think> \\boxed{1} <think>b</think> \\boxed{2}", "2", "2")]
    public void Thoughts_are_searched_last_or_not_at_all(string text, string? answer, string? without)
    {
        var hint = AnswerHint.Of("17");
        Assert.Equal(answer, new AnswerExtractor().Find(text, hint)?.Text);
        Assert.Equal(without, new AnswerExtractor(ignoreThink: true).Find(text, hint)?.Text);
    }

    [Theory]
    [InlineData("17", "The final answer is 42.", "42", AnswerPlace.FinalAnswer)]
    [InlineData("17", "**Final Answer:** $42$", "42", AnswerPlace.FinalAnswer)]
    [InlineData("17", "### Final Answer\n\n42 apples", "42 apples", AnswerPlace.FinalAnswer)]
    [InlineData("17", "Answer: 42\nAnswer: 43", "43", AnswerPlace.Answer)]
    [InlineData("17", "The answer to the first question is 42, because 6 times 7 is that.", "42", AnswerPlace.Answer)]
    [InlineData("17", "The answer is 3 or 5.", "3 or 5", AnswerPlace.Answer)] // two answers stay two
    [InlineData("17", "The answer is $3$ or $5$.", "3 or 5", AnswerPlace.Answer)]
    [InlineData("17", "The answer is $3$, or possibly $5$.", "3, or possibly 5", AnswerPlace.Answer)]
    [InlineData("17", "So \\(x = 3\\) or \\(5\\)", "x = 3 or 5", AnswerPlace.Formula)]
    [InlineData("17", "The answer is $\\$1\\,072$.", "\\$1\\,072", AnswerPlace.Answer)]
    [InlineData("17", "The answer is approximately 3.14.", "3.14", AnswerPlace.Answer)]
    [InlineData("17", "Final answer: the number of ways is 12.", "12", AnswerPlace.FinalAnswer)]
    [InlineData("17", "The final answer is 5. Hence my answer is 6.", "5", AnswerPlace.FinalAnswer)]
    [InlineData("17", "#### 1,072", "1,072", AnswerPlace.Marks)]
    [InlineData("17", "6 * 7\nA: 42", "42", AnswerPlace.Line)]
    [InlineData("17", "Q: 1?\nA: none\nA: 42\nQ: 7", "42", AnswerPlace.Line)]
    [InlineData("17", "so $n$ is $12$ for all $n$.", "12", AnswerPlace.Formula)]
    [InlineData("17", "With $n = 3$ there are 12 ways.", "12", AnswerPlace.Number)]
    [InlineData("17", "She pays $1,072.50 for it.", "1,072.50", AnswerPlace.Number)]
    [InlineData("17", "It costs $5 and sells for $7 today", "7", AnswerPlace.Number)]
    [InlineData("17", "It is 42 and not 43", "42", AnswerPlace.Number)]
    [InlineData("17", "It is 3 or 5", "3 or 5", AnswerPlace.Number)]
    [InlineData("17", "It takes -7/2", "-7/2", AnswerPlace.Number)]
    [InlineData("17", "12-7", "7", AnswerPlace.Number)]
    [InlineData("17%", "It grows by 42 percent.", @"42\%", AnswerPlace.Number)]
    [InlineData("17", "It grows by 42 percent.", "42", AnswerPlace.Number)]
    [InlineData("17%", "$\\boxed{42}$ %", @"42\%", AnswerPlace.Box)]
    [InlineData("17%", "$\\boxed{42\\%}$ percent", @"42\%", AnswerPlace.Box)]
    [InlineData("17%", "\\boxed{42} percentage points", "42", AnswerPlace.Box)]
    [InlineData("(1,2)", "So the point is $(3, 4)$, near $P$.", "P", AnswerPlace.Formula)]
    [InlineData(@"\text{Ann}", "The answer is Bob.", "Bob", AnswerPlace.Answer)]
    [InlineData(@"\text{Ann}", "The final answer is **Bob**.", "Bob", AnswerPlace.FinalAnswer)]
    [InlineData("x=1", "The answer is x = 3, where x counts the apples.", "x = 3", AnswerPlace.Answer)]
    [InlineData("17", "\\boxed{255}. Final Answer: The final answer is $10,455$. I hope so.", "10,455", AnswerPlace.FinalAnswer)]
    [InlineData("17", "\\boxed{255} is what the answer is: 7", "255", AnswerPlace.Box)]
    [InlineData("17", "It is 42.<|im_end|>\n<|im_start|>user 7", "42", AnswerPlace.Number)]
    public void An_answer_is_found_where_the_text_says_it_is(string gold, string text, string answer, AnswerPlace how)
    {
        var found = new AnswerExtractor().Find(text, AnswerHint.Of(gold));
        Assert.Equal((answer, how), (found?.Text, found?.How ?? default));
        if (how != AnswerPlace.Box) Assert.Null(new AnswerExtractor(requireBoxed: true).Find(text.Replace(@"\boxed", "")));
    }

    [Theory]
    [InlineData("17", "The answer is not 42")]
    [InlineData("17", "")]
    [InlineData("17", "I do not know the answer.")]
    [InlineData("17", "The answer is unclear.")]
    [InlineData("B", "A car is faster. I think so. A horse is not.")]
    [InlineData("B", "Answer: A car travels for two hours.")]
    [InlineData("B", "The answer is I think so.")]
    [InlineData("B", "Of (A), (B) and (C) none convinces.")]
    [InlineData("B", "Answer: 42")]
    [InlineData("B", "The answer is (A) or (B).")]
    [InlineData("B", "Answer: A, B")]
    [InlineData("B", "The answer is A and C")]
    [InlineData(@"\text{Ann}", "There are 7 of them.")]
    public void What_gives_no_answer_has_none(string gold, string text) =>
        Assert.Null(new AnswerExtractor().Find(text, AnswerHint.Of(gold)));

    [Theory]
    [InlineData("The correct option is (B).", "B")]
    [InlineData("Answer: B", "B")]
    [InlineData("**Answer:** B", "B")]
    [InlineData("The answer is **B**.", "B")]
    [InlineData("the answer is \\text{(B)}", "B")]
    [InlineData("so the answer is $B$", "B")]
    [InlineData("The answer is B because A is wrong.", "B")]
    [InlineData("Final Answer: B\nAnswer: C", "B")]
    [InlineData("Answer: C\nAnswer: B", "B")]
    [InlineData("Option B is correct.", "B")]
    [InlineData("{\"answer\": \"B\"}", "B")]
    [InlineData("```json\n{\n  \"answer\": \"B\"\n}\n```", "B")]
    [InlineData("B. Because A is not valid", "B")]
    [InlineData("(B)", "B")]
    [InlineData("It cannot be so.\n\nB", "B")]
    [InlineData("It cannot be so: **B**", "B")]
    [InlineData("A thing like that is (B).", "B")]
    public void The_letter_of_a_choice_is_found_where_it_is_meant(string text, string letter) =>
        Assert.Equal(letter, new AnswerExtractor().Find(text, AnswerHint.Of("C"))?.Text);

    [Theory]
    [InlineData("(A) is wrong, (B) is wrong", null)]
    [InlineData("(A) is wrong, so (B).", "B")]
    [InlineData("**A** is not right.", null)]
    [InlineData("so the side is $a$.", null)]
    [InlineData("The answer is (A) or maybe (B).", null)]
    public void A_letter_that_is_taken_back_or_hedged_is_no_choice(string text, string? letter) =>
        Assert.Equal(letter, new AnswerExtractor().Find(text, AnswerHint.Of("A"))?.Text);

    [Theory]
    [InlineData("5 is not the answer", null)]
    [InlineData("The value 5 is wrong.", null)]
    [InlineData("We get 7. The value 5 is wrong.", "7")]
    [InlineData("The value is 5, and $5$ is not divisible.", "5")]
    public void A_number_that_is_taken_back_is_no_answer(string text, string? number) =>
        Assert.Equal(number, new AnswerExtractor().Find(text, AnswerHint.Of("5"))?.Text);

    [Fact]
    public void What_is_found_stands_where_it_is_said_to_stand()
    {
        const string text = "<think>no \\boxed{9}</think>\nSo $x = \\boxed{ 42 }$ and done.";
        var found = new AnswerExtractor().Find(text)!;
        Assert.Equal(" 42 ", text.Substring(found.Start, found.Length));
        const string plain = "blah\nThe answer is 42 apples.";
        found = new AnswerExtractor().Find(plain, AnswerHint.Of("1"))!;
        Assert.Equal("42 apples", plain.Substring(found.Start, found.Length));
    }

    [Theory]
    [InlineData("42", AnswerForm.Number)]
    [InlineData(@"\frac{1}{2}", AnswerForm.Number)]
    [InlineData(@"42\text{ ways}", AnswerForm.Number)]
    [InlineData("1,072", AnswerForm.Number)]
    [InlineData(@"\text{(B)}", AnswerForm.Choice)]
    [InlineData("B", AnswerForm.Choice)]
    [InlineData("X", AnswerForm.Expression)]
    [InlineData(@"\text{Evelyn}", AnswerForm.Words)]
    [InlineData("east", AnswerForm.Words)]
    [InlineData("(1,2)", AnswerForm.Brackets)]
    [InlineData("x=5", AnswerForm.Expression)]
    [InlineData("x^2+1", AnswerForm.Expression)]
    public void A_reference_tells_what_to_look_for(string gold, AnswerForm form) => Assert.Equal(form, AnswerHint.Of(gold).Form);

    [Fact]
    public void Long_texts_take_time_linear_in_their_length()
    {
        string[] pieces =
        [
            "{", "}", "\\boxed{", "\\boxed", "\\boxed 1 ", "$", "\\(", "answer is ", "answer:\n", "#### ", "A: ",
            "final answer is ", " ", "\n", "(", "**", "B ", "<think>", "</think>", "1", "1,", "-",
            "\\", "<|im_start|>", "is ", "\"answer\": \"", "1 or ", "\\{", "not ",
        ];
        foreach (var hint in new[] { "17%", "B", "(1,2)", @"\text{Ann}" }.Select(AnswerHint.Of))
        {
            foreach (var piece in pieces)
            {
                var text = string.Concat(Enumerable.Repeat(piece, 2_000_000 / piece.Length));
                var watch = Stopwatch.StartNew();
                new AnswerExtractor().Find(text, hint);
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{piece} of {hint}: {watch.Elapsed}");
            }
        }
        var braces = new string('{', 50_000_000);
        var all = Stopwatch.StartNew();
        Assert.Equal("7", new AnswerExtractor().Find(braces + "\\boxed{7}" + braces)!.Text);
        Assert.True(all.Elapsed < TimeSpan.FromSeconds(30), $"{all.Elapsed}"); // half a second on a machine that is free
    }
}
