using System.CommandLine;
using Softly.Cli.Evaluating;
using Softly.Cli.Evaluating.Endpoint;
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
        var model = new Option<string?>("--model") { Description = "of an endpoint: the model's name there [default: the only one]" };
        var completions = new Option<bool>("--completions")
        {
            Description = "of an endpoint: plain completions instead of a chat"
        };
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "of an endpoint: requests under way at once", DefaultValueFactory = _ => 4
        };
        var choices = new Option<int>("--choices")
        {
            Description = "of an endpoint: answers asked for in one request; of more than one the tokens are known together only",
            DefaultValueFactory = _ => 1,
        };
        var timeout = new Option<double>("--timeout")
        {
            Description = "of an endpoint: seconds to wait for a reply", DefaultValueFactory = _ => 600
        };
        var list = new Option<bool>("--list") { Description = "list the benchmarks" };
        var json = Common.Json();
        var command = new Command(
            "evaluate", "Answer problems several times, in one or several modes, and report unbiased pass@k with 95 % intervals.")
            {
                source, changes, benchmarks, data, modes, preset, limit, slice, split, plain, ks, output, piece,
                model, completions, concurrency, choices, timeout, list, name, json
            }.WithExamples(
                "softly evaluate --list",
                "softly evaluate runs/try eval_problems=300 eval_samples=64",
                "softly evaluate runs/try --modes own,discrete discrete.temperature=0.6",
                "softly evaluate model.gguf --benchmarks math500,gsm8k --data data --modes discrete,soft,soft-noise --limit 100",
                "softly evaluate org/name --benchmarks aime2024 --preset paper-soft-grpo --k 1,16,32",
                "softly evaluate http://127.0.0.1:8000/v1 --model NAME --benchmarks gsm8k --data data temperature=0.6",
                "softly evaluate model.gguf task=gsm8k dataset_test=gsm8k_test.jsonl max_completion_length=256");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(list))
            {
                BenchmarkList.Say(reporter);
                return ExitCode.Ok;
            }
            var where = parsed.GetValue(source)
                ?? throw new UserError("SOURCE is missing: give a run, a checkpoint, a model, a recipe or a server's address");
            string[] given = parsed.GetValue(changes)!;
            var asked = parsed.GetValue(benchmarks);
            Option[] ofEndpoint = [model, completions, concurrency, choices, timeout];
            var isEndpoint = EndpointEvaluation.IsAddress(where);
            if (!isEndpoint && Given(parsed, ofEndpoint) is { } foreign)
                throw new UserError($"{foreign.Name} is for an endpoint (SOURCE http://…), and {where} is none: leave it out");
            Option[] ofEngine = [benchmarks, modes, preset, output, piece, ks, limit, slice];
            if (!isEndpoint && Given(parsed, ofEngine) is null)
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
            var presets = parsed.GetValue(preset) is { } names ? Preset.Find(names) : [];
            if (isEndpoint)
            {
                if (asked is null)
                    throw new UserError("an endpoint has no problems of its own: name --benchmarks (see softly evaluate --list)");
                if (parsed.GetValue(plain))
                    throw new UserError("--plain: an endpoint's chat takes turns; for plain texts give --completions");
                var wish = new EndpointWishes(
                    where, parsed.GetValue(model), parsed.GetValue(completions), AtLeastOne(concurrency), AtLeastOne(choices),
                    parsed.GetValue(timeout) is > 0 and < 1e6 and var seconds ? TimeSpan.FromSeconds(seconds)
                        : throw new UserError("--timeout: expected a number of seconds above 0"));
                var mode = EndpointEvaluation.ModeOf(parsed.GetValue(modes), presets, given);
                new EndpointEvaluation(reporter, wish, wishes).Run(mode, new BenchmarkSets(
                    mode.Recipe, parsed.GetValue(data), part, parsed.GetValue(split), wish.Plain).Of(asked));
                return ExitCode.Ok;
            }
            var found = Source.Find(where, []);
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

            int AtLeastOne(Option<int> option) => parsed.GetValue(option) is >= 1 and var number ? number
                : throw new UserError($"{option.Name}: expected a whole number of at least 1");
        });
        return command;
    }

    private static Option? Given(ParseResult parsed, Option[] options) =>
        options.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });

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
