using System.Text.Json;

namespace Softly.Tests.Cli;

/// <summary><c>softly grade</c>.</summary>
[Trait("Weight", "Story")]
public sealed class GradeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_answer_is_judged_and_explained()
    {
        var (code, output, _) = Softly("grade", "--gold", @"\frac12", "--answer", "0.5", "--explain");
        Assert.Equal(0, code);
        Assert.Contains("read as  1/2", output);
        Assert.Contains("time  ", output);
        Assert.Contains("\nright: ", output);
        (_, output, _) = Softly("grade", "--gold", "42", "--answer", "43");
        Assert.StartsWith("wrong: ", output);
        Assert.Single(output.TrimEnd().Split('\n'));
        (_, output, _) = Softly("grade", "--gold", @"25\%", "--answer", "25");
        Assert.StartsWith("wrong: ", output);
        (_, output, _) = Softly("grade", "--gold", @"25\%", "--answer", "25", "--option", "percent_sign_optional=true");
        Assert.StartsWith("right: ", output);
    }

    [Fact]
    public void The_answer_is_found_in_an_output_and_its_place_is_told()
    {
        _folder.With("output.txt", "<think>no</think>\nSo it is $\\boxed{42}$.\n");
        var (code, output, _) = Softly("grade", "--gold", "42", "--response", "output.txt", "--explain");
        Assert.Equal(0, code);
        Assert.Contains("extracted  42\n           from a box, line 2, characters 35 to 37\n", output);
        (_, output, _) = Softly("grade", "--gold", "42", "--response", "output.txt", "--grader", "hendrycks", "--json");
        var said = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("hendrycks", "right", 1.0, "42"), (said.GetProperty("grader").GetString(),
            said.GetProperty("verdict").GetString(), said.GetProperty("score").GetDouble(),
            said.GetProperty("extracted").GetString()));
        (_, output, _) = Softly("grade", "--gold", "42", "--response", "output.txt", "--grader", "dapo");
        Assert.Equal("no_answer: no 'Answer:' in the last 300 characters\n", output);
    }

    [Fact]
    public void A_table_of_verdicts_gives_scores_and_the_lines_that_are_wrong()
    {
        _folder.With("cases.jsonl", """
            {"id": "a", "kind": "answer", "gold": "1/2", "pred": "0.5", "expected": true, "category": "fraction", "tier": "core"}
            {"id": "b", "kind": "answer", "gold": "3", "pred": "3", "expected": false, "category": "number", "tier": "hard"}
            {"id": "c", "kind": "response", "gold": "3", "pred": "\\boxed{4}", "expected": true, "tier": "hard"}
            {"kind": "answer", "gold": "1,5", "pred": "1.5", "expected": true, "tier": "own", "policy": {"decimal_comma": true}}
            """);
        var (code, output, error) = Softly("grade", "--table", "cases.jsonl");
        Assert.True(code == 0, output + error); // no core case is wrong
        Assert.Contains("tier   right   rows\ncore       1      1  100.0 %\nhard       0      2  0.0 %\n", output);
        Assert.Contains("wrong answers accepted (false positives): lines 2\n", output);
        Assert.Contains("right answers refused (false negatives): lines 3\n", output);
        Assert.Contains("slowest ", output);
        Assert.EndsWith("cases.jsonl: 2 of 4 right\n", output);
        (code, output, _) = Softly("grade", "--table", "cases.jsonl", "--json");
        var said = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal((0, true, "[2]", "[3]"), (code, said.GetProperty("passed").GetBoolean(),
            said.GetProperty("false_positives").GetRawText(), said.GetProperty("false_negatives").GetRawText()));
        (code, output, _) = Softly("grade", "--table", "cases.jsonl", "--grader", "hendrycks");
        Assert.Equal(0, code);
        Assert.EndsWith("cases.jsonl: 0 of 1 right (3 rows that are not for this grader left out)\n", output);

        _folder.With("cases.jsonl", """{"kind": "answer", "gold": "1", "pred": "2", "expected": true}""");
        (code, output, _) = Softly("grade", "--table", "cases.jsonl");
        Assert.Equal(1, code);
        Assert.Contains("line 1, core -: 1 | 2 is right\n  got wrong: ", output);
    }

    [Fact]
    public void Tables_of_values_and_of_boxes_are_known_by_their_fields()
    {
        _folder.With("values.jsonl", """
            {"latex": "x/2", "points": [{"vars": {"x": "3"}, "re": 1.5, "im": 0}, {"vars": {"x": "1/2"}, "re": 0.25, "im": 0}]}
            {"latex": "2^x", "points": [{"vars": {"x": "3"}, "re": 9.0, "im": 0.0}]}
            """).With("boxes.jsonl", """
            {"text": "\\boxed{1} \\boxed{2", "box": "1"}
            {"text": "none", "box": null}
            """);
        var (code, output, _) = Softly("grade", "--table", "values.jsonl");
        Assert.Equal(1, code);
        Assert.Contains("2^x is 9 + 0i\n  got 8 + 0i\n", output);
        Assert.EndsWith("values.jsonl: 1 of 2 right\n", output);
        (code, output, _) = Softly("grade", "--table", "boxes.jsonl");
        Assert.Equal(0, code);
        Assert.EndsWith("boxes.jsonl: 2 of 2 right\n", output);
    }

    [Theory]
    [InlineData("{oops", "t.jsonl:1: not JSON")]
    [InlineData("""{"kind": "answer", "gold": "1", "pred": "2", "expectd": true}""",
        "t.jsonl:1: expected the fields kind, gold, pred, expected (math cases); or ")]
    [InlineData("""{"kind": "answer", "gold": "1", "pred": "2", "expectd": true}""", "did you mean 'expected' by 'expectd'?")]
    [InlineData("""{"kind": "answer", "gold": "1", "pred": 2, "expected": true}""",
        "t.jsonl:1: pred: a text is expected, not a number")]
    [InlineData("""{"kind": "reply", "gold": "1", "pred": "2", "expected": true}""", "t.jsonl:1: kind: expected answer or")]
    [InlineData("""{"kind": "answer", "gold": "1", "pred": "2", "expected": 1}""", "t.jsonl:1: expected: true or false is")]
    [InlineData("""{"kind": "answer", "gold": "1", "pred": "2", "expected": true, "policy": {"decimal_coma": true}}""",
        "did you mean 'decimal_comma'?")]
    [InlineData("""{"text": "a", "box": 1}""", "t.jsonl:1: box: a text is expected, not a number")]
    [InlineData("""{"latex": "x", "points": [{"vars": {"x": "1/0"}, "re": 1, "im": 0}]}""", "expected a fraction such as")]
    [InlineData("", "t.jsonl: the table is empty")]
    public void A_table_that_cannot_be_read_is_named_with_its_line(string table, string expected)
    {
        _folder.With("t.jsonl", table);
        var (code, _, error) = Softly("grade", "--table", "t.jsonl");
        Assert.Equal(2, code);
        Assert.Contains(expected, error);
    }

    [Theory]
    [InlineData("--gold 1", "expected one of --answer TEXT and --response FILE")]
    [InlineData("--answer 1", "expected --gold and --answer or --response, or --table")]
    [InlineData("--gold 1 --answer 1 --grader hendryks", "did you mean 'hendrycks'?")]
    [InlineData("--gold 1 --answer 1 --grader gsm8k", "--answer: the grader 'gsm8k' reads whole outputs")]
    [InlineData("--gold 1 --answer 1 --option percent=true", "there is no option 'percent'")]
    [InlineData("--gold 1 --answer 1 --option multiset", "'multiset' is no name=value")]
    [InlineData("--gold 1 --answer 1 --option multiset=maybe", "needs a number, true or false")]
    [InlineData("--gold 1 --response nowhere.txt", "nowhere.txt: there is no such file")]
    [InlineData("--table t.jsonl --gold 1", "--gold: with --table every row says itself what is judged")]
    public void Wrong_words_are_refused_with_what_was_expected(string line, string expected)
    {
        var (code, _, error) = Softly(["grade", .. line.Split(' ')]);
        Assert.Equal(2, code);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void The_tables_of_right_verdicts_pass()
    {
        foreach (var table in new[] { "math_cases", "latex_values", "last_box" })
        {
            var (code, output, error) = Softly("grade", "--table", Reference.Require("graders", table + ".jsonl"));
            Assert.True(code == 0, output + error);
        }
    }

    [Fact]
    public void Every_grader_may_judge_in_a_recipe()
    {
        _folder.With("recipe.yaml", "task: countdown-3\ngrader: mat\n");
        var (code, _, error) = Softly("plan", "recipe.yaml");
        Assert.Equal(2, code);
        Assert.Contains($"'mat' is not one of {string.Join(", ", global::Softly.Tasks.Graders.Names)}", error);
    }

    private (int Code, string Out, string Error) Softly(params string[] words) => Command.Run(_folder.Path, words);
}
