using System.CommandLine;
using Softly.Cli.Planning;
using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Commands;

/// <summary><c>softly plan</c></summary>
internal static class PlanCommand
{
    public static Command Make()
    {
        var recipe = new Argument<string?>("RECIPE")
        {
            Description = "a YAML file of what differs from the defaults", Arity = ArgumentArity.ZeroOrOne
        };
        var changes = Common.Changes();
        var memory = new Option<string?>("--memory")
        {
            Description = "memory to fit in, such as 24GiB; left out, what this machine has available now"
        };
        var gflops = new Option<double?>("--gflops")
        {
            Description = "billions of operations a second in large products of matrices; left out, measured"
        };
        var prompt = new Option<int?>("--prompt-tokens")
        {
            Description = "tokens of the longest prompt; left out, read from the problems"
        };
        var answer = new Option<int?>("--answer-tokens")
        {
            Description = "what rollouts have on average (completions/mean_length of an earlier run); left out, the limit"
        };
        var json = Common.Json();
        var command = new Command("plan", "Say what memory and time a training run will take, without loading the model.")
            {
                recipe, changes, memory, gflops, prompt, answer, json
            }
            .WithExamples(
                "softly plan recipes/countdown-3/soft-grpo.yaml",
                "softly plan recipes/word-problems/soft-grpo-smollm2.yaml per_device_train_batch_size=64 --memory 4GiB",
                "softly plan recipe.yaml model_name_or_path=folder-with-config.json --prompt-tokens 300 --memory 24GiB");
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(recipe);
            var overrides = parsed.GetValue(changes)!.ToList();
            if (path is not null && path.Contains('=') && !File.Exists(path))
            {
                overrides.Insert(0, path);
                path = null;
            }
            if (parsed.GetValue(gflops) is <= 0) throw new UserError("--gflops: a number above 0 is expected");
            if (parsed.GetValue(prompt) is <= 0) throw new UserError("--prompt-tokens: a whole number above 0 is expected");
            if (parsed.GetValue(answer) is <= 0) throw new UserError("--answer-tokens: a whole number above 0 is expected");
            var resolved = RecipeReader.Read(path, overrides);
            long? limit = parsed.GetValue(memory) is { } text ? Bytes(text) : null;
            NativeTorch.Load();
            var planner = new Planner(resolved, parsed.GetValue(prompt), parsed.GetValue(answer));
            var machine = Machine.Probe(
                resolved.Threads > 0 ? resolved.Threads : Environment.ProcessorCount, parsed.GetValue(gflops));
            return PlanReport.Show(
                new Reporter(parsed.GetValue(json)), planner, resolved, machine, limit ?? Machine.AvailableBytes(),
                given: limit is not null);
        });
        return command;
    }

    /// <summary>A size in bytes.</summary>
    /// <exception cref="UserError">It is none.</exception>
    internal static long Bytes(string text) => HumanBytes.TryParse(text, out var bytes)
        ? bytes
        : throw new UserError($"--memory {text}: a size such as 24GiB or 1500MB is expected");
}
