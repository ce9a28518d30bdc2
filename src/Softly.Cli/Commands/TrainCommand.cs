using System.CommandLine;
using Softly.Cli.Planning;
using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Commands;

/// <summary><c>softly train</c></summary>
internal static class TrainCommand
{
    public static Command Make()
    {
        var recipe = new Argument<string?>("RECIPE")
        {
            Description = "a YAML file of what differs from the defaults", Arity = ArgumentArity.ZeroOrOne
        };
        var changes = Common.Changes();
        var dry = new Option<bool>("--dry-run") { Description = "print the resolved recipe and stop" };
        var keys = new Option<bool>("--keys") { Description = "list all recipe keys with their defaults" };
        var resume = new Option<bool>("--resume") { Description = "go on from the newest checkpoint of the run folder" };
        var ignore = new Option<bool>("--ignore-plan")
        {
            Description = "start even if the run is planned to need more memory than there is"
        };
        var json = Common.Json();
        var command = new Command("train", "Train a model with SofT-GRPO or GRPO.")
            {
                recipe, changes, dry, keys, resume, ignore, json
            }
            .WithExamples(
                "softly train recipes/countdown-3/soft-grpo.yaml",
                "softly train recipes/countdown-3/soft-grpo.yaml max_steps=50 output_dir=runs/try",
                "softly train runs/try/recipe.yaml --resume");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(keys))
            {
                Console.Write(RecipeReader.Describe());
                return ExitCode.Ok;
            }
            var path = parsed.GetValue(recipe);
            var overrides = parsed.GetValue(changes)!.ToList();
            // 'softly train max_steps=3' trains the defaults: the first word is a change, not a file.
            if (path is not null && path.Contains('=') && !File.Exists(path))
            {
                overrides.Insert(0, path);
                path = null;
            }
            var resolved = RecipeReader.Read(path, overrides);
            if (parsed.GetValue(resume)) resolved = Resumed(path, resolved, overrides);
            var setup = new Setup(resolved);
            if (parsed.GetValue(dry))
            {
                Console.Write(RecipeReader.Write(resolved));
                return ExitCode.Ok;
            }
            if (setup.Device.type == TorchSharp.DeviceType.CPU) // what a GPU has free cannot be asked
                reporter.Say(PlanReport.Check(
                    new Planner(setup), resolved, Machine.Probe(setup.Threads), parsed.GetValue(ignore)));
            using var interrupt = new Interrupt("stopping: the step is given up or finished, then saved");
            return new TrainingRun(setup, reporter).Run(parsed.GetValue(resume), interrupt.Token);
        });
        return command;
    }

    /// <summary>A resumed run keeps its recipe: only what does not change its numbers may be given anew.</summary>
    private static Recipe Resumed(string? path, Recipe given, List<string> overrides)
    {
        var folder = path is not null && Path.GetFileName(path) == "recipe.yaml"
            && RunFolder.IsRun(Path.GetDirectoryName(Path.GetFullPath(path))!)
                ? Path.GetDirectoryName(Path.GetFullPath(path))!
                : given.OutputDir;
        if (overrides.Any(o => o.StartsWith("output_dir=", StringComparison.Ordinal))
            && Path.GetFullPath(given.OutputDir) != Path.GetFullPath(folder))
            throw new UserError($"a resumed run stays in its folder, {folder}: leave output_dir out");
        using var run = RunFolder.View(folder);
        var before = RecipeReader.Read(run.RecipePath, []) with { OutputDir = folder };
        var kept = RecipeReader.Read(run.RecipePath, overrides) with { OutputDir = folder };
        // Which inputs an adapter drops is drawn for every micro-batch.
        var free = before.LoraDropout > 0 ? Resumable.Except(["per_device_train_batch_size"]).ToArray() : Resumable;
        var changed = RecipeReader.Keys.Where(
            k => !Equals(k.Property.GetValue(kept), k.Property.GetValue(before)) && !free.Contains(k.Name))
            .Select(k => k.Name).ToList();
        if (kept.MaxSteps != before.MaxSteps && kept.LrSchedulerType is "linear" or "cosine")
            throw new UserError($"max_steps would change every learning rate of the {kept.LrSchedulerType} schedule: "
                + $"resume with max_steps {before.MaxSteps}, or start a new run from the checkpoint with model_name_or_path");
        return changed.Count == 0 ? kept : throw new UserError(
            $"a resumed run keeps its recipe, but {string.Join(", ", changed)} would change: "
            + "start a new run (another output_dir) from the checkpoint with model_name_or_path, or resume without. "
            + $"Free to change: {string.Join(", ", free)}");
    }

    private static readonly string[] Resumable =
    [
        "max_steps", "save_steps", "save_total_limit", "eval_steps", "log_completions_steps", "report_to", "threads",
        "rollout_rows", "per_device_train_batch_size", "gradient_checkpointing", "reward_time_limit", "reward_timeouts",
        "watch_gap", "watch_share", "watch_length", "watch_duplicates", "watch_failed"
    ];
}
