using Softly.Runs;

namespace Softly.Tests.Cli;

/// <summary>Runs with rewards, as a user has them.</summary>
[Trait("Weight", "Story")]
public class RewardStoryTests
{
    private const string Nearly = """
        class Nearly : IReward
        {
            public string Name => "nearly";
            public double Score(RewardContext c) => c.Index == 7 ? double.NaN
                : c.Completion.Length % 5 == 0 ? throw new InvalidOperationException("five")
                : c.Reply is null ? 0 : 1 - c.ReplyLength / (double)c.Limit;
        }
        """;

    private static string[] Train(params string[] changes) =>
    [
        "train", .. new[]
        {
            "max_steps=8", "warm_start_steps=100", "num_generations=8", "prompts_per_step=8", "save_steps=4",
            "save_total_limit=0", "learning_rate=1e-3", "threads=1", "seed=5", "log_completions_steps=4",
            "lr_scheduler_type=constant",
        }.Where(s => !changes.Any(c => c.Split('=')[0] == s.Split('=')[0])), .. changes,
    ];

    private static Dictionary<string, double>[] Metrics(string path) =>
    [
        .. MetricsLog.Read(path).Select(e => e.Metrics.Where(m => !m.Key.StartsWith("timing/", StringComparison.Ordinal)
                && !m.Key.StartsWith("perf/", StringComparison.Ordinal) && m.Key != "step_time")
            .ToDictionary(m => m.Key, m => m.Value)),
    ];

    [Theory]
    [InlineData("sum_then_normalize", "soft-grpo")]
    [InlineData("normalize_then_sum", "dapo")] // with groups replaced where no reward has spread
    public void A_run_with_several_rewards_and_a_watch_resumed_is_the_unbroken_one(string aggregation, string algorithm)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("Nearly.cs"), Nearly);
        string[] rewards =
        [
            $"algorithm={algorithm}", "reward_funcs=Nearly.cs, repetition_penalty(ngram_size=2), format", "watch_grader=task",
            "reward_weights=1,0.5,0.1", $"multi_objective_aggregation={aggregation}", "watch_failed=0",
        ];
        var (code, output, error) = Command.Run(folder.Path, Train([.. rewards, "output_dir=whole"]));
        Assert.True(code == 0, error);
        Assert.Contains("step 1: watch/alarm/failed", output);
        var whole = Metrics(folder.File("whole/metrics.jsonl"));
        Assert.All(whole, m =>
        {
            Assert.True(m["reward/nearly/failed"] > 0);
            Assert.True(m["reward/nearly/none"] > 0);
            Assert.Equal(0, m["reward/nearly/timeout"]);
            Assert.Equal(m["reward"] - m["watch/accuracy"], m["watch/gap"], 9);
            Assert.Equal(1, m["watch/share/nearly"] + m["watch/share/repetition_penalty"] + m["watch/share/format"], 9);
            Assert.Equal(1, m["watch/alarm/failed"]);
        });
        Assert.Contains(whole, m => m["rewards/repetition_penalty/mean"] < 0);

        // Half a run goes on: step 4 is its newest checkpoint.
        Assert.Equal(0, Command.Run(folder.Path, Train([.. rewards, "output_dir=broken", "max_steps=4"])).Code);
        var resumed = Command.Run(folder.Path, "train", "broken/recipe.yaml", "--resume", "max_steps=8");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.DoesNotContain("watch/alarm/failed", resumed.Out); // it was up before
        Assert.Equal(whole, Metrics(folder.File("broken/metrics.jsonl")));
        Assert.Equal(
            File.ReadAllBytes(folder.File("whole/checkpoint-8/model.safetensors")),
            File.ReadAllBytes(folder.File("broken/checkpoint-8/model.safetensors")));

        var records = RolloutLog.Read(folder.File("whole/rollouts"), 8);
        Assert.Contains(records, r => r.RewardFaults?["nearly"] == "InvalidOperationException: five");
        Assert.All(records, r => Assert.Equal(3, r.Rewards!.Count));
        var page = File.ReadAllText(folder.File("whole/report.html"));
        Assert.Contains("Alarm failed", page);
        Assert.Contains("InvalidOperationException: five", page);

        // A run keeps its rewards: another text is another run.
        File.AppendAllText(folder.File("Nearly.cs"), "// changed");
        var changed = Command.Run(folder.Path, "train", "broken/recipe.yaml", "--resume", "max_steps=9");
        Assert.Equal(2, changed.Code);
        Assert.Contains("Nearly.cs is another than when the run began", changed.Error);
    }

    /// <summary>
    /// Whatever is short is paid for: the policy ends at once, and the watching grader sees that nothing is right.
    /// </summary>
    [Fact]
    public void A_reward_that_can_be_hacked_is_hacked_and_alarms()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("Short.cs"),
            "class Short : IReward { public string Name => \"short\"; "
            + "public double Score(RewardContext c) => 1 - c.Length / (double)c.Limit; }");
        var (code, output, error) = Command.Run(folder.Path, Train(
            "reward_funcs=Short.cs", "watch_grader=task", "output_dir=run", "max_steps=25", "save_steps=0", "beta=0",
            "temperature=2", "warm_start_steps=300"));
        Assert.True(code == 0, error);
        Assert.Contains("watch/alarm/gap: the reward has grown by", output);
        Assert.Contains("watch/alarm/length: completions are 0.", output);
        var metrics = Metrics(folder.File("run/metrics.jsonl"));
        Assert.Equal(0, metrics[0]["watch/alarm/gap"]);
        Assert.True(metrics[^1]["reward"] > metrics[0]["reward"] + 0.3);
        Assert.Equal(1, metrics[^1]["watch/alarm/gap"]);
    }

    [Fact]
    public void One_that_hangs_ends_the_run_with_its_name_and_what_was_learned_is_kept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("Slow.cs"),
            """
            using System.IO;
            class Slow : IReward
            {
                public string Name => "slow";
                public double Score(RewardContext c)
                {
                    while (File.Exists("hang")) System.Threading.Thread.Sleep(50);
                    if (c.Index == 0 && c.Problem.Id.EndsWith('7')) File.WriteAllText("hang", "");
                    return c.Length;
                }
            }
            """);
        var (code, _, error) = Command.Run(folder.Path, TimeSpan.FromMinutes(2), Train(
            "reward_funcs=Slow.cs", "output_dir=run", "max_steps=1000", "reward_time_limit=0.2", "reward_timeouts=4"));
        Assert.Equal(2, code);
        Assert.Contains("reward slow: 4 calls in a row took more than 0.2 s each", error);
        Assert.Contains("the run is saved as", error);
        using var run = RunFolder.View(folder.File("run"));
        Assert.NotEmpty(run.CheckpointSteps);
    }

    [Fact]
    public async Task Ctrl_C_is_heard_while_a_reward_hangs()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("Hang.cs"),
            "class Hang : IReward { public string Name => \"hang\"; public double Score(RewardContext c) "
            + "{ System.IO.File.WriteAllText(\"hanging\", \"\"); while (true) System.Threading.Thread.Sleep(50); } }");
        using var process = Command.Start(
            folder.Path, Train("reward_funcs=Hang.cs", "output_dir=run", "reward_time_limit=600", "warm_start_steps=5"));
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        for (var i = 0; i < 3000 && !File.Exists(folder.File("hanging")); i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Command.Interrupt(process);
        Assert.True(process.WaitForExit(60_000));
        Assert.True(process.ExitCode == 130, await error);
        Assert.Contains("--resume", await output);
    }

    [Fact]
    public void The_shipped_recipe_trains()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = Command.Run(
            Reference.Repository, "train", "recipes/rewards/countdown-3.yaml", "max_steps=2", "warm_start_steps=200",
            "eval_steps=0", "threads=1", $"output_dir={folder.File("run")}");
        Assert.True(code == 0, error);
        var last = Metrics(folder.File("run/metrics.jsonl"))[^1];
        foreach (var name in new[] { "accuracy", "near_miss", "original", "format" })
        {
            Assert.InRange(last[$"rewards/{name}/mean"], 0, 1);
            Assert.Equal(0, last[$"reward/{name}/failed"]);
        }
        Assert.True(last["rewards/near_miss/mean"] > last["rewards/accuracy/mean"]);
        Assert.True(File.Exists(folder.File("run/rewards/Countdown.cs")));
    }
}
