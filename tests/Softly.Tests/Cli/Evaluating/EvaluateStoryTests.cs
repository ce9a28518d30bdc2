using System.Text.Json;
using Parquet.Serialization;
using Softly.Models;
using Softly.Runs;
using Softly.Tokenization;
using static TorchSharp.torch;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Evaluations as a user runs them: in processes of their own, which are killed, stopped and gone on with.</summary>
[Trait("Weight", "Story")]
public sealed class EvaluateStoryTests : IDisposable
{
    private const int Problems = 240;

    private readonly TemporaryFolder _folder = new();

    public EvaluateStoryTests()
    {
        using (var other = Some.Model(vocabulary: 8))
        using (var model = new Decoder(other.Config with { ModelType = "qwen2" }, ScalarType.Float32))
        {
            model.Initialize(1, 0.25);
            PretrainedModel.Save(model, _folder.File("tiny"));
        }
        new WordTokenizer(["<pad>", "<end>", "1", "2", "3", "4", "+", "="]).Save(_folder.File("tiny"));
        Directory.CreateDirectory(_folder.File("data"));
        _folder.With("data/gsm8k.jsonl", string.Concat(Enumerable.Range(0, Problems).Select(i =>
            $$"""{"id": "p{{i}}", "problem": "{{1 + i % 4}} + {{1 + i / 4 % 4}}", "answer": "{{2 + i % 4 + i / 4 % 4}}"}""" + "\n")));
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Evaluate(string to, params string[] more) => Evaluate(to, "4", "=", more);

    private static string[] Evaluate(string to, string piece, string mark, string[] more) =>
    [
        "evaluate", "tiny", "--benchmarks", "gsm8k", "--data", "data", "--plain", "prompt_suffix= =", "grader=gsm8k-flexible",
        "--modes", "discrete,soft,soft-noise", "think_end_str=" + mark, "eval_samples=4", "max_completion_length=48", "threads=1",
        "--piece", piece, "--out", to, .. more
    ];

    /// <summary>Every file but the reports' command line, by its path.</summary>
    private Dictionary<string, string> Files(string folder) => Directory.GetFiles(_folder.File(folder), "*", SearchOption.AllDirectories)
        .ToDictionary(
            f => Path.GetRelativePath(_folder.File(folder), f),
            f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));

    [Theory]
    [InlineData("torch")]
    [InlineData("simd")]
    public async Task An_evaluation_that_was_killed_and_continued_is_the_unbroken_one_byte_for_byte(string engine)
    {
        // The same command in two folders, so that not even the command differs.
        foreach (var side in new[] { "whole", "broken" })
        {
            Directory.CreateDirectory(_folder.File(side));
            Directory.Move(_folder.File("tiny"), _folder.File($"{side}/tiny"));
            Copy($"{side}/tiny", "tiny");
            Copy("data", $"{side}/data");
        }
        var words = Evaluate("out", "engine=" + engine);
        var (code, output, error) = Command.Run(_folder.File("whole"), words);
        Assert.True(code == 0, error);
        Assert.Contains("soft-noise", output);

        var answers = _folder.File("broken/out/samples/gsm8k-soft.jsonl");
        using (var process = Command.Start(_folder.File("broken"), words))
        {
            while (!process.HasExited && !(File.Exists(answers) && SampleLog.Read(answers).Count >= 48))
                await Task.Delay(2, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.InRange(SampleLog.Read(answers).Count, 48, Problems * 4 - 1); // in the middle of the second of three parts
        Assert.False(File.Exists(_folder.File("broken/out/summary.json")));
        // and torn, as a machine that loses its power tears
        await using (var torn = new FileStream(answers, FileMode.Open)) torn.SetLength(torn.Length - 17);

        (code, output, error) = Command.Run(_folder.File("broken"), words);
        Assert.True(code == 0, error);
        Assert.Contains("problems were answered before", output);
        Assert.Equal(Files("whole/out"), Files("broken/out"));
        Assert.Equal(3 * Problems * 4,
            Directory.GetFiles(_folder.File("whole/out/samples")).Sum(f => SampleLog.Read(f).Count));
    }

    [Fact]
    public async Task Ctrl_C_keeps_whole_pieces_and_says_how_to_go_on()
    {
        var answers = _folder.File("out/samples/gsm8k-discrete.jsonl");
        using (var process = Command.Start(_folder.Path, Evaluate("out")))
        {
            var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!process.HasExited && !(File.Exists(answers) && new FileInfo(answers).Length > 0))
                await Task.Delay(2, TestContext.Current.CancellationToken);
            Command.Interrupt(process);
            Assert.True(process.WaitForExit(60_000));
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("the same command goes on where out ends", await said);
        }
        var count = SampleLog.Read(answers).Count;
        Assert.InRange(count, 16, Problems * 4);
        Assert.Equal(0, count % 16);
        Assert.Equal(0, Command.Run(_folder.Path, Evaluate("out")).Code);
    }

    [Fact]
    public void An_answer_depends_on_seed_problem_and_sample_and_another_setting_is_refused_with_its_key()
    {
        Run(Evaluate("all", "--limit", "12"));
        Run(Evaluate("part", "2", "=", ["--slice", "4:8"])); // other pieces: a matter of rounding only, and here of none
        var (all, part) = (Read("all"), Read("part"));
        Assert.Equal(all.Where(s => s.ProblemId is "p4" or "p5" or "p6" or "p7").Select(s => s.Completion), part.Select(s => s.Completion));
        Assert.True(all.Select(s => s.Completion).Distinct().Count() > 4);

        var (code, _, error) = Command.Run(_folder.Path, Evaluate("all", "--limit", "12", "soft.temperature=0.5"));
        Assert.Equal(2, code);
        Assert.Contains("all holds an evaluation with soft.thinking temperature 0.6, top_k 30", error);
        Assert.Contains("temperature 0.5", error);
        Assert.Contains("choose another folder (--out)", error);
        (code, _, error) = Command.Run(_folder.Path, Evaluate("all", "--limit", "11"));
        Assert.Equal(2, code);
        Assert.Contains("gsm8k.problems 12", error);

        // whole already: nothing is answered again, and the figures can be asked for with other k
        var output = Run(Evaluate("all", "--limit", "12", "--k", "1,3"));
        Assert.Contains("pass@k", output);
        Assert.DoesNotContain("answered before", output);

        List<SampleRecord> Read(string folder) => [.. Directory.GetFiles(_folder.File($"{folder}/samples")).Order().SelectMany(SampleLog.Read)];
    }

    [Fact]
    public void Thoughts_are_told_from_answers_and_measured()
    {
        Run(Evaluate("out", "4", "4", ["--limit", "8"]));
        var soft = SampleLog.Read(_folder.File("out/samples/gsm8k-soft-noise.jsonl"));
        var discrete = SampleLog.Read(_folder.File("out/samples/gsm8k-discrete.jsonl"));
        foreach (var samples in new[] { soft, discrete })
        {
            Assert.All(samples, s => Assert.InRange(s.ThoughtTokens!.Value, 0, s.Tokens!.Value));
            Assert.All(samples, s => Assert.True(s.Entropy > 0 && s.FirstEntropy > 0 && s.PromptTokens == 4));
            Assert.Contains(samples, s => s.ThoughtTokens < s.Tokens - 1);
        }
        // Without soft thinking the mark is a token of the text: so many words stand before it.
        Assert.All(discrete.Where(s => s.Completion.Contains('4')), s =>
            Assert.Equal(s.ThoughtTokens, s.Completion.Split('4')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length));
    }

    [Fact]
    public void A_file_in_parquet_is_the_same_benchmark()
    {
        Run(Evaluate("lines", "--limit", "8"));
        WriteParquet(_folder.File("data/gsm8k.parquet"));
        var words = Evaluate("table", "--limit", "8");
        words[Array.IndexOf(words, "data")] = "data/gsm8k.parquet";
        Run(words);
        foreach (var file in new[] { "samples/gsm8k-soft.jsonl", "problems/gsm8k.jsonl", "samples.parquet" })
            Assert.Equal(File.ReadAllBytes(_folder.File("lines/" + file)), File.ReadAllBytes(_folder.File("table/" + file)));
        Assert.NotEqual(File.ReadAllText(_folder.File("lines/evaluation.json")), File.ReadAllText(_folder.File("table/evaluation.json")));
    }

    [Fact]
    public void An_endpoint_is_evaluated_and_gone_on_with_after_it_was_down()
    {
        var (count, down) = (0, true);
        using var server = new ChatServer(r => ++count > 7 && down ? (400, "{\"error\": {\"message\": \"that is all\"}}")
            : (200, ChatServer.Completion("It is " + r.Question[0], finish: r.Question[0] == '1' ? "length" : "stop")));
        string[] words =
        [
            "evaluate", server.Address, "--benchmarks", "gsm8k", "--data", "data", "--limit", "10", "grader=gsm8k-flexible",
            "eval_samples=2", "--concurrency", "1", "--out", "out",
        ];
        var key = new Dictionary<string, string?> { ["OPENAI_API_KEY"] = "sk-secret" };
        var (code, output, error) = Command.Run(_folder.Path, key, words);
        Assert.Equal(2, code);
        Assert.Contains("the server refuses, status 400: that is all", error);
        Assert.Equal(6, SampleLog.Read(_folder.File("out/samples/gsm8k-discrete.jsonl")).Count);
        down = false;
        count = 0;
        (code, output, error) = Command.Run(_folder.Path, key, words);
        Assert.True(code == 0, error);
        Assert.Contains("3 of 10 problems were answered before", output);
        Assert.Equal(14, count);
        var samples = SampleLog.Read(_folder.File("out/samples/gsm8k-discrete.jsonl"));
        Assert.Equal(20, samples.Count);
        Assert.All(samples, s => Assert.Equal((11, 5), (s.PromptTokens!.Value, s.Tokens!.Value)));
        Assert.Equal(6, samples.Count(s => s.IsTruncated));
        Assert.All(server.Requests, r => Assert.Equal("Bearer sk-secret", r.Key));
        foreach (var file in Directory.GetFiles(_folder.File("out"), "*", SearchOption.AllDirectories))
            Assert.DoesNotContain("sk-secret", File.ReadAllText(file));
        Assert.DoesNotContain("sk-secret", output + error);
    }

    [Theory]
    [InlineData("evaluate tiny --benchmarks gsm9k --data data", "there is no benchmark 'gsm9k'; did you mean 'gsm8k'?")]
    [InlineData("evaluate tiny --benchmarks math500 --data data", "no file of the benchmark math500, looked for math500.jsonl")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data nowhere", "nowhere: there is no such folder of data")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data org/none", "softly pull datasets/org/none")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data data --modes sotf", "there is no mode 'sotf'; did you mean 'soft'?")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data data --k 1,64 grader=gsm8k", "pass@64 needs at least 64 answers")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data data grader=gsm8k", "chat template")]
    [InlineData("evaluate nowhere --benchmarks gsm8k --data data", "nowhere: there is no such file or folder")]
    [InlineData("evaluate cut --benchmarks gsm8k --data data grader=gsm8k", "cut")]
    [InlineData("evaluate http://127.0.0.1:9/v1 --benchmarks gsm8k --data data grader=gsm8k", "no server answers there")]
    [InlineData("evaluate http://127.0.0.1:9/v1 --benchmarks gsm8k --data data --modes soft", "an endpoint answers in the mode discrete only")]
    [InlineData("evaluate http://127.0.0.1:9/v1 temperature=1", "name --benchmarks")]
    [InlineData("evaluate tiny --concurrency 3 --benchmarks gsm8k", "--concurrency is for an endpoint")]
    [InlineData("evaluate tiny --limit 3", "--limit is for --benchmarks")]
    [InlineData("evaluate", "SOURCE is missing")]
    [InlineData("evaluate --compare tiny tiny --k 1", "--k does nothing with --compare")]
    [InlineData("evaluate tiny --compare tiny tiny", "tiny does nothing with --compare")]
    [InlineData("evaluate tiny --benchmarks gsm8k --data data --plain --split nonsense", "have no column split")]
    [InlineData("evaluate http://me:secret@127.0.0.1:9/v1 --benchmarks gsm8k --data data grader=gsm8k", "set OPENAI_API_KEY")]
    public void Wrong_input_is_said_in_one_sentence_before_anything_is_written(string line, string expected)
    {
        Directory.CreateDirectory(_folder.File("cut"));
        _folder.With("cut/config.json", "{\"model_type\": \"qwen2\"");
        var before = Files("");
        var (code, output, error) = Command.Run(_folder.Path, line.Split(' '));
        Assert.Contains(expected, error);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.Equal(before, Files(""));
    }

    [Fact]
    public void A_fetched_data_set_is_found_by_its_benchmark_and_by_its_name()
    {
        const string commit = "0123456789abcdef0123456789abcdef01234567";
        var place = _folder.File("hub/datasets--openai--gsm8k");
        Directory.CreateDirectory(Path.Combine(place, "refs"));
        File.WriteAllText(Path.Combine(place, "refs", "main"), commit);
        Directory.CreateDirectory(Path.Combine(place, "snapshots", commit, "main"));
        WriteParquet(Path.Combine(place, "snapshots", commit, "main", "test-00000-of-00001.parquet"));
        var cache = new Dictionary<string, string?> { ["HF_HUB_CACHE"] = _folder.File("hub") };
        foreach (var more in new string[][] { [], ["--data", "openai/gsm8k"] })
        {
            string[] words = [.. Evaluate("out", "--limit", "4").Where(w => w is not ("--data" or "data")), .. more];
            var (code, output, error) = Command.Run(_folder.Path, cache, words);
            Assert.True(code == 0, error);
            Assert.Contains("test-00000-of-00001.parquet", output);
        }
    }

    [Fact]
    public void A_run_s_own_problems_are_answered_in_modes_and_kept_in_the_run()
    {
        Run([
            "train", "output_dir=run", "max_steps=2", "num_generations=4", "prompts_per_step=4", "save_steps=0", "threads=1",
            "log_completions_steps=0",
        ]);
        var output = Run([
            "evaluate", "run", "--modes", "own,discrete", "discrete.temperature=0.7", "eval_problems=6", "eval_samples=4",
            "threads=1",
        ]);
        var folder = Assert.Single(Directory.GetDirectories(_folder.File("run/evaluations")));
        Assert.Equal(["countdown-3-discrete.jsonl", "countdown-3-own.jsonl"],
            Directory.GetFiles(Path.Combine(folder, "samples")).Select(Path.GetFileName).Order());
        Assert.Equal("countdown-3", EvaluationFile.Read(folder)!.Settings.ToDictionary()["countdown-3.grader"]);
        var kept = EvaluationLog.Read(_folder.File("run/evaluations"));
        Assert.Equal(["discrete · countdown-3", "own · countdown-3"], kept.Select(e => e.Decoding).Order());
        Assert.All(kept, e => Assert.Equal(2, e.Step));
        Assert.Contains("kept as", output);
        // the short way has the same answers
        Run(["evaluate", "run", "eval_problems=6", "eval_samples=4", "threads=1"]);
        var own = EvaluationLog.Read(_folder.File("run/evaluations")).Single(e => e.Decoding == "own");
        Assert.Equal(own.Problems, kept.Single(e => e.Decoding.StartsWith("own", StringComparison.Ordinal)).Problems);
    }

    [Fact]
    public void What_a_recipe_says_of_its_own_data_is_not_said_of_benchmarks()
    {
        _folder.With("recipe.yaml", "model_name_or_path: tiny\ntemperature: 0.8\nprompt_column: theirs\ngrader: hendrycks\n");
        var words = Evaluate("out", "--limit", "4");
        words[1] = "recipe.yaml";
        Run(words);
        var settings = EvaluationFile.Read(_folder.File("out"))!.Settings.ToDictionary();
        Assert.Equal("gsm8k-flexible", settings["gsm8k.grader"]);
        Assert.Equal("temperature 0.8, top_k 0, top_p 1, min_p 0, slots 0", settings["discrete.answer"]);
    }

    [Fact]
    public void Programs_are_not_asked_for_where_they_cannot_be_run()
    {
        _folder.With("data/mbpp.jsonl", "{\"id\": \"m\", \"problem\": \"1\", \"answer\": \"def f(): pass\", "
            + "\"tests\": [\"assert f() is None\"], \"entry_point\": \"f\", \"split\": \"test\"}\n");
        var (code, output, error) = Command.Run(_folder.Path,
            new Dictionary<string, string?> { ["SOFTLY_SANDBOX"] = "wasm", ["SOFTLY_PYTHON_WASM"] = _folder.File("nowhere") },
            "evaluate", "tiny", "--benchmarks", "mbpp", "--data", "data", "--plain", "--out", "out");
        Assert.NotEqual(0, code);
        Assert.Contains("SOFTLY_PYTHON_WASM", error);
        Assert.DoesNotContain("   at ", output + error);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public void The_benchmarks_are_listed() =>
        Assert.Contains("gpqa_diamond      198 problems", Run(["evaluate", "--list"]));

    private void WriteParquet(string path)
    {
        var rows = File.ReadAllLines(_folder.File("data/gsm8k.jsonl")).Select(l => JsonSerializer.Deserialize<Row>(l)!);
        ParquetSerializer.SerializeAsync(rows, path).GetAwaiter().GetResult();
    }

    private string Run(string[] words)
    {
        var (code, output, error) = Command.Run(_folder.Path, words);
        Assert.True(code == 0, error);
        return output;
    }

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(_folder.File(to));
        foreach (var file in Directory.GetFiles(_folder.File(from)))
            File.Copy(file, Path.Combine(_folder.File(to), Path.GetFileName(file)));
    }

#pragma warning disable IDE1006 // names of columns
    private sealed class Row
    {
        public string? id { get; set; }
        public string? problem { get; set; }
        public string? answer { get; set; }
    }
#pragma warning restore IDE1006
}
