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
    public void Wrong_input_is_said_in_one_message(string line, string expected) => Refused(line, expected, Write);

    /// <summary>One message, exit code 2, and nothing written beside the files that were there.</summary>
    private static void Refused(string line, string expected, Action<TemporaryFolder> write)
    {
        using var folder = new TemporaryFolder();
        write(folder);
        var before = Directory.GetFileSystemEntries(folder.Path).Order().ToList();
        var (code, output, error) = Command.Run(folder.Path, line.Split(' '));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path).Order());
    }

    private static void WriteStarts(TemporaryFolder folder)
    {
        Write(folder);
        File.WriteAllText(folder.File("starts.yaml"),
            """
            base: base.yaml
            seeds: "1 2"
            start_seeds: "1 2"
            learning_rates: "1e-3 3e-3"
            sweep_steps: 4
            eval_problems: 12
            eval_samples: 16
            eval_steps: 5
            validation_problems: 6
            validation_samples: 4
            gradient_batches: 3
            audit_problems: 8
            control: discrete on support
            reference: grpo
            starts:
              narrow: { warm_start_steps: 40 }
              wide: { warm_start_steps: 30, hidden_size: 24 }
            arms:
              grpo: { start: narrow, algorithm: grpo }
              discrete on support: { start: narrow, algorithm: grpo, thinking_law: categorical }
              soft: { start: wide, algorithm: soft-grpo, learning_rate: 2e-3 }

            """);
    }

    /// <summary>Killed without a word, not only asked to stop: nothing is made twice, and nothing differs.</summary>
    [Fact]
    public async Task Several_starts_that_are_interrupted_and_killed_give_the_same_tables()
    {
        using var folder = new TemporaryFolder();
        WriteStarts(folder);
        var whole = Command.Run(folder.Path, "compare", "starts.yaml", "--output", "whole", "--jobs", "2");
        Assert.True(whole.Code == 0, whole.Error);
        foreach (var part in new[] { "3 arms × 2 start seeds × 2 seeds", "warm starts", "soft 2e-3" })
            Assert.Contains(part, whole.Out, StringComparison.Ordinal);
        var page = File.ReadAllText(folder.File("whole/comparison.md"));
        foreach (var part in new[]
        {
            "| narrow | warm", "Before training", "of every start seed", "For as many operations", "guessing",
            "What the thoughts are worth: pass@1 in percent after other thoughts", "| arm | own | random | another | blank |",
        })
            Assert.Contains(part, page, StringComparison.Ordinal);

        (string File, bool Kill)[] moments =
        [
            ("starts/*/seed-2/config.json", true), ("arms/grpo/sweep/*/recipe.yaml", false), ("arms/*/runs/*/metrics.jsonl", true),
        ];
        Assert.Contains("own − it", File.ReadAllText(folder.File("whole/comparison.html")));
        Assert.Equal(
            ["grpo", "discrete on support", "soft"],
            JsonNode.Parse(File.ReadAllText(folder.File("whole/comparison.json")))!["arms"]!.AsArray()
                .Select(a => (string)a!["audits"]![1]!["mode"]!));
        var cut = 0;
        var made = new Dictionary<string, DateTime>();
        foreach (var (file, kill) in moments)
        {
            using var process = Command.Start(folder.Path, "compare", "starts.yaml", "--output", "broken", "--jobs", "1");
            var output = process.StandardOutput.ReadToEndAsync();
            for (var i = 0; i < 3000 && !process.HasExited && !Exists(folder.File("broken"), file); i++)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            if (!process.HasExited)
            {
                cut++;
                if (kill) process.Kill();
                else Command.Interrupt(process);
                Assert.True(process.WaitForExit(60_000));
                if (!kill) Assert.Contains("go on with the same command: softly compare starts.yaml", await output);
            }
            foreach (var (name, time) in made) Assert.Equal(time, File.GetLastWriteTimeUtc(name));
            foreach (var model in Directory.GetFiles(
                folder.File("broken/starts"), "model.safetensors", SearchOption.AllDirectories))
                if (!model.Contains(".partial", StringComparison.Ordinal)) made[model] = File.GetLastWriteTimeUtc(model);
        }
        Assert.NotEmpty(made);
        Assert.NotEqual(0, cut); // a machine on which all was finished before we looked shows nothing
        var finish = Command.Run(folder.Path, "compare", "starts.yaml", "--output", "broken", "--jobs", "2");
        Assert.True(finish.Code == 0, finish.Error);
        Assert.Equal(Numbers(folder.File("whole/comparison.json")), Numbers(folder.File("broken/comparison.json")));

        var before = Directory.GetFiles(folder.File("whole/arms"), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(0, Command.Run(folder.Path, "compare", "starts.yaml", "--output", "whole", "--jobs", "2").Code);
        Assert.Equal(before, Directory.GetFiles(folder.File("whole/arms"), "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc));
        var changed = Command.Run(
            folder.Path, "compare", "starts.yaml", "--output", "whole", "warm_start_batch=64");
        Assert.Equal(2, changed.Code);
        Assert.Contains("start 'narrow' was made with warm_start_batch: 128, now it is 64", changed.Error);
        Assert.Contains("holds a comparison with several starts, laid out otherwise",
            Command.Run(folder.Path, "compare", "small.yaml", "--output", "whole").Error);
    }

    [Fact]
    public void Some_arms_may_be_finished_first_and_tables_made_at_any_time()
    {
        using var folder = new TemporaryFolder();
        WriteStarts(folder);
        string[] Line(params string[] more) => ["compare", "starts.yaml", "--output", "made", "--jobs", "2", .. more];
        var early = Command.Run(folder.Path, Line("--report"));
        Assert.Equal(2, early.Code);
        Assert.Contains("made holds no comparison yet: leave --report out to begin it", early.Error);
        Assert.Contains("did you mean 'soft'?", Command.Run(folder.Path, Line("--only", "sofd")).Error);
        Assert.Contains("leave one of them out", Command.Run(folder.Path, Line("--only", "soft", "--report")).Error);
        Assert.False(Directory.Exists(folder.File("made")));

        var soft = Command.Run(folder.Path, Line("--only", "soft"));
        Assert.True(soft.Code == 0, soft.Error);
        Assert.False(Directory.Exists(folder.File("made/starts/narrow")));
        var json = JsonNode.Parse(File.ReadAllText(folder.File("made/comparison.json")))!;
        Assert.Equal(["soft"], json["arms"]!.AsArray().Select(a => (string)a!["name"]!));
        Assert.Equal([0, 0], json["unfinished"]!.AsArray().Select(a => (int)a!["runs"]!));
        Assert.Empty(json["arms"]![0]!["own_to_control"]!.AsArray()); // the control is not there yet

        using (new FileStream(
            folder.File("made/compare.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var second = Command.Run(folder.Path, Line());
            Assert.Equal(2, second.Code);
            Assert.Contains("another process works here", second.Error);
            Assert.Equal(0, Command.Run(folder.Path, Line("--report")).Code);
        }
        Assert.Equal(0, Command.Run(folder.Path, Line("--only", "grpo,discrete on support")).Code);
        json = JsonNode.Parse(File.ReadAllText(folder.File("made/comparison.json")))!;
        Assert.Null(json["unfinished"]);
        Assert.Equal(
            [1, 4, 16], json["arms"]![2]!["equal_positions"]!["pass_at_k"]!.AsArray().Select(p => (int)p!["k"]!));
    }

    [Theory]
    [InlineData("compare starts.yaml --only soft,", "--only: there is no arm ''")]
    [InlineData("compare starts.yaml num_generations=1", "num_generations")]
    public void Wrong_input_about_starts_is_said_in_one_message(string line, string expected) =>
        Refused(line, expected, WriteStarts);

    [Fact]
    public void Starts_that_change_the_problems_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("base.yaml"), "task: reachability-two\nhidden_size: 16\nwarm_start_steps: 3\n");
        File.WriteAllText(folder.File("c.yaml"),
            """
            base: base.yaml
            starts:
              path: { task_thoughts: path }
              larger: { task_nodes: 30 }
            arms:
              a: { start: path, algorithm: grpo }
              b: { start: larger, algorithm: grpo }

            """);
        var (code, _, error) = Command.Run(folder.Path, "compare", "c.yaml");
        Assert.Equal(2, code);
        Assert.Contains("arm 'b' would be asked other test problems than 'a': keys that change the task's problems", error);
    }

    private static bool Exists(string folder, string pattern) => Directory.Exists(folder)
        && Directory.EnumerateFiles(folder, Path.GetFileName(pattern), SearchOption.AllDirectories)
            .Any(f => pattern.Split('/').All(p => p == "*" || f.Contains('/' + p, StringComparison.Ordinal)));
}
