using Softly.Runs;
using Softly.Tests.Cli;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Parity;

/// <summary>
/// The recipe with TRL's other settings runs from TRL's checkpoint. That its loss and gradient are TRL's on given rollouts is
/// shown by the tables of <c>trl_loss</c>.
/// </summary>
[Trait("Weight", "Story")]
public class SecondRecipeTests
{
    [Fact]
    public void Dr_grpo_with_two_passes_and_a_divergence_runs_from_the_same_start()
    {
        _ = Reference.Require("golden", "parity", "trl_runs.jsonl");
        using var folder = new TemporaryFolder();
        var recipe = Path.Combine(Reference.Repository, "recipes", "parity", "dr-grpo-trl.yaml");
        var (code, _, error) = Command.Run(
            folder.Path, TimeSpan.FromMinutes(5), "train", recipe, "output_dir=run", "threads=1", "max_steps=12", "eval_steps=0",
            $"dataset_name={Path.Combine(Reference.Folder, "golden/parity/train.jsonl")}",
            $"model_name_or_path={Path.Combine(Reference.Folder, "golden/parity/warm_start")}",
            $"dataset_test={Path.Combine(Reference.Folder, "golden/parity/test.jsonl")}");
        Assert.True(code == 0, error);
        var steps = MetricsLog.Read(folder.File("run/metrics.jsonl")).Select(e => e.Metrics).ToArray();
        Assert.Equal(12, steps.Length);
        // The first update of all is on the policy that drew, which is its own reference; none after it is.
        Assert.All(steps, m => Assert.InRange(m["ratio/mean"], 0.99, 1.01));
        Assert.All(steps.Skip(1), m => Assert.True(m["ratio/variance"] > 0));
        Assert.All(steps.Skip(1), m => Assert.True(m["kl"] > 0));
        Assert.True(steps[^1]["kl"] > steps[1]["kl"]);
        Assert.All(steps, m => Assert.True(m["sampling/sampling_logp_difference/mean"] < 1e-6));
    }
}
