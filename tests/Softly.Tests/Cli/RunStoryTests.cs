using System.Text.Json;
using Softly.Runs;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli;

/// <summary>Whole behaviours of the command.</summary>
[Trait("Weight", "Story")]
public class RunStoryTests
{
    private static readonly string[] Small =
        [
            "max_steps=10", "warm_start_steps=20", "num_generations=8", "prompts_per_step=8", "save_steps=0",
            "learning_rate=1e-3", "threads=1", "seed=5", "log_completions_steps=5", "lr_scheduler_type=constant"
        ];

    /// <summary>The small run with changes, each key once.</summary>
    private static string[] Train(params string[] changes) =>
        ["train", .. Small.Where(s => !changes.Any(c => c.Split('=')[0] == s.Split('=')[0])), .. changes];

    [Fact]
    public async Task A_run_that_is_stopped_and_resumed_ends_where_an_unbroken_one_does()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, Command.Run(folder.Path, Train("output_dir=whole")).Code);

        using (var process = Command.Start(folder.Path, Train("output_dir=broken")))
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            var metrics = folder.File("broken/metrics.jsonl");
            for (var i = 0; i < 3000 && !(File.Exists(metrics) && File.ReadAllLines(metrics).Length >= 3); i++)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            Command.Interrupt(process);
            Assert.True(process.WaitForExit(60_000));
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("--resume", await output);
            Assert.Contains("stopping", await error);
        }
        using (var run = RunFolder.View(folder.File("broken"))) Assert.InRange(run.CheckpointSteps[^1], 3, 9);
        Assert.Equal(0, Command.Run(folder.Path, "train", "broken/recipe.yaml", "--resume").Code);

        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors" })
            Assert.Equal(
                File.ReadAllBytes(folder.File($"whole/checkpoint-10/{file}")),
                File.ReadAllBytes(folder.File($"broken/checkpoint-10/{file}")));
        var lines = MetricsLog.Read(folder.File("broken/metrics.jsonl"));
        Assert.Equal(Enumerable.Range(1, 10), lines.Select(l => l.Step));
        Assert.Equal(
            MetricsLog.Read(folder.File("whole/metrics.jsonl")).Select(l => l.Metrics["reward"]),
            lines.Select(l => l.Metrics["reward"]));
    }

    [Theory]
    [InlineData("update_engine=torch")]
    [InlineData("update_engine=fused")]
    public void Rollouts_beside_the_update_are_a_run_like_any_other(string engine)
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = Command.Run(folder.Path, Train("output_dir=run", "overlap_rollouts=true", "max_steps=4", engine));
        Assert.True(code == 0, error);
        var ages = MetricsLog.Read(folder.File("run/metrics.jsonl")).Select(l => l.Metrics["sampling/policy_age"]);
        Assert.Equal([0, 1, 1, 1], ages);
    }

    [Fact]
    public void A_run_that_leaves_its_start_by_too_much_ends_saved_and_says_why()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, Train(
            "output_dir=run", "beta=0", "kl_stop=1e-6", "max_steps=9", "entropy_coef=0.1")); // which moves it whatever is rewarded
        Assert.Equal(0, code);
        Assert.Contains("is above kl_stop 1E-06: step", output + error);
        using var run = RunFolder.View(folder.File("run"));
        var lines = MetricsLog.Read(folder.File("run/metrics.jsonl"));
        Assert.InRange(lines[^1].Step, 2, 8); // the first step's policy is still the start
        Assert.Equal(lines[^1].Step, run.CheckpointSteps[^1]);
        Assert.True(lines[^1].Metrics["kl"] > 1e-6);
    }

    [Fact]
    public void A_resumed_run_refuses_to_change_what_it_learns()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, Command.Run(folder.Path, Train("max_steps=1", "output_dir=run")).Code);
        var (code, _, error) = Command.Run(folder.Path, "train", "run/recipe.yaml", "--resume", "learning_rate=1");
        Assert.Equal(2, code);
        Assert.Contains("learning_rate would change", error);
        var (moved, _, why) = Command.Run(folder.Path, "train", "run/recipe.yaml", "--resume", "output_dir=elsewhere");
        Assert.Equal(2, moved);
        Assert.Contains("leave output_dir out", why);
        Assert.Equal(0, Command.Run(folder.Path, "train", "run/recipe.yaml", "--resume", "max_steps=2").Code);
        using var run = RunFolder.View(folder.File("run"));
        Assert.Equal(2, run.CheckpointSteps[^1]);
        Assert.Contains("max_steps: 2", run.Recipe); // what was changed holds for the next resumption
        using var state = JsonDocument.Parse(File.ReadAllText(run.TrainerStatePath));
        Assert.Equal(2, state.RootElement.GetProperty("global_step").GetInt32());
        Assert.Equal(
            MetricsLog.Read(run.MetricsPath)[^1].Metrics["num_tokens"],
            state.RootElement.GetProperty("num_input_tokens_seen").GetInt64());
    }

    [Fact]
    public void Another_schedule_s_length_cannot_be_changed_on_resumption()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, Command.Run(folder.Path, Train("lr_scheduler_type=cosine", "max_steps=1", "output_dir=run")).Code);
        var (code, _, error) = Command.Run(folder.Path, "train", "run/recipe.yaml", "--resume", "max_steps=2");
        Assert.Equal(2, code);
        Assert.Contains("would change every learning rate of the cosine schedule", error);
    }

    [Fact]
    public async Task A_run_that_is_stopped_in_an_evaluation_is_saved_and_makes_up_for_it()
    {
        using var folder = new TemporaryFolder();
        using (var process = Command.Start(
            folder.Path, Train("max_steps=1", "output_dir=run", "eval_steps=1", "eval_problems=300", "eval_samples=512")))
        {
            var output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            for (var i = 0; i < 3000 && !File.Exists(folder.File("run/start/tokenizer.json")); i++)
                await Task.Delay(20, TestContext.Current.CancellationToken);
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            Command.Interrupt(process);
            Assert.True(process.WaitForExit(60_000));
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("--resume", await output);
        }
        Assert.True(Directory.Exists(folder.File("run/checkpoint-0")));
        Assert.Equal(0, Command.Run(folder.Path, "train", "run/recipe.yaml", "--resume", "eval_steps=1").Code);
        Assert.Contains(
            MetricsLog.Read(folder.File("run/metrics.jsonl")), e => e.Step == 0 && e.Metrics.ContainsKey("eval_pass@1"));
    }

    [Fact]
    public void A_finished_run_can_be_evaluated_inspected_and_asked()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            0,
            Command.Run(
                folder.Path, Train("max_steps=2", "output_dir=run", "eval_steps=1", "eval_problems=10", "eval_samples=4")).Code);
        foreach (var name in new[]
        {
            "recipe.yaml", "metrics.jsonl", "trainer_state.json", "report.html", "start/model.safetensors",
            "checkpoint-2/config.json", "checkpoint-2/tokenizer.json"
        })
            Assert.True(File.Exists(folder.File("run/" + name)), name);
        Assert.NotEmpty(Directory.GetFiles(folder.File("run/events"), "*tfevents*"));

        var evaluated = Command.Run(folder.Path, "evaluate", "run", "eval_problems=10", "eval_samples=4", "--json");
        Assert.Equal(0, evaluated.Code);
        using var first = JsonDocument.Parse(evaluated.Out.Split('\n')[0]);
        Assert.InRange(first.RootElement.GetProperty("pass_at_k").GetProperty("4").GetProperty("estimate").GetDouble(), 0, 1);

        Assert.Equal(
            0, Command.Run(folder.Path, "evaluate", "run", "eval_problems=5", "eval_samples=4", "thinking_law=none").Code);
        Assert.Contains(EvaluationLog.Read(folder.File("run/evaluations")), e => e.Decoding == "own" && e.Problems.Count == 10);
        Assert.Contains(
            EvaluationLog.Read(folder.File("run/evaluations")), e => e.Decoding == "thinking_law=none" && e.Problems.Count == 5);

        var asked = Command.Run(folder.Path, "generate", "run", "--count", "2", "--json");
        Assert.Equal(0, asked.Code);
        Assert.Equal(2, asked.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(asked.Out, Command.Run(folder.Path, "generate", "run", "--count", "2", "--json").Out);

        var inspected = Command.Run(folder.Path, "inspect", "run", "--tensors");
        Assert.Equal(0, inspected.Code);
        Assert.Contains("model.layers.0.self_attn.q_proj.weight", inspected.Out);
    }

    [Fact]
    public void A_small_quickstart_tells_the_whole_story()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(
            folder.Path, "quickstart", "--output", "q", "--steps", "3", "--warm-start-steps", "20", "--problems", "12",
            "--samples", "4", "--json");
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines) JsonDocument.Parse(line).Dispose(); // one object a line, whatever is said
        Assert.Contains(lines, l => l.Contains("softly-quickstart-1") && l.Contains("soft-grpo-winner"));
        using var result = JsonDocument.Parse(File.ReadAllText(folder.File("q/result.json")));
        Assert.Equal(12, result.RootElement.GetProperty("evaluations").GetArrayLength());
        Assert.Contains("<svg", File.ReadAllText(folder.File("q/report.html")));
        foreach (var arm in new[] { "grpo", "soft-grpo", "soft-grpo-winner" })
            Assert.True(RunFolder.IsRun(folder.File("q/" + arm)));
    }
}
