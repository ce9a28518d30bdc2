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
        var only = new Option<string?>("--only")
        {
            Description = "names of arms, separated by commas: only these are worked on; tables show all that are finished"
        };
        var report = new Option<bool>("--report") { Description = "only write the tables of what is finished" };
        var json = Common.Json();
        var command = new Command(
            "compare",
            "Compare arms on equal terms: the same warm starts, or several of each kind, a learning rate chosen for each, "
            + "several seeds, intervals, tables.\n"
            + "Run the same command again to go on where it stopped.")
            { file, changes, output, jobs, only, report, json }.WithExamples(
                "softly compare recipes/comparisons/countdown-3.yaml",
                "softly compare recipes/comparisons/countdown-3.yaml --only \"grpo,discrete on support\"",
                "softly compare recipes/comparisons/countdown-3.yaml --report",
                "softly compare recipes/comparisons/hidden-strategy.yaml seeds=\"1 2\" --output runs/t5");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var asked = ComparisonReader.Read(parsed.GetValue(file)!, parsed.GetValue(changes)!);
            var folder = parsed.GetValue(output) ?? Path.Combine("runs", "compare-" + asked.Name);
            var comparison = ComparisonFolder.Pinned(folder, asked);
            if (parsed.GetValue(report) && parsed.GetValue(only) is not null)
                throw new UserError("--only says what is worked on, and --report works on nothing: leave one of them out; "
                    + "tables show all arms that are finished");
            using var interrupt = new Interrupt("stopping: each run gives up its step, or finishes it, and is saved");
            var run = new CompareRun(folder, comparison, parsed.GetValue(jobs), reporter, interrupt.Token)
            {
                Only = Chosen(parsed.GetValue(only), comparison.Arms),
            };
            var typed = "softly " + string.Join(' ', parsed.Tokens.Select(
                t => t.Value.Contains(' ') ? $"\"{t.Value}\"" : t.Value));
            return parsed.GetValue(report) ? run.ReportOnly(typed) : run.Run(typed);
        });
        return command;
    }

    /// <summary>
    /// The arms of a list of names. Names may hold commas themselves: at every place the longest name that fits is taken.
    /// </summary>
    /// <exception cref="UserError">There is no such arm.</exception>
    internal static IReadOnlyList<ComparisonArm> Chosen(string? names, IReadOnlyList<ComparisonArm> arms)
    {
        if (names is null) return arms;
        var words = names.Split(',').Select(w => w.Trim()).ToList();
        var chosen = new HashSet<string>();
        for (var at = 0; at < words.Count;)
        {
            var taken = Enumerable.Range(1, words.Count - at).Reverse()
                .FirstOrDefault(n => arms.Any(a => a.Name == string.Join(", ", words.Skip(at).Take(n))));
            if (taken == 0)
                throw new UserError($"--only: there is no arm '{words[at]}'"
                    + $"{RecipeReader.Nearest(words[at], arms.Select(a => a.Name))} "
                    + $"Arms: {string.Join(" · ", arms.Select(a => a.Name))}");
            chosen.Add(string.Join(", ", words.Skip(at).Take(taken)));
            at += taken;
        }
        return [.. arms.Where(a => chosen.Contains(a.Name))];
    }
}
