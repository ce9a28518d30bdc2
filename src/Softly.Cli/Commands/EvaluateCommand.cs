using System.CommandLine;
using Softly.Cli.Evaluating;
using Softly.Cli.Recipes;
using Softly.Tasks;

namespace Softly.Cli.Commands;

/// <summary><c>softly evaluate</c></summary>
internal static class EvaluateCommand
{
    public static Command Make()
    {
        var source = new Argument<string?>("SOURCE")
        {
            Description = "a run's folder, a checkpoint, a model (Hugging Face folder or .gguf), a recipe, or the address of an "
                + "OpenAI-compatible server (http://127.0.0.1:8000/v1)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var changes = Common.Changes();
        changes.Description = "changes to the recipe (see: softly train --keys); of one mode alone with its name before: "
            + "soft.temperature=0.6";
        var name = new Option<string?>("--decoding")
        {
            Description = "a name for this way of decoding [default: own, or what was changed]"
        };
        var benchmarks = new Option<string?>("--benchmarks")
        {
            Description = "benchmarks by name, separated by commas (see --list) [default: the recipe's own held-out problems]"
        };
        var data = new Option<string?>("--data")
        {
            Description = "the folder with the benchmarks' files (.jsonl or .parquet), one file, or org/name of a fetched data set "
                + "[default: each benchmark's own data set in the hub's cache]"
        };
        var modes = new Option<string?>("--modes")
        {
            Description = "how to answer, separated by commas: discrete (plain tokens), soft (mixtures without noise), soft-noise "
                + "(mixtures with noise), own (as the source does) [default: those of --preset, else own]"
        };
        var preset = new Option<string?>("--preset")
        {
            Description = "settings by name: " + string.Join("; ", Preset.All.Select(p => $"{p.Name} ({p.About})"))
                + " [default: common for a model without a recipe and several modes, else none]"
        };
        var limit = new Option<int?>("--limit") { Description = "only the first so many problems of each benchmark" };
        var slice = new Option<string?>("--slice") { Description = "only problems FROM:TO of each benchmark, counted from 0" };
        var split = new Option<string?>("--split")
        {
            Description = "only records with this value in their column split, or all [default: mbpp's test, else all]"
        };
        var plain = new Option<bool>("--plain") { Description = "questions as plain texts, for models without a chat template" };
        var ks = new Option<string?>("--k") { Description = "the k of pass@k that are told, separated by commas, each at most eval_samples" };
        var output = new Option<string?>("--out")
        {
            Description = "the evaluation's folder; in it the same evaluation goes on [default: evaluations/NAME, of a run in its folder]"
        };
        var piece = new Option<int?>("--piece")
        {
            Description = "problems that are answered and written together [default: as many as make 128 answers]"
        };
        var compare = new Option<string[]>("--compare")
        {
            Description = "two evaluations' folders, A and B: A minus B, paired by problem; several seeds of a side separated by commas, "
                + "one mode of them behind # (runs/a#soft)",
            Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true,
        };
        var list = new Option<bool>("--list") { Description = "list the benchmarks" };
        var json = Common.Json();
        var command = new Command(
            "evaluate", "Answer problems several times, in one or several modes, and report unbiased pass@k with 95 % intervals.")
            {
                source, changes, benchmarks, data, modes, preset, limit, slice, split, plain, ks, output, piece, compare, list, name, json
            }.WithExamples(
                "softly evaluate --list",
                "softly evaluate runs/try eval_problems=300 eval_samples=64",
                "softly evaluate runs/try --modes own,discrete discrete.temperature=0.6",
                "softly evaluate model.gguf --benchmarks math500,gsm8k --data data --modes discrete,soft,soft-noise --limit 100",
                "softly evaluate org/name --benchmarks aime2024 --preset paper-soft-grpo --k 1,16,32",
                "softly evaluate --compare evaluations/after evaluations/before",
                "softly evaluate model.gguf task=gsm8k dataset_test=gsm8k_test.jsonl max_completion_length=256");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(list))
            {
                BenchmarkList.Say(reporter);
                return ExitCode.Ok;
            }
            if (parsed.GetValue(compare) is [var subject, var other])
            {
                EvaluationComparison.Run(reporter, subject, other, parsed.GetValue(output), CommandLine());
                return ExitCode.Ok;
            }
            var where = parsed.GetValue(source)
                ?? throw new UserError("SOURCE is missing: give a run, a checkpoint, a model, a recipe or a server's address");
            string[] given = parsed.GetValue(changes)!;
            var asked = parsed.GetValue(benchmarks);
            Option[] ofEngine = [benchmarks, modes, preset, output, piece, ks, limit, slice];
            if (!ofEngine.Any(o => parsed.GetResult(o) is { Implicit: false }))
            {
                OwnTask.Run(reporter, Source.Find(where, given), Source.Find(where, []).Recipe, parsed.GetValue(name));
                return ExitCode.Ok;
            }
            if (parsed.GetValue(name) is not null)
                throw new UserError("--decoding names the source's own decoding; with benchmarks or modes, modes have the names");
            var part = Slice.Of(parsed.GetValue(limit), parsed.GetValue(slice));
            var wishes = new EvaluationWishes(
                parsed.GetValue(output), parsed.GetValue(piece), KsOf(parsed.GetValue(ks)), CommandLine());
            if (wishes.Piece < 1) throw new UserError("--piece: expected a whole number of at least 1");
            var found = Source.Find(where, []);
            var presets = parsed.GetValue(preset) is { } names ? Preset.Find(names) : [];
            if (presets.Count == 0 && parsed.GetValue(modes) is { } wanted && wanted != AnswerModes.Own && found.IsBare)
                presets = [.. Preset.Find("common")];
            var ways = AnswerModes.Of(found.Recipe, parsed.GetValue(modes), presets, given);
            if (presets.Count > 0) reporter.Say($"settings of {string.Join(" and ", presets.Select(p => p.Name))}");
            if (asked is null && (part is not null || parsed.GetValue(data) is not null || parsed.GetValue(split) is not null))
                throw new UserError("--data, --limit, --slice and --split are for --benchmarks; for the recipe's own problems set "
                    + "dataset_test and eval_problems");
            var sets = asked is null ? null : new BenchmarkSets(
                ways[0].Recipe, parsed.GetValue(data), part, parsed.GetValue(split), parsed.GetValue(plain)).Of(asked);
            new ModelEvaluation(reporter, found, ways, wishes).Run(sets);
            return ExitCode.Ok;
        });
        return command;
    }

    private static List<int>? KsOf(string? text)
    {
        if (text is null) return null;
        var ks = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(k =>
            int.TryParse(k, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n) && n > 0
                ? n : throw new UserError($"--k: '{k}' is no whole number of at least 1")).Distinct().Order().ToList();
        return ks.Count > 0 ? ks : throw new UserError("--k names none: give numbers such as 1,4,16");
    }

    private static string CommandLine() => "softly " + string.Join(
        ' ', Environment.GetCommandLineArgs().Skip(1).Select(a => a.Any(char.IsWhiteSpace) ? $"\"{a}\"" : a));
}
