using System.Text.Json;
using Softly.Runs;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli.Planning;

/// <summary>
/// Plans beside real runs: peak resident memory of processes of their own. Run by hand, some ten minutes:
/// <code>./build.sh test -trait "Weight=Long" -class "Softly.Tests.Cli.Planning.PlannedAndMeasuredTests"</code>
/// Answers of SmolLM2 have some 15 tokens: a limit of 12 lets most run to it, as the plan has them.
/// Holds for the C library that the constants were measured with (glibc 2.36).
/// </summary>
[Trait("Weight", "Long")]
public class PlannedAndMeasuredTests
{
    private const string Scratch =
        "task=countdown-3 hidden_size=256 num_hidden_layers=6 num_attention_heads=4 intermediate_size=768 prompts_per_step=64 "
        + "num_generations=8 per_device_train_batch_size=512 max_steps=3";

    [Theory]
    [InlineData("soft-grpo-smollm2.yaml", "max_steps=2 max_completion_length=12")]
    [InlineData("lora-smollm2.yaml", "max_steps=2 max_completion_length=12")]
    [InlineData(null, Scratch)]
    public void Softly_plan_estimates_the_peak_memory_of_a_real_run_within_15_percent(string? recipe, string changes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read as Linux counts it");
        using var folder = new TemporaryFolder();
        List<string> words = [.. changes.Split(' '), "eval_steps=0", "save_steps=0", "seed=1"];
        if (recipe is not null)
        {
            var model = Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
            words.InsertRange(
                0, [Path.Combine(Reference.Repository, "recipes", "word-problems", recipe), $"model_name_or_path={model}"]);
        }
        var (code, output, error) = Command.Run(folder.Path, ["plan", .. words, "--gflops", "100", "--json"]);
        Assert.True(code == 0, error);
        var planned = JsonDocument.Parse(output).RootElement.GetProperty("peak_bytes").GetInt64() / (double)(1 << 20);

        (code, _, error) = Command.Run(folder.Path, TimeSpan.FromMinutes(20), ["train", .. words, "output_dir=run"]);
        Assert.True(code == 0, error);
        var measured = MetricsLog.Read(folder.File("run/metrics.jsonl"))[^1].Metrics["perf/max_memory_resident_gb"] * 1024;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{recipe ?? "scratch"}: {planned:F0} MiB planned, {measured:F0} measured: {planned / measured:F3}");
        Assert.InRange(planned / measured, 0.85, 1.15);
    }
}
