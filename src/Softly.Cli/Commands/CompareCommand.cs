using System.CommandLine;
using Softly.Cli.Comparisons;
using Softly.Cli.Recipes;

namespace Softly.Cli.Commands;

/// <summary><c>softly compare</c></summary>
internal static class CompareCommand
{
    public static Command Make()
    {
        var file = new Argument<string>("FILE") { Description = "a YAML file of a base recipe, seeds, learning rates and arms" };
        var changes = new Argument<string[]>("key=value")
        {
            Description = "changes to the file's own keys, or to its base recipe", Arity = ArgumentArity.ZeroOrMore
        };
        var output = new Option<string?>("--output")
        {
            Description = "the comparison's folder [default: runs/compare-FILE]; what is there already is not done again"
        };
        var jobs = new Option<int>("--jobs")
        {
            Description = "runs side by side, one thread each; left out, as many as cores",
            DefaultValueFactory = _ => Environment.ProcessorCount
        };
        jobs.Validators.Add(given =>
        {
            if (given.Tokens is [var word] && (!int.TryParse(word.Value, out var number) || number < 1))
                given.AddError($"--jobs: expected a whole number of at least 1, found '{word.Value}'");
        });
        var json = Common.Json();
        var command = new Command(
            "compare",
            "Compare arms on equal terms: one start, a learning rate chosen for each, several seeds, paired intervals, tables.\n"
            + "Run the same command again to go on where it stopped.")
            { file, changes, output, jobs, json }.WithExamples(
                "softly compare recipes/comparisons/countdown-3.yaml",
                "softly compare recipes/comparisons/hidden-strategy.yaml seeds=\"1 2\" --output runs/t5");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var asked = ComparisonReader.Read(parsed.GetValue(file)!, parsed.GetValue(changes)!);
            var folder = parsed.GetValue(output) ?? Path.Combine("runs", "compare-" + asked.Name);
            var comparison = ComparisonFolder.Pinned(folder, asked);
            using var interrupt = new Interrupt("stopping: each run gives up its step, or finishes it, and is saved");
            return new CompareRun(folder, comparison, parsed.GetValue(jobs), reporter, interrupt.Token)
                .Run("softly " + string.Join(' ', parsed.Tokens.Select(
                    t => t.Value.Contains(' ') ? $"\"{t.Value}\"" : t.Value)));
        });
        return command;
    }
}
