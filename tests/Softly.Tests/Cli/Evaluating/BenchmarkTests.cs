using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Cli.Recipes;
using Softly.Tasks;

namespace Softly.Tests.Cli.Evaluating;

public sealed class BenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. BenchmarkCatalog.Names];

    private static JsonLinesTask Open(string name, string? split = null)
    {
        var benchmark = BenchmarkCatalog.Find(name);
        return BenchmarkReading.Open(
            benchmark, new BenchmarkFolder(Reference.Require("data")).Find(benchmark), new JsonLinesOptions { Judge = new HendrycksGrader() },
            split);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_benchmark_has_its_usual_size_and_order(string name)
    {
        var task = Open(name);
        Assert.Equal(BenchmarkCatalog.Find(name).Size, task.InFileOrder.Count);
        Assert.Equal(name, task.Name);
        Assert.All(task.InFileOrder, p => Assert.Equal("user", Assert.Single(p.Messages!).Role));
        Assert.Equal(task.InFileOrder.Count, task.InFileOrder.Select(p => p.Id).Distinct().Count());
        Assert.Equal(name == "gpqa_diamond" ? 0.25 : null, task.GuessChance(task.InFileOrder[0]));
    }

    [Theory]
    [InlineData("aime2024")]
    [InlineData("math500")]
    [InlineData("gsm8k")]
    [InlineData("olympiad_bench")]
    public void Mathematics_is_asked_for_in_a_box(string name) => Assert.All(Open(name).InFileOrder, p =>
        Assert.EndsWith(@" Let's think step by step and output the final answer within \boxed{}.", p.Prompt));

    [Fact]
    public void Choices_are_lettered_lines_and_the_answer_is_a_letter() => Assert.All(Open("gpqa_diamond").InFileOrder, p =>
    {
        foreach (var letter in "ABCD") Assert.Contains($"\n{letter}. ", p.Prompt);
        Assert.Contains("\"answer\": \"C\"", p.Prompt);
        Assert.Matches("^[ABCD]$", p.Answer);
    });

    [Fact]
    public void Functions_are_shown_in_a_block_and_programs_with_their_tests()
    {
        var function = Open("humaneval").InFileOrder[0];
        Assert.Contains("```python\nfrom typing import List\n\n\ndef has_close_elements(", function.Prompt);
        Assert.EndsWith("\"\"\"\n```", function.Prompt);
        var program = Open("mbpp").InFileOrder[0];
        Assert.Contains("exactly the name and the signature", program.Prompt);
        Assert.Matches("The tests:\n\n```python\nassert .*\nassert [^`]*\n```$", program.Prompt);
    }

    [Fact]
    public void Of_mbpp_the_test_part_is_usual_and_others_can_be_had()
    {
        Assert.Equal(257, Open("mbpp").InFileOrder.Count);
        Assert.Equal(427, Open("mbpp", "all").InFileOrder.Count);
        Assert.Equal(43, Open("mbpp", "validation").InFileOrder.Count);
        Assert.Contains("no record's split is 'tset'", Assert.Throws<DatasetException>(() => Open("mbpp", "tset")).Message);
    }

    /// <summary>The columns of the hub's copies, where they are not ours.</summary>
    [Theory]
    [InlineData("humaneval", """{"task_id": "HumanEval/0", "prompt": "def f(x):\n", "canonical_solution": "    return x\n", "test": "def check(candidate): pass\n", "entry_point": "f"}""", "HumanEval/0", "f")]
    [InlineData("mbpp", """{"task_id": 11, "prompt": "Say x.", "code": "import re\ndef g(x):\n  return x\ndef f(x):\n  return g(x)", "test_imports": [], "test_list": ["assert set(f(1)) == 1"]}""", "11", "f")]
    public void Programs_are_read_under_their_other_columns(string name, string record, string id, string entry)
    {
        _folder.With($"{name}.jsonl", record);
        var benchmark = BenchmarkCatalog.Find(name);
        var seen = new Seeing();
        var task = BenchmarkReading.Open(
            benchmark, new BenchmarkFolder(_folder.Path).Find(benchmark), new JsonLinesOptions { Judge = seen });
        var problem = Assert.Single(task.InFileOrder);
        Assert.Equal((id, entry), (problem.Id, problem.Fields["entry_point"]));
        Assert.Contains(name == "mbpp" ? "assert set(f(1)) == 1" : "def f(x):", problem.Prompt);
        Assert.False(string.IsNullOrEmpty(problem.Fields["tests"]));
    }

    [Fact]
    public void A_split_of_records_that_have_none_is_refused()
    {
        _folder.With("gsm8k.jsonl", "{\"id\": \"a\", \"problem\": \"1 + 1\", \"answer\": \"2\"}");
        var benchmark = BenchmarkCatalog.Find("gsm8k");
        JsonLinesTask Asked(string? split) => BenchmarkReading.Open(
            benchmark, _folder.File("gsm8k.jsonl"), new JsonLinesOptions { Judge = new HendrycksGrader() }, split);
        Assert.Contains("have no column split, so none of them are 'nonsense'",
            Assert.Throws<DatasetException>(() => Asked("nonsense")).Message);
        Assert.Single(Asked("all").InFileOrder);
        Assert.Single(Asked(null).InFileOrder);
    }

    /// <summary>Wants the columns that graders of programs want.</summary>
    private sealed class Seeing : IGrader
    {
        public string Name => "seeing";
        public string PromptSuffix => "";
        public IReadOnlyList<string> Columns => ["entry_point", "tests", "test_imports", "problem", "prompt", "answer"];
        public Grade Grade(string answer, string completion) => new(0, Verdict.NoAnswer, "");
    }

    [Fact]
    public void An_unknown_benchmark_has_a_neighbour() => Assert.Contains(
        "there is no benchmark 'maths500'; did you mean 'math500'?",
        Assert.Throws<ArgumentException>(() => BenchmarkCatalog.Find("maths500")).Message);

    [Fact]
    public void A_file_that_is_missing_is_named_with_its_nearest_neighbour()
    {
        _folder.With("gsm8k_tst.jsonl", "").With("notes.txt", "");
        var error = Assert.Throws<DatasetException>(() => new BenchmarkFolder(_folder.Path).Find(BenchmarkCatalog.Find("gsm8k")));
        Assert.Contains("no file of the benchmark gsm8k, looked for gsm8k_test.jsonl, gsm8k_test.parquet, gsm8k.jsonl", error.Message);
        Assert.Contains("the nearest is gsm8k_tst.jsonl", error.Message);
        Assert.Contains("softly pull datasets/openai/gsm8k", error.Message);
    }

    [Fact]
    public void A_folder_named_like_the_benchmark_and_the_hub_s_layout_are_found()
    {
        Directory.CreateDirectory(_folder.File("math500"));
        Directory.CreateDirectory(_folder.File("main"));
        _folder.With("math500/test.jsonl", "").With("main/test-00000-of-00001.parquet", "").With("main/train-00000-of-00001.parquet", "");
        var folder = new BenchmarkFolder(_folder.Path);
        Assert.EndsWith("test.jsonl", folder.Find(BenchmarkCatalog.Find("math500")));
        Assert.EndsWith("test-00000-of-00001.parquet", folder.FindInDataset(BenchmarkCatalog.Find("gsm8k")));
        Assert.Contains("found 2", Assert.Throws<DatasetException>(() => folder.FindInDataset(BenchmarkCatalog.Find("aime2024"))).Message);
    }

    [Theory]
    [InlineData("", "the benchmark gsm8k is empty")]
    [InlineData("{\"qestion\": \"1+1?\", \"answer\": \"2\"}", "the nearest is 'qestion' for 'question'")]
    public void Empty_and_foreign_files_are_named(string text, string expected)
    {
        _folder.With("gsm8k.jsonl", text);
        var error = Assert.Throws<DatasetException>(() => Sets(grader: "gsm8k").Of("gsm8k"));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void A_slice_is_of_the_file_s_order_and_names_what_there_is()
    {
        _folder.With("gsm8k.jsonl", string.Concat(Enumerable.Range(0, 9).Select(i =>
            $$"""{"id": "p{{i}}", "problem": "{{i}}+1?", "answer": "{{i + 1}}"}""" + "\n")));
        Assert.Equal(["p0", "p1"], Ids(Slice.Of(2, null)));
        Assert.Equal(["p3", "p4"], Ids(Slice.Of(null, "3:5")));
        Assert.Equal(["p7", "p8"], Ids(Slice.Of(null, "7:")));
        Assert.Equal(["p0"], Ids(Slice.Of(null, ":1")));
        Assert.Contains("gsm8k has 9 problems", Assert.Throws<UserError>(() => Ids(Slice.Of(null, "9:12"))).Message);
        foreach (var wrong in new[] { "3", "5:3", "-1:2", "a:b", "1:2:3" })
            Assert.Contains("expected FROM:TO", Assert.Throws<UserError>(() => Slice.Of(null, wrong)).Message);
        Assert.Contains("leave one of them out", Assert.Throws<UserError>(() => Slice.Of(1, "1:2")).Message);
        Assert.Contains("at least 1", Assert.Throws<UserError>(() => Slice.Of(0, null)).Message);

        IEnumerable<string> Ids(Slice? slice) => Sets(slice, "gsm8k").Of("gsm8k").Single().Problems.Select(p => p.Id);
    }

    private BenchmarkSets Sets(Slice? slice = null, string? grader = null) =>
        new(new Recipe { Grader = grader }, _folder.Path, slice, null, plain: false);
}
