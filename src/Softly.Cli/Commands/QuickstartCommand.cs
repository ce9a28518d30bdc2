using System.CommandLine;
using System.Text.Json;
using Softly.Cli.Recipes;

namespace Softly.Cli.Commands;

/// <summary><c>softly quickstart</c></summary>
internal static class QuickstartCommand
{
    public static Command Make()
    {
        var seed = new Option<int>("--seed") { Description = "of everything random", DefaultValueFactory = _ => 1 };
        var sets = new Option<bool>("--sets")
        {
            Description = "the other story: thoughts that carry a set against thoughts that are words, with an audit of both"
        };
        var advantage = new Option<string?>("--advantage")
        {
            Description = "what a group's rewards are turned into; pass@2 keeps pass@16 and pass@32 [default: group]"
        };
        advantage.AcceptOnlyFromAmong("group", "pass@2", "pass@4", "pass@8");
        var output = new Option<string?>("--output")
        {
            Description = "the folder of its runs [default: runs/quickstart, runs/quickstart-sets, or the next free name]"
        };
        var resume = new Option<bool>("--resume")
        {
            Description = "go on with what a stopped quickstart left in --output; its other options are kept"
        };
        var steps = new Option<int?>("--steps") { Description = "training steps of each arm [default: 300, with --sets 100]" };
        var warm = new Option<int?>("--warm-start-steps")
        {
            Description = "supervised updates before [default: 1300, with --sets 1200]"
        };
        var problems =
            new Option<int>("--problems") { Description = "held-out problems evaluated", DefaultValueFactory = _ => 300 };
        var samples = new Option<int>("--samples") { Description = "answers to each of them", DefaultValueFactory = _ => 64 };
        var json = Common.Json();
        var command = new Command(
            "quickstart", "Watch a tiny model learn to think in soft tokens: no download, no config, minutes.")
            { sets, seed, advantage, output, resume, steps, warm, problems, samples, json }
            .WithExamples(
                "softly quickstart", "softly quickstart --sets", "softly quickstart --advantage pass@2 --seed 2",
                "softly quickstart --steps 20 --warm-start-steps 100 --problems 50");
        foreach (var (option, least) in new (Option, int)[] { (seed, 0), (steps, 1), (warm, 1), (problems, 1), (samples, 1) })
            option.Validators.Add(given =>
            {
                if (given.Tokens is [var word] && (!int.TryParse(word.Value, out var number) || number < least))
                    given.AddError($"{option.Name}: expected a whole number of at least {least}, found '{word.Value}'");
            });
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var folder = parsed.GetValue(output);
            if (parsed.GetValue(resume) && folder is null)
                throw new UserError("--resume needs --output: the folder of the quickstart to go on with");
            var asksForSets = parsed.GetValue(sets);
            if (asksForSets && parsed.GetValue(advantage) is { } unread)
                throw new UserError($"--advantage {unread} does nothing with --sets: leave one of the two out");
            if (asksForSets && parsed.GetValue(seed) > ComparisonReader.MostStartSeed)
                throw new UserError($"--seed: expected at most {ComparisonReader.MostStartSeed} with --sets, found "
                    + parsed.GetValue(seed));
            folder ??= Free(asksForSets ? "quickstart-sets" : "quickstart");
            if (!parsed.GetValue(resume) && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new UserError($"{folder} is not empty: give another --output, or --resume to go on with it");
            Directory.CreateDirectory(folder);
            var asked = Path.Combine(folder, "quickstart.json");
            var options = parsed.GetValue(resume) ? Read(asked)
                : new QuickstartOptions(
                    parsed.GetValue(seed), parsed.GetValue(steps) ?? (asksForSets ? 100 : 300),
                    parsed.GetValue(warm) ?? (asksForSets ? 1200 : 1300), parsed.GetValue(advantage) ?? "group",
                    parsed.GetValue(problems), parsed.GetValue(samples), asksForSets);
            if (asksForSets && !options.Sets)
                throw new UserError($"{folder} holds a quickstart without --sets: leave --sets out to go on with it, or give "
                    + "another --output");
            if (!parsed.GetValue(resume)) File.WriteAllText(asked, JsonSerializer.Serialize(options));
            using var interrupt = new Interrupt("stopping: each arm gives up its step, or finishes it, and is saved");
            var typed = "softly " + string.Join(' ', parsed.Tokens.Select(t => t.Value));
            return options.Sets
                ? new SetsQuickstart(folder, options, reporter, interrupt.Token).Run(typed)
                : new Quickstart(folder, options, reporter, interrupt.Token).Run(typed);
        });
        return command;
    }

    /// <summary>A resumed quickstart asks for what the stopped one asked for.</summary>
    private static QuickstartOptions Read(string path)
    {
        if (!File.Exists(path))
            throw new UserError($"{path} is missing: this is not the folder of a quickstart; start one without --resume");
        try
        {
            return JsonSerializer.Deserialize<QuickstartOptions>(File.ReadAllText(path)) ?? throw new JsonException("empty");
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: not what a quickstart writes: {e.Message}");
        }
    }

    private static string Free(string first)
    {
        var name = Path.Combine("runs", first);
        for (var i = 2; Directory.Exists(name) && Directory.EnumerateFileSystemEntries(name).Any(); i++)
            name = Path.Combine("runs", $"{first}-{i}");
        return name;
    }
}
