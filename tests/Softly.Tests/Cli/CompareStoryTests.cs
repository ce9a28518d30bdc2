using System.Text.Json.Nodes;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli;

/// <summary>A whole comparison, small.</summary>
[Trait("Weight", "Story")]
public class CompareStoryTests
{
    private static void Write(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("base.yaml"),
            """
            task: hidden-strategy
            hidden_size: 16
            num_hidden_layers: 1
            intermediate_size: 16
            warm_start_steps: 20
            lr_scheduler_type: constant
            max_steps: 10
            prompts_per_step: 4
            num_generations: 8
            save_steps: 3
            seed: 5

            """);
        File.WriteAllText(folder.File("small.yaml"),
            """
            base: base.yaml
            seeds: "1 2"
            learning_rates: "1e-3 3e-3"
            sweep_steps: 4
            eval_problems: 12
            eval_samples: 16
            eval_steps: 5
            validation_problems: 6
            validation_samples: 4
            gradient_batches: 3
            control: discrete on support
            reference: grpo
            arms:
              grpo: { algorithm: grpo }
              discrete on support: { algorithm: grpo, thinking_law: categorical }

            """);
    }

    /// <summary>The result without what differs from run to run: times, and the command with its folder.</summary>
    private static string Numbers(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json.AsObject().Remove("command_line");
        foreach (var arm in json["arms"]!.AsArray()) arm!.AsObject().Remove("seconds_per_step");
        return json.ToJsonString();
    }

    [Fact]
    public async Task A_comparison_that_is_stopped_and_gone_on_with_gives_the_same_tables()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        var whole = Command.Run(folder.Path, "compare", "small.yaml", "--output", "whole", "--jobs", "2");
        Assert.True(whole.Code == 0, whole.Error);
        Assert.Contains("about ", whole.Out); // the estimate at the start
        Assert.All(whole.Out.Split('\n'), line => Assert.True(line.Length <= 130, line));

        // Stopped twice: in the sweep, and in a run that is reported.
        foreach (var file in new[] { "arms/grpo/sweep/lr-1e-3-seed-1-steps-4/recipe.yaml", "arms/*/runs/*/metrics.jsonl" })
        {
            using var process = Command.Start(folder.Path, "compare", "small.yaml", "--output", "broken", "--jobs", "1");
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            for (var i = 0; i < 3000 && !process.HasExited && !Exists(folder.File("broken"), file); i++)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            if (process.HasExited) continue; // a machine that is faster than we look
            Command.Interrupt(process);
            Assert.True(process.WaitForExit(60_000));
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("go on with the same command: softly compare small.yaml", await output);
            Assert.Contains("stopping", await error);
        }
        Assert.Equal(0, Command.Run(folder.Path, "compare", "small.yaml", "--output", "broken", "--jobs", "2").Code);
        Assert.Equal(
            Numbers(folder.File("whole/comparison.json")),
            Numbers(folder.File("broken/comparison.json")));

        // Once more: nothing is done again, the tables are written again.
        var before = Directory.GetFiles(folder.File("whole/arms"), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(0, Command.Run(folder.Path, "compare", "small.yaml", "--output", "whole", "--jobs", "2").Code);
        Assert.Equal(before, Directory.GetFiles(folder.File("whole/arms"), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc));
        foreach (var name in new[] { "comparison.md", "comparison.html" })
            Assert.Contains("discrete on support", File.ReadAllText(folder.File("whole/" + name)));

        // Another arm is added to what is there; an arm that changed is refused.
        File.AppendAllText(
            folder.File("small.yaml"), "  winner: { algorithm: soft-grpo, thinking_law: gumbel-winner, beta: 0 }\n");
        var json = Command.Run(folder.Path, "compare", "small.yaml", "--output", "whole", "--jobs", "2", "--json");
        Assert.True(json.Code == 0, json.Error);
        Assert.Contains(json.Out.Split('\n'), line => line.Contains("softly-comparison-1"));
        Assert.Equal(3, JsonNode.Parse(File.ReadAllText(folder.File("whole/comparison.json")))!["arms"]!.AsArray().Count);
        var changed = Command.Run(folder.Path, "compare", "small.yaml", "--output", "whole", "warmup_steps=3");
        Assert.Equal(2, changed.Code);
        Assert.Contains("arm 'grpo' was made with warmup_steps: 0, now it is 3", changed.Error);
    }

    [Theory]
    [InlineData("compare nowhere.yaml", "nowhere.yaml: there is no such comparison file")]
    [InlineData("compare small.yaml --jobs 0", "--jobs: expected a whole number of at least 1, found '0'")]
    [InlineData("compare small.yaml advantage=pass@8 num_generations=4", "arm 'grpo': advantage pass@8 needs num_generations")]
    [InlineData("compare small.yaml --output .", ". holds something else than a comparison")]
    [InlineData("compare small.yaml control=grp", "there is no arm 'grp'; did you mean 'grpo'?")]
    public void Wrong_input_is_said_in_one_message(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        var (code, output, error) = Command.Run(folder.Path, line.Split(' '));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    private static bool Exists(string folder, string pattern) => Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, Path.GetFileName(pattern), SearchOption.AllDirectories)
            .Any(f => pattern.Split('/').All(p => p == "*" || f.Contains('/' + p, StringComparison.Ordinal)));
}
