using System.Text.Json;
using Softly.Runs;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Audits as a user asks for them.</summary>
[Trait("Weight", "Story")]
public sealed class AuditStoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Run(params string[] words)
    {
        var (code, output, error) = Command.Run(_folder.Path, words);
        Assert.True(code == 0, error);
        return output;
    }

    private string Text(string file) => File.ReadAllText(_folder.File(file));

    [Fact]
    public void An_evaluation_with_an_audit_says_what_thoughts_are_worth_and_does_not_ask_twice()
    {
        Run("train", "output_dir=run", "task=reachability-two", "warm_start_steps=4", "warm_start_batch=8", "max_steps=1",
            "num_generations=4", "prompts_per_step=2", "save_steps=0", "threads=1", "log_completions_steps=0", "think_length=3");
        string[] words =
        [
            "evaluate", "run", "--audit", "--audit-samples", "3", "--out", "out", "eval_problems=6", "eval_samples=4",
            "threads=1",
        ];
        var output = Run(words);
        Assert.Contains("audit of the thoughts, 6 problems × 3", output);
        Assert.Contains("own − it, @1", output);
        var audit = Assert.Single(AuditFile.Read(_folder.File("out"))!.Parts);
        Assert.Equal(("reachability-two", "own", 3), (audit.Benchmark, audit.Mode, audit.Samples));
        Assert.Equal(
            ["own", "random", "another", "blank", "winner", "noise-free"], audit.Summary.Conditions.Select(c => c.Name));
        Assert.All(audit.Problems, p => Assert.Single(p.Counts.Values.Select(c => c.Judged).Distinct()));
        Assert.Equal(6 * 3, audit.Problems.Sum(p => p.Counts["own"].Judged) + audit.Unended);
        Assert.Equal(3, audit.Positions.Count - 1);
        Assert.InRange(audit.Picture!.Thoughts.Count, 1, 3);
        Assert.NotNull(audit.Ranking);

        Assert.Contains("## What the thoughts are worth: reachability-two, own", Text("out/report.md"));
        var page = Text("out/report.html");
        Assert.Contains("<h2>What the thoughts are worth</h2>", page);
        Assert.Equal(audit.Picture.Thoughts.Count, page.Split("class=\"title\">thought ").Length - 1);
        Assert.DoesNotContain("NaN", page + Text("out/audit.json") + Text("out/summary.json"));
        var told = JsonDocument.Parse(Text("out/summary.json")).RootElement.GetProperty("audits")[0];
        Assert.Equal(3, told.GetProperty("samples").GetInt32());
        Assert.NotEqual(0, told.GetProperty("verdict").GetProperty("sentences").GetArrayLength());

        // The same again asks nothing; without --audit the figures stay; another number of samples audits again.
        var written = Text("out/audit.json");
        Assert.DoesNotContain("audit of the thoughts", Run(words));
        output = Run([.. words.Where(w => w is not ("--audit" or "--audit-samples" or "3")), "--k", "1,3", "--json"]);
        Assert.Equal(written, Text("out/audit.json"));
        var last = JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement.GetProperty("audits")[0];
        Assert.Equal([1, 3], last.GetProperty("conditions")[0].GetProperty("pass_at_k").EnumerateArray()
            .Select(p => p.GetProperty("k").GetInt32()));
        // An audit under other settings is not this evaluation's: it is left out, and made again.
        File.WriteAllText(_folder.File("out/audit.json"), written.Replace(audit.Settings, new string('0', 64)));
        output = Run([.. words.Where(w => w is not ("--audit" or "--audit-samples" or "3"))]);
        Assert.Contains("the audit of reachability-two own is of other settings and left out", output);
        Assert.DoesNotContain("own − it", output);
        Assert.Contains("audit of the thoughts", Run(words));
        Assert.Equal(written, Text("out/audit.json"));
        words[4] = "2";
        Run(words);
        Assert.Equal(2, Assert.Single(AuditFile.Read(_folder.File("out"))!.Parts).Samples);
    }

    [Fact]
    public void A_published_model_is_audited_on_questions_in_words()
    {
        var model = Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        _folder.With("sums.jsonl", string.Concat(Enumerable.Range(1, 3).Select(i =>
            $$"""{"id": "p{{i}}", "problem": "What is {{i}} + {{i}}?", "answer": "{{2 * i}}"}""" + "\n")));
        var output = Run(
            "evaluate", model, "--benchmarks", "gsm8k", "--data", "sums.jsonl", "grader=gsm8k-flexible", "--modes",
            "soft-noise,discrete", "soft-noise.think_length=6", "think_end_str=:", "max_completion_length=24",
            "eval_samples=2", "threads=2", "--audit", "--audit-samples", "2", "--out", "out");
        Assert.Contains("gsm8k soft-noise", output);
        var audit = AuditFile.Read(_folder.File("out"))!.Parts.Single(p => p.Mode == "soft-noise");
        Assert.Equal(0, audit.Unended);
        Assert.Equal(
            ["own", "random", "another", "blank", "winner", "noise-free"], audit.Summary.Conditions.Select(c => c.Name));
        Assert.Null(audit.Picture);
        Assert.True(audit.Positions[0].Own!.Effective.Value >= 1);
        Assert.DoesNotContain("NaN", Text("out/audit.json") + Text("out/report.html"));
    }

    [Theory]
    [InlineData("evaluate run --audit-samples 4", "--audit-samples does nothing without --audit")]
    [InlineData("evaluate run --audit --audit-samples 0", "--audit-samples: expected a whole number of at least 1")]
    [InlineData("evaluate run --audit thinking_law=gaussian-embedding", "gaussian-embedding adds vectors")]
    [InlineData("evaluate run --audit thinking_law=blank think_length=3", "thinks of nothing")]
    [InlineData("evaluate run --audit think_end_str=none", "set think_end_str")]
    [InlineData("evaluate http://127.0.0.1:9/v1 --audit", "a server takes texts and not mixtures")]
    [InlineData("evaluate --compare run run --audit", "--audit does nothing with --compare")]
    public void Wrong_input_is_said_in_one_sentence_before_anything_is_written(string line, string expected)
    {
        var source = line.Replace(" run ", " recipe.yaml ");
        _folder.With("recipe.yaml", "task: reachability-two\n");
        var (code, output, error) = Command.Run(_folder.Path, source.Split(' '));
        Assert.Contains(expected, error);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.False(Directory.Exists(_folder.File("evaluations")));
    }
}
