using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;
using Softly.Cli;
using Softly.Parquet;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Tests.Parquet;

public sealed class ParquetRecordsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write<T>(IEnumerable<T> rows, string name = "some.parquet", ParquetOptions? options = null) where T : class, new()
    {
        var path = _folder.File(name);
        ParquetSerializer.SerializeAsync(rows, path, options).GetAwaiter().GetResult();
        return path;
    }

    private static List<string> Records(string path) => [.. ParquetRecords.Read(path).Select(r => r.Record.GetRawText())];

    private string Refusal(string path) => Assert.Throws<DatasetException>(() => Records(path)).Message.Replace(_folder.Path, "");

    [Fact]
    public void Rows_are_the_records_that_a_file_of_json_lines_would_have()
    {
        var path = Write<Everything>([
            new()
            {
                Text = "ä \"1\"\n2", Whole = 3, Large = 1L << 40, Share = 0.5, Yes = true, Money = 1.25m,
                When = new DateTime(2024, 2, 3, 4, 5, 6, DateTimeKind.Utc), Tags = ["x", null!, "z"], Nested = [[1, 2], [], [3]],
                Inner = new() { A = "b", Deep = new() { Numbers = [1, 2] } }, Named = new() { ["k"] = "v", ["l"] = "w" },
                Turns = [new() { role = "user", content = "1+1?" }, new() { role = "assistant", content = null }],
            },
            new() { Tags = [], Inner = new(), Turns = [] },
        ]);
        var records = Records(path);
        Assert.Equal(2, records.Count);
        Assert.Equal(
            """{"Text":"ä \"1\"\n2","Whole":3,"Large":1099511627776,"Share":0.5,"Yes":true,"Money":1.25,"When":"2024-02-03T04:05:06.0000000","Tags":["x",null,"z"],"Nested":[[1,2],[],[3]],"Inner":{"A":"b","Deep":{"Numbers":[1,2]}},"Named":{"k":"v","l":"w"},"Turns":[{"role":"user","content":"1+1?"},{"role":"assistant","content":null}]}""",
            records[0]);
        using var second = JsonDocument.Parse(records[1]);
        var fields = second.RootElement;
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("Text").ValueKind);
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("Whole").ValueKind);
        Assert.Equal("[]", fields.GetProperty("Tags").GetRawText());
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("Nested").ValueKind);
        Assert.Equal("""{"A":null,"Deep":null}""", fields.GetProperty("Inner").GetRawText());
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("Named").ValueKind);
        Assert.Equal("[]", fields.GetProperty("Turns").GetRawText());
    }

    [Fact]
    public void A_repeated_column_of_the_old_kind_is_a_list()
    {
        var path = Write<Old>([new() { Numbers = [1, 2, 3], After = "a" }, new() { Numbers = [], After = "b" }]);
        Assert.Equal(["""{"Numbers":[1,2,3],"After":"a"}""", """{"Numbers":[],"After":"b"}"""], Records(path));
    }

    [Fact]
    public void Rows_of_several_groups_are_numbered_through()
    {
        var path = Write(Enumerable.Range(0, 25).Select(i => new Old { Numbers = [i], After = $"{i}" }),
            options: new ParquetOptions { RowGroupSize = 10 });
        Assert.Equal(Enumerable.Range(1, 25), ParquetRecords.Read(path).Select(r => r.Line));
        Assert.Equal("""{"Numbers":[24],"After":"24"}""", Records(path)[^1]);
    }

    /// <summary>The layout that needs nested columns most: turns in a list of structs, the answer in a struct.</summary>
    [Fact]
    public void A_dataset_is_the_same_from_parquet_and_from_json_lines()
    {
        var parquet = Write<Verl>([.. Enumerable.Range(0, 30).Select(i => new Verl
        {
            data_source = "math", ability = "math", prompt = [new() { role = "system", content = "Think." }, new() { role = "user", content = $"{i}+1?" }],
            reward_model = new() { style = "rule", ground_truth = $"{i + 1}" }, extra_info = new() { split = "train", index = i },
        })], "verl.parquet");
        _folder.With("verl.jsonl", string.Concat(Records(parquet).Select(r => r + "\n")));
        var (one, other) = (Open(parquet), Open(_folder.File("verl.jsonl")));
        Assert.StartsWith("verl.parquet: verl layout, prompt → reward_model.ground_truth;", one.Description);
        Assert.Equal(30, All(one).Count);
        Assert.Equal(All(other).Select(Shown), All(one).Select(Shown));
        Assert.Equal(other.Description, one.Description.Replace(".parquet", ".jsonl"));

        static JsonLinesTask Open(string path) => JsonLinesTask.Open(new JsonLinesOptions { Path = path, Records = RecordFiles.Read });
        static List<Problem> All(JsonLinesTask task) =>
            [.. task.Problems(Split.Train, 100, 1), .. task.Problems(Split.Test, 100, 1)];
        static string Shown(Problem p) =>
            $"{p.Id} {p.Prompt} {p.Answer} {string.Join('|', p.Messages!)} {string.Join('|', p.Fields.Select(f => f.Key + f.Value))}";
    }

    [Fact]
    public void A_column_that_is_not_there_is_named_as_in_json_lines()
    {
        var path = Write<Misnamed>([new() { questoin = "1+1?", answer = "2" }]);
        var error = Assert.Throws<DatasetException>(() =>
            JsonLinesTask.Open(new JsonLinesOptions { Path = path, Records = RecordFiles.Read }));
        Assert.Contains("the nearest is 'questoin' for 'question'", error.Message);
    }

    [Fact]
    public void What_is_no_parquet_is_said_in_one_sentence()
    {
        _folder.With("text.parquet", "{\"prompt\": \"not Parquet at all\"}\n").With("empty.parquet", "");
        Assert.Contains("text.parquet: not a Parquet file that can be read", Refusal(_folder.File("text.parquet")));
        Assert.Contains("empty.parquet: not a Parquet file that can be read", Refusal(_folder.File("empty.parquet")));
        Assert.Contains("there is no such dataset file", Refusal(_folder.File("none.parquet")));
    }

    /// <summary>Every cut and many flipped bytes: read or refused, in time, and without the memory that a lie asks for.</summary>
    [Fact]
    public void Damage_is_refused_or_does_no_harm()
    {
        var whole = File.ReadAllBytes(Write<Verl>([.. Enumerable.Range(0, 20).Select(i => new Verl
        {
            data_source = "x", prompt = [new() { role = "user", content = new string('y', i) }],
            reward_model = new() { style = "rule", ground_truth = $"{i}" },
        })]));
        var path = _folder.File("damaged.parquet");
        var (random, refused, tries) = (new Random(7), 0, 0);
        for (var length = 0; length < whole.Length; length += 1 + whole.Length / 60) Try(whole[..length]);
        for (var i = 0; i < 400; i++)
        {
            var bytes = whole.ToArray();
            for (var flips = 1 + i % 4; flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Try(bytes);
        }
        Assert.InRange(refused, tries / 10, tries - 1);

        void Try(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            var (clock, before) = (System.Diagnostics.Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            tries++;
            try
            {
                Records(path);
            }
            catch (DatasetException)
            {
                refused++;
            }
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
        }
    }

    [Fact]
    public void Answers_come_back_from_their_table()
    {
        SampleRecord first = new()
        {
            ProblemId = "p-1", Sample = 0, Completion = "It is \\boxed{2}.\n", Answer = "2", AnswerClass = 0, Score = 1, Verdict = "right",
            Reason = "equal", PromptTokens = 12, Tokens = 7, ThoughtTokens = 3, FinishReason = "end", Entropy = 0.25, FirstEntropy = 1.5,
        };
        SampleRecord second = new() { ProblemId = "p-1", Sample = 1, Completion = "", Score = double.NaN, Verdict = "failed", Tokens = 1 };
        var path = _folder.File("samples.parquet");
        SampleTable.Write(path, [("gsm8k", "discrete", [first, second]), ("gsm8k", "soft", [second])]);
        var records = Records(path);
        Assert.Equal(
            """{"benchmark":"gsm8k","mode":"discrete","problem_id":"p-1","sample":0,"answer":"2","answer_class":0,"score":1,"verdict":"right","reason":"equal","prompt_tokens":12,"tokens":7,"thought_tokens":3,"finish_reason":"end","entropy":0.25,"first_entropy":1.5,"completion":"It is \\boxed{2}.\n"}""",
            records[0]);
        Assert.Equal(
            """{"benchmark":"gsm8k","mode":"soft","problem_id":"p-1","sample":1,"answer":null,"answer_class":null,"score":null,"verdict":"failed","reason":"","prompt_tokens":null,"tokens":1,"thought_tokens":null,"finish_reason":"","entropy":null,"first_entropy":null,"completion":""}""",
            records[2]);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

#pragma warning disable IDE1006 // names of columns
    private sealed class Turn
    {
        public string? role { get; set; }
        public string? content { get; set; }
    }

    private sealed class Reward
    {
        public string? style { get; set; }
        public string? ground_truth { get; set; }
    }

    private sealed class Extra
    {
        public string? split { get; set; }
        public int index { get; set; }
    }

    private sealed class Verl
    {
        public string? data_source { get; set; }
        public List<Turn>? prompt { get; set; }
        public string? ability { get; set; }
        public Reward? reward_model { get; set; }
        public Extra? extra_info { get; set; }
    }

    private sealed class Misnamed
    {
        public string? questoin { get; set; }
        public string? answer { get; set; }
    }
#pragma warning restore IDE1006

    private sealed class Old
    {
        public int[]? Numbers { get; set; }
        public string? After { get; set; }
    }

    private sealed class Deep
    {
        public List<int>? Numbers { get; set; }
    }

    private sealed class Middle
    {
        public string? A { get; set; }
        public Deep? Deep { get; set; }
    }

    private sealed class Everything
    {
        public string? Text { get; set; }
        public int? Whole { get; set; }
        public long Large { get; set; }
        public double Share { get; set; }
        public bool Yes { get; set; }
        public decimal Money { get; set; }
        public DateTime When { get; set; }
        public List<string>? Tags { get; set; }
        public List<List<int>>? Nested { get; set; }
        public Middle? Inner { get; set; }
        public Dictionary<string, string>? Named { get; set; }
        public List<Turn>? Turns { get; set; }
    }
}
