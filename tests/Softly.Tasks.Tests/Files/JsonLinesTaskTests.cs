using System.Text;
using Softly.Tasks;
using Softly.Tests.Runs;

namespace Softly.Tests.Files;

public sealed class JsonLinesTaskTests : IDisposable
{
    private const string Suffix = @" Let's think step by step and output the final answer within \boxed{}.";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string text, string name = "some.jsonl")
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    private JsonLinesTask Open(string text, Func<JsonLinesOptions, JsonLinesOptions>? with = null) =>
        JsonLinesTask.Open((with ?? (o => o))(new JsonLinesOptions { Path = Write(text) }));

    private Problem Only(string text, Func<JsonLinesOptions, JsonLinesOptions>? with = null) =>
        Assert.Single(Open(text, with).Problems(Split.Train, 10, 1));

    private static IEnumerable<Problem> All(JsonLinesTask task) =>
        task.Problems(Split.Train, int.MaxValue, 1).Concat(task.Problems(Split.Test, int.MaxValue, 1));

    private string Refusal(string text, Func<JsonLinesOptions, JsonLinesOptions>? with = null) =>
        Assert.Throws<DatasetException>(() => Open(text, with)).Message.Replace(_folder.Path + Path.DirectorySeparatorChar, "");

    [Theory]
    [InlineData("""{"prompt": "1+1?", "answer": "2"}""", "TRL layout, prompt → answer;", "1+1?", "2")]
    [InlineData(
        """{"prompt": "1+1?", "solution": "It is \\boxed{2}."}""", "TRL layout, prompt → solution in its last box;", "1+1?", "2")]
    [InlineData("""{"prompt": "1+1?", "ground_truth": 2}""", "TRL layout, prompt → ground_truth;", "1+1?", "2")]
    [InlineData("""{"prompt": [{"role": "user", "content": "1+1?"}], "answer": "2"}""", "TRL layout", "1+1?", "2")]
    [InlineData("""{"data_source": "math", "prompt": [{"content": "1+1?", "role": "user"}], "ability": "math", "reward_model": {"ground_truth": "2", "style": "rule"}, "extra_info": {"index": 0}}""", "verl layout, prompt → reward_model.ground_truth;", "1+1?", "2")]
    [InlineData("""{"data_source": "x", "prompt": [{"role": "user", "content": "1+1?"}], "env_class": "y", "reward_spec": {"method": "rule", "ground_truth": "2"}}""", "SkyRL layout, prompt → reward_spec.ground_truth;", "1+1?", "2")]
    [InlineData(
        """{"problem": "1+1?", "expected_answer": "2"}""", "NeMo-RL layout, problem → expected_answer;", "1+1?" + Suffix, "2")]
    [InlineData(
        """{"question": "1+1?", "answer": "1+1=<<1+1=2>>2\n#### 1,002"}""", "GSM8K layout, question → answer after ####;",
        "1+1?" + Suffix, "1002")]
    [InlineData(
        """{"problem": "1+1?", "solution": "so \\boxed{2}", "answer": "2", "level": "Level 1", "type": "Algebra"}""",
        "MATH layout, problem → answer;", "1+1?" + Suffix, "2")]
    [InlineData(
        """{"problem": "1+1?", "solution": "so $\\boxed{\\frac{4}{2}}$."}""", "MATH layout, problem → solution in its last box;",
        "1+1?" + Suffix, @"\frac{4}{2}")]
    [InlineData("""{"problem": "1+1?", "answer": "2"}""", "Latent-GRPO layout, problem → answer;", "1+1?" + Suffix, "2")]
    [InlineData("""{"input": "1+1?", "label": "2"}""", "OpenRLHF layout, input → label;", "1+1?" + Suffix, "2")]
    [InlineData(
        """{"prompt": [{"from": "user", "value": "1+1?"}], "final_answer": "2"}""", "TRL layout, prompt → final_answer;", "1+1?",
        "2")]
    [InlineData(
        """{"problem": "1+1?", "choices": ["1", "2"], "answer": "B"}""", "Latent-GRPO layout", "1+1?\n\nA. 1\nB. 2" + Suffix,
        "B")]
    [InlineData("""{"problem": "1+1?", "answer": ["2"]}""", "Latent-GRPO layout", "1+1?" + Suffix, "2")]
    public void Every_custom_is_recognised(string record, string description, string prompt, string answer)
    {
        var task = Open(record);
        Assert.StartsWith("some.jsonl: " + description, task.Description);
        var problem = Assert.Single(task.Problems(Split.Train, 10, 1));
        Assert.Equal((prompt, answer), (problem.Prompt, problem.Answer));
        Assert.Equal(1, task.Grade(problem, $@"\boxed{{{answer}}}").Score);
    }

    [Fact]
    public void A_bare_question_becomes_a_user_turn_and_a_text_prompt_stays_a_text()
    {
        Assert.Equal([new Message("user", "1+1?" + Suffix)], Only("""{"problem": "1+1?", "answer": "2"}""").Messages);
        Assert.Null(Only("""{"prompt": "1+1?", "answer": "2"}""").Messages);
        var turned = Only("""{"prompt": "1+1?", "answer": "2"}""", o => o with { Conversation = true });
        Assert.Equal([new Message("user", "1+1?")], turned.Messages);
        Assert.Null(Only("""{"problem": "1+1?", "answer": "2"}""", o => o with { Conversation = false }).Messages);
    }

    [Fact]
    public void Suffix_and_system_turn_are_put_around_the_question()
    {
        JsonLinesOptions With(JsonLinesOptions o) => o with { PromptSuffix = " Go.", SystemPrompt = "Be brief." };
        Message[] expected = [new("system", "Be brief."), new("user", "1+1? Go.")];
        Assert.Equal(expected, Only("""{"problem": "1+1?", "answer": "2"}""", With).Messages);
        Assert.Equal(expected, Only("""{"prompt": "1+1?", "answer": "2"}""", With).Messages);
        const string Turns = """[{"role": "system", "content": "Ramble."}, {"role": "user", "content": "1+1?"}]""";
        Assert.Equal(expected, Only($$"""{"prompt": {{Turns}}, "answer": "2"}""", With).Messages);
        Assert.Equal("1+1?", Only("""{"problem": "1+1?", "answer": "2"}""", o => o with { PromptSuffix = "" }).Prompt);
    }

    [Fact]
    public void Columns_that_are_named_win_over_those_that_are_detected()
    {
        var problem = Only("""{"id": 7, "question": "a", "problem": "b", "answer": "1", "meta": {"truth": 3.50}, "level": 4}""",
            o => o with { PromptColumn = "question", AnswerColumn = "meta.truth", PromptSuffix = "" });
        Assert.Equal(("7", "a", "3.50"), (problem.Id, problem.Prompt, problem.Answer));
        Assert.Equal("4", problem.Fields["level"]);
    }

    [Fact]
    public void Gsm8k_asks_for_its_own_mark_and_reads_it()
    {
        var path = Write("""{"question": "1+1?", "answer": "#### 2"}""");
        var task = TaskCatalog.Find("gsm8k", new JsonLinesOptions { Path = path });
        var problem = task.Problems(Split.Train, 1, 1)[0];
        Assert.Equal("gsm8k", task.Name);
        Assert.EndsWith("after \"####\".", problem.Prompt);
        Assert.Equal(1, task.Grade(problem, "1 + 1 = 2\n#### 2").Score);
        Assert.Equal(Verdict.NoAnswer, task.Grade(problem, @"\boxed{2}").Verdict);
    }

    [Fact]
    public void Marks_of_byte_order_blank_lines_and_line_ends_do_not_matter()
    {
        var path = _folder["bom.jsonl"];
        File.WriteAllText(path, "{\"problem\": \"a\", \"answer\": \"1\"}\r\n\r\n  \n{\"problem\": \"é\", \"answer\": \"2\"}",
            new UTF8Encoding(true));
        var task = JsonLinesTask.Open(new JsonLinesOptions { Path = path, PromptSuffix = "" });
        Assert.Equal(["a", "é"], All(task).Select(p => p.Prompt).Order());
        Assert.Equal(["bom:1", "bom:4"], All(task).Select(p => p.Id).Order());
    }

    [Fact]
    public void A_share_is_held_out_by_the_text_of_the_question()
    {
        var lines = Enumerable.Range(0, 1000).Select(
            i => $$"""{"problem": "What is {{i % 900}}?", "answer": "{{i}}"}""").ToArray();
        var task = Open(string.Join('\n', lines));
        var (train, test) = (task.Problems(Split.Train, 2000, 1), task.Problems(Split.Test, 2000, 1));
        Assert.Equal(1000, train.Count + test.Count);
        Assert.InRange(test.Count, 60, 140);
        Assert.Empty(train.Select(p => p.Prompt).Intersect(test.Select(p => p.Prompt)));
        Assert.Contains($"{train.Count} to train, {test.Count} held out", task.Description);
        // Neither order nor company of the records decides.
        var fewer = Open(string.Join('\n', lines.Reverse().Take(500))).Problems(Split.Test, 2000, 1)
            .Select(p => p.Prompt).ToHashSet();
        Assert.Superset(fewer, test.Select(p => p.Prompt).ToHashSet());
        var some = task.Problems(Split.Train, 50, 3).Select(p => p.Id).ToArray();
        Assert.Equal(some[..5], task.Problems(Split.Train, 5, 3).Select(p => p.Id));
    }

    [Fact]
    public void Two_records_make_one_to_train_and_one_to_test()
    {
        var task = Open("{\"problem\": \"a\", \"answer\": \"1\"}\n{\"problem\": \"b\", \"answer\": \"1\"}");
        Assert.Single(task.Problems(Split.Train, 9, 1));
        Assert.Single(task.Problems(Split.Test, 9, 1));
    }

    [Fact]
    public void A_test_file_is_the_test_and_its_questions_leave_the_training()
    {
        var test = Write("""{"question": "b", "answer": "#### 2"}""", "test.jsonl");
        JsonLinesOptions With(JsonLinesOptions o) => o with { TestPath = test, PromptSuffix = "" };
        var task = Open("{\"problem\": \"a\", \"answer\": \"1\"}\n{\"problem\": \"b\", \"answer\": \"2\"}", With);
        Assert.Equal("a", Assert.Single(task.Problems(Split.Train, 9, 1)).Prompt);
        Assert.Equal("b", Assert.Single(task.Problems(Split.Test, 9, 1)).Prompt);
        Assert.Contains("1 to train, 1 to test from test.jsonl (questions of it left out of training: 1)", task.Description);
        Assert.Contains("every question is in", Refusal("""{"problem": "b", "answer": "1"}""", With));
    }

    [Fact]
    public void A_test_file_alone_is_for_evaluation_only()
    {
        var path = Write("""{"problem": "b", "answer": "2"}""");
        var task = JsonLinesTask.Open(new JsonLinesOptions { TestPath = path });
        Assert.Empty(task.Problems(Split.Train, 9, 1));
        Assert.Single(task.Problems(Split.Test, 9, 1));
        Assert.StartsWith("some.jsonl: Latent-GRPO layout, problem → answer; 1 to test; judged", task.Description);
        Assert.Throws<ArgumentException>(() => JsonLinesTask.Open(new JsonLinesOptions()));
    }

    [Fact]
    public void An_id_that_comes_twice_is_made_unique()
    {
        var task = Open("""
            {"id": "x", "problem": "a", "answer": "1"}
            {"id": "x", "problem": "b", "answer": "1"}
            """);
        Assert.Equal(["x", "x@2"], All(task).Select(p => p.Id).Order());
    }

    [Theory]
    [InlineData("", "some.jsonl: the dataset is empty")]
    [InlineData("\n \n", "some.jsonl: the dataset is empty")]
    [InlineData("[{\"problem\": 1}]", "some.jsonl:1: begins with '[': expected an object a line, not a list")]
    [InlineData("3", "some.jsonl:1: expected a JSON object, found a number")]
    [InlineData("{\"problem\": ", "some.jsonl:1: not JSON, at byte 13 of the line")]
    [InlineData(
        "{\"problen\": \"a\", \"answer\": \"1\"}",
        "some.jsonl:1: no column with the question, looked for prompt, problem, question, input; "
        + "the nearest is 'problen' for 'problem': set prompt_column: problen. The record has: problen, answer")]
    [InlineData(
        "{\"problem\": \"a\", \"awnser\": \"1\"}",
        "some.jsonl:1: no column with the answer, looked for reward_model.ground_truth, reward_spec.ground_truth, "
        + "expected_answer, final_answer, ground_truth, answer, label, solution; the nearest is 'awnser' for 'answer': "
        + "set answer_column: awnser. The record has: problem, awnser")]
    [InlineData(
        "{\"problem\": \"a\", \"answer\": \"1\"}\n{\"problem\": \"a\", \"answr\": \"1\"}",
        "some.jsonl:2: no column 'answer'; did you mean answer_column: answr? The record has: problem, answr")]
    [InlineData("{\"problem\": \"a\", \"answer\": null}", "some.jsonl:1: no column with the answer")]
    [InlineData(
        "{\"problem\": 5, \"answer\": \"1\"}",
        "some.jsonl:1: column 'problem' should be a text or a list of turns, found a number")]
    [InlineData("{\"problem\": \" \", \"answer\": \"1\"}", "some.jsonl:1: column 'problem' is empty")]
    [InlineData(
        "{\"problem\": \"a\", \"answer\": {}}", "some.jsonl:1: column 'answer' should be a text or a number, found an object")]
    [InlineData("{\"problem\": \"a\", \"answer\": \"####\"}", "some.jsonl:1: column 'answer' has no answer")]
    [InlineData("{\"prompt\": [], \"answer\": \"1\"}", "some.jsonl:1: column 'prompt' has no user turn")]
    [InlineData("{\"prompt\": [\"a\"], \"answer\": \"1\"}", "some.jsonl:1: a turn of column 'prompt' has no text 'role'")]
    [InlineData(
        "{\"prompt\": [{\"role\": \"tool\", \"content\": \"\"}], \"answer\": \"1\"}",
        "some.jsonl:1: a turn of column 'prompt' has the role 'tool'")]
    [InlineData(
        "{\"problem\": \"a\", \"answer\": \"b\", \"entry_point\": \"f\"}", "some.jsonl:1: these are programming problems")]
    public void What_is_wrong_with_a_file_is_said_with_its_place_and_its_cure(string text, string expected) =>
        Assert.StartsWith(expected, Refusal(text));

    [Fact]
    public void A_named_column_that_is_not_there_is_an_error_with_the_nearest() =>
        Assert.Equal("some.jsonl:1: no column 'quastion'; did you mean prompt_column: question? The record has: question, answer",
            Refusal("""{"question": "a", "answer": "1"}""", o => o with { PromptColumn = "quastion" }));

    [Fact]
    public void An_endless_line_is_refused_before_it_fills_the_memory()
    {
        var line = "{\"problem\": \"" + new string('a', 300_000) + "\", \"answer\": \"1\"}";
        Assert.Equal("some.jsonl:1: the line is longer than 200000 characters; expected one JSON object a line",
            Refusal(line, o => o with { LongestLine = 200_000 }));
        Assert.Equal(300_000, Only(line, o => o with { PromptSuffix = "" }).Prompt.Length);
    }

    [Fact]
    public void Files_of_another_kind_are_refused()
    {
        File.WriteAllBytes(_folder["latin.jsonl"], [.. "{\"problem\": \""u8, 0xE9, .. "\"}"u8]);
        Write("PAR1", "a.parquet");
        JsonLinesTask Read(string name) => JsonLinesTask.Open(new JsonLinesOptions { Path = _folder[name] });
        void Refused(string name, string expected) =>
            Assert.Contains(expected, Assert.Throws<DatasetException>(() => Read(name)).Message);
        Refused("latin.jsonl", "not UTF-8");
        Refused("none.jsonl", "there is no such dataset file");
        Refused("", "is a folder");
        Refused("a.parquet", "Parquet is read by the library Softly.Parquet");
    }

    [Fact]
    public void An_unknown_grader_and_a_missing_file_name_their_cure()
    {
        void Refused(string expected, Action act) => Assert.Contains(expected, Assert.Throws<ArgumentException>(act).Message);
        var path = Write("""{"problem": "a", "answer": "1"}""");
        var options = new JsonLinesOptions { Path = path, Grader = "hendricks" };
        Refused("did you mean 'hendrycks'?", () => JsonLinesTask.Open(options));
        Refused("set dataset_name", () => TaskCatalog.Find("gsm8k"));
        Refused("did you mean 'gsm8k'?", () => TaskCatalog.Find("gsm8"));
    }

    [Theory]
    [InlineData("aime2024", 30)]
    [InlineData("aime2025", 30)]
    [InlineData("amc23", 40)]
    [InlineData("math500", 500)]
    [InlineData("gsm8k_test", 1319)]
    [InlineData("gsm8k_train", 7473)]
    [InlineData("gpqa_diamond", 198)]
    [InlineData("olympiad_bench", 675)]
    public void The_usual_benchmarks_are_read_whole(string name, int records)
    {
        var task = JsonLinesTask.Open(new JsonLinesOptions { Path = Reference.Require("data", name + ".jsonl") });
        Assert.Contains("problem → answer;", task.Description);
        Assert.Equal(records, All(task).Count());
        Assert.NotEmpty(task.Problems(Split.Test, 1, 1));
    }

    [Fact]
    public void The_solutions_of_math_are_right()
    {
        var task = JsonLinesTask.Open(new JsonLinesOptions { Path = Reference.Require("data", "math500.jsonl") });
        var all = All(task).Where(p => p.Fields.ContainsKey("solution")).ToArray();
        Assert.InRange(all.Length, 490, 500); // very long fields are not kept
        Assert.All(all, p => Assert.Equal(1, task.Grade(p, p.Fields["solution"]).Score));
    }

    [Fact]
    public void Gsm8k_trains_on_one_file_and_tests_on_the_other()
    {
        var task = TaskCatalog.Find("gsm8k", new JsonLinesOptions
        {
            Path = Reference.Require("data", "gsm8k_train.jsonl"), TestPath = Reference.Require("data", "gsm8k_test.jsonl"),
        });
        Assert.Equal((7473, 1319),
            (task.Problems(Split.Train, int.MaxValue, 1).Count, task.Problems(Split.Test, int.MaxValue, 1).Count));
    }
}
