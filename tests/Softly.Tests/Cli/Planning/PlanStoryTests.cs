using System.Text.Json;
using Softly.Runs;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli.Planning;

/// <summary>The command, and its plan beside a real run.</summary>
[Trait("Weight", "Story")]
public class PlanStoryTests
{
    private static readonly string[] Keys =
    [
        "max_steps=2", "prompts_per_step=8", "num_generations=16", "per_device_train_batch_size=128", "hidden_size=256",
        "num_hidden_layers=6", "num_attention_heads=4", "intermediate_size=1024", "threads=1", "save_steps=0", "engine=torch",
        "max_completion_length=48"
    ];

    [Fact]
    public void A_plan_is_near_what_the_run_takes()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, ["plan", .. Keys, "--json"]);
        Assert.True(code == 0, error);
        var plan = JsonDocument.Parse(output).RootElement;
        Assert.True(plan.GetProperty("fits").GetBoolean());
        Assert.Equal(
            plan.GetProperty("peak_bytes").GetInt64(),
            Math.Max(plan.GetProperty("rollout_bytes").GetInt64(), plan.GetProperty("update_bytes").GetInt64()));

        (code, output, error) = Command.Run(folder.Path, ["train", .. Keys, "output_dir=run"]);
        Assert.True(code == 0, error);
        Assert.Contains("planned: ", output);
        var metrics = MetricsLog.Read(folder.File("run/metrics.jsonl"))[^1].Metrics;
        var measured = metrics["perf/max_memory_resident_gb"] * (1 << 30);
        Assert.InRange(measured / plan.GetProperty("peak_bytes").GetInt64(), 0.7, 1.3);
        Assert.InRange(metrics["perf/cpu_memory_used_gb"], 0.01, metrics["perf/max_memory_resident_gb"]);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_edits()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = Command.Run(folder.Path, ["plan", .. Keys, "--memory", "600MiB", "--gflops", "100"]);
        Assert.Equal(2, code);
        Assert.Contains("does not fit", error);
        Assert.Contains("  per_device_train_batch_size: ", error);

        (code, _, error) = Command.Run(
            folder.Path, "train", "hidden_size=32768", "num_hidden_layers=500", "num_attention_heads=64", "output_dir=run");
        Assert.Equal(2, code);
        Assert.Contains("does not fit", error);
        Assert.Contains("--ignore-plan", error);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void A_configuration_without_weights_can_be_planned()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """
            {"model_type": "llama", "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28,
             "num_attention_heads": 24, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128256,
             "tie_word_embeddings": true, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "hidden_act": "silu"}
            """);
        string[] words =
            ["plan", $"model_name_or_path={folder.Path}", "task=word-problems", "--memory", "1TiB", "--gflops", "200"];
        var (code, _, error) = Command.Run(folder.Path, words);
        Assert.Equal(2, code);
        Assert.Contains("--prompt-tokens", error);
        (code, var output, error) = Command.Run(folder.Path, [.. words, "--prompt-tokens", "300"]);
        Assert.True(code == 0, error);
        Assert.Contains("3,212,749,824 parameters", output);
        Assert.Contains("229,376 bytes of keys and values a token", output); // in single precision
    }

    [Fact]
    public void A_warm_start_is_planned_as_long_as_its_demonstrations()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(
            folder.Path, ["plan", .. Keys, "warm_start_steps=2", "warm_start_batch=2000", "--gflops", "100", "--json"]);
        Assert.True(code == 0, error);
        var plan = JsonDocument.Parse(output).RootElement;
        Assert.Equal(plan.GetProperty("peak_bytes").GetInt64(), plan.GetProperty("warm_start_bytes").GetInt64());

        (code, output, error) = Command.Run(
            folder.Path, ["train", .. Keys, "warm_start_steps=2", "warm_start_batch=2000", "output_dir=run"]);
        Assert.True(code == 0, error);
        var measured = MetricsLog.Read(folder.File("run/metrics.jsonl"))[^1].Metrics["perf/max_memory_resident_gb"] * (1 << 30);
        Assert.InRange(measured / plan.GetProperty("warm_start_bytes").GetInt64(), 0.7, 1.3);

        (code, output, error) = Command.Run(
            folder.Path, ["plan", .. Keys, "warm_start_steps=2", "warm_start_batch=2000", "--gflops", "100"]);
        Assert.True(code == 0, error);
        Assert.Contains("warm start     rollout      update", output);
        Assert.Contains("2000 demonstrations of at most ", output);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 130, line));
    }

    [Fact]
    public void Wrong_sizes_are_named()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = Command.Run(folder.Path, "plan", "--memory", "lots");
        Assert.Equal(2, code);
        Assert.Contains("24GiB", error);
    }
}
