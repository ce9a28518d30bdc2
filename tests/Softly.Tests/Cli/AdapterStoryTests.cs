using System.Text.Json;
using Softly.Models;
using Softly.Runs;
using Softly.Tests.Models.Weights;
using TorchSharp;

namespace Softly.Tests.Cli;

/// <summary>An adapter from recipe to PEFT folder and back.</summary>
[Trait("Weight", "Story")]
public class AdapterStoryTests
{
    private static readonly string[] Small =
    [
        "train", "use_peft=true", "lora_r=4", "max_steps=4", "warm_start_steps=20", "num_generations=8", "prompts_per_step=8",
        "save_steps=2", "learning_rate=1e-2", "threads=1", "seed=5", "lr_scheduler_type=constant", "beta=0.01",
        "entropy_coef=0.1", // which moves it whatever is rewarded
    ];

    [Theory]
    [InlineData("dtype=float32")]
    [InlineData("dtype=bfloat16")]
    public void An_adapter_is_trained_stopped_resumed_evaluated_and_trained_further(string dtype)
    {
        using var folder = new TemporaryFolder();
        Run("whole", [.. Small, dtype, "output_dir=whole"]);
        Run("half", [.. Small.Where(s => s != "max_steps=4"), dtype, "output_dir=half", "max_steps=2"]);
        Run("resumed", ["train", "half/recipe.yaml", "--resume", "max_steps=4"]);
        foreach (var file in new[] { "adapter_model.safetensors", "optimizer.safetensors", "adapter_config.json" })
            Assert.Equal(
                File.ReadAllBytes(folder.File($"whole/checkpoint-4/{file}")),
                File.ReadAllBytes(folder.File($"half/checkpoint-4/{file}")));
        Assert.False(File.Exists(folder.File("whole/checkpoint-4/model.safetensors")));
        var metrics = MetricsLog.Read(folder.File("whole/metrics.jsonl"));
        Assert.Equal(0, metrics[0].Metrics["kl"]); // the frozen model is the reference
        Assert.True(metrics[^1].Metrics["kl"] > 0);

        // Moved to another place, the run's folder still has its model.
        Directory.Move(folder.File("whole"), folder.File("moved"));
        Assert.Contains("pass@1", Run("evaluated", ["evaluate", "moved", "eval_problems=8", "eval_samples=4"]));
        Assert.Contains("parameters", Run("inspected", ["inspect", "moved"]));
        using var evaluated = PretrainedModel.Load(folder.File("moved/checkpoint-4"));
        Assert.NotNull(evaluated.Adapter);

        // Exported, it is a model like any other, with the adapter's change in its weights.
        Run("converted", ["convert", "moved", "exported"]);
        using (var exported = PretrainedModel.Load(folder.File("exported")))
        {
            Assert.Null(exported.Adapter);
            using var merged = new Decoder(exported.Config);
            merged.CopyFrom(evaluated);
            foreach (var (name, tensor) in merged.Named)
                Table.Near(1e-6, Some.Host(tensor), exported.Named[name], name);
            Assert.Contains(merged.Named, n => !Some.Host(n.Value).SequenceEqual(Some.Host(evaluated.Named[n.Key])));
        }
        Assert.Contains("pass@1", Run("exported", ["evaluate", "exported", "eval_problems=8", "eval_samples=4"]));

        string[] further =
            [.. Small.Where(s => s is not ("warm_start_steps=20" or "max_steps=4")), "output_dir=further", dtype, "max_steps=1"];
        // What is left out is the adapter's own.
        Run("further", [.. further.Where(f => f != "lora_r=4"), "model_name_or_path=moved/checkpoint-4"]);
        using var config = JsonDocument.Parse(File.ReadAllText(folder.File("further/checkpoint-1/adapter_config.json")));
        Assert.EndsWith("start", config.RootElement.GetProperty("base_model_name_or_path").GetString()!);

        foreach (var (changes, says) in new[]
        {
            ("use_peft=false lora_r=null", "set use_peft: true to train it further"),
            ("lora_r=5", "was made with other settings than lora_*"),
            ("lora_dropout=0.1", "was made with other settings than lora_*"),
            ("warm_start_steps=3", "set warm_start_steps: 0"),
        })
        {
            var (code, _, error) = Command.Run(folder.Path, [
                .. further.Where(f => !changes.Split(' ').Any(c => c.Split('=')[0] == f.Split('=')[0])),
                "model_name_or_path=moved/checkpoint-4", .. changes.Split(' ')]);
            Assert.Contains(says, error);
            Assert.Equal(2, code);
        }

        Directory.Delete(folder.File("moved/start"), recursive: true);
        var (missing, _, why) = Command.Run(folder.Path, "evaluate", "moved");
        Assert.Equal(2, missing);
        Assert.Contains("base_model_name_or_path: there is no model at '../start'", why);

        string Run(string what, string[] words)
        {
            var (code, output, error) = Command.Run(folder.Path, words);
            Assert.True(code == 0, $"{what}: {error}");
            return output;
        }
    }
}
