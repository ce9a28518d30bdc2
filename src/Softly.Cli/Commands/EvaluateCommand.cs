using System.CommandLine;
using System.Globalization;
using Softly.Cli.Evaluating;
using Softly.Cli.Evaluating.Endpoint;
using Softly.Cli.Recipes;

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
        var options = new EvaluateOptions();
        var json = Common.Json();
        var command = new Command(
            "evaluate", "Answer problems several times, in one or several modes, and report unbiased pass@k with 95 % intervals.")
            {
                source, changes,
            };
        foreach (var option in options.All) command.Add(option);
        command.Add(json);
        command.WithExamples(
            "softly evaluate --list",
            "softly evaluate runs/try eval_problems=300 eval_samples=64",
            "softly evaluate runs/try --modes own,discrete discrete.temperature=0.6",
            "softly evaluate model.gguf --benchmarks math500,gsm8k --data data --modes discrete,soft,soft-noise --limit 100",
            "softly evaluate org/name --benchmarks aime2024 --preset paper-soft-grpo --k 1,16,32",
            "softly evaluate http://127.0.0.1:8000/v1 --model NAME --benchmarks gsm8k --data data temperature=0.6",
            "softly evaluate runs/try --audit --audit-samples 8 eval_problems=300",
            "softly evaluate --compare evaluations/after evaluations/before",
            "softly evaluate model.gguf task=gsm8k dataset_test=gsm8k_test.jsonl max_completion_length=256");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(options.List)) BenchmarkList.Say(reporter);
            else if (parsed.GetValue(options.Compare) is [var subject, var other])
            {
                var beside = EvaluateOptions.Given(parsed, options.All.Except([options.Compare, options.Out]))?.Name
                    ?? parsed.GetValue(source) ?? parsed.GetValue(changes)!.FirstOrDefault();
                if (beside is not null)
                    throw new UserError($"{beside} does nothing with --compare, which takes two folders and asks nothing: "
                        + "leave it out");
                EvaluationComparison.Run(reporter, subject, other, parsed.GetValue(options.Out), CommandLine());
            }
            else
                Evaluate(reporter, parsed, options, parsed.GetValue(source)
                    ?? throw new UserError("SOURCE is missing: a run, a checkpoint, a model, a recipe or a server's address"),
                    parsed.GetValue(changes)!);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Evaluate(
        Reporter reporter, ParseResult parsed, EvaluateOptions options, string source, string[] changes)
    {
        if (EndpointEvaluation.IsAddress(source))
        {
            AskEndpoint(reporter, parsed, options, source, changes);
            return;
        }
        if (EvaluateOptions.Given(parsed, options.OfEndpoints) is { } foreign)
            throw new UserError($"{foreign.Name} is for an endpoint (SOURCE http://…), and {source} is none: leave it out");
        if (EvaluateOptions.Given(parsed, options.OfFolders) is null)
        {
            OwnTask.Run(
                reporter, Source.Find(source, changes), Source.Find(source, []).Recipe, parsed.GetValue(options.Decoding));
            return;
        }
        RefuseDecoding(parsed, options);
        var found = Source.Find(source, []);
        var modes = parsed.GetValue(options.Modes);
        var presets = PresetsOf(parsed, options);
        if (presets.Count == 0 && modes is not (null or AnswerModes.Own) && found.IsBare) presets = Preset.Find("common");
        var ways = AnswerModes.Of(found.Recipe, modes, presets, changes);
        if (presets.Count > 0) reporter.Say($"settings of {string.Join(" and ", presets.Select(p => p.Name))}");
        if (parsed.GetValue(options.Benchmarks) is null && EvaluateOptions.Given(parsed, options.OfBenchmarks) is { } alone)
            throw new UserError($"{alone.Name} is for --benchmarks; for the recipe's own problems set dataset_test and "
                + "eval_problems");
        new ModelEvaluation(reporter, found, ways, WishesOf(parsed, options)).Run(
            SetsOf(parsed, options, ways[0], changes, parsed.GetValue(options.Plain)));
    }

    private static void AskEndpoint(
        Reporter reporter, ParseResult parsed, EvaluateOptions options, string address, string[] changes)
    {
        RefuseDecoding(parsed, options);
        if (EvaluateOptions.Given(parsed, options.OfAudits) is { } audit)
            throw new UserError($"{audit.Name}: an audit puts other thoughts before the answer, and a server takes texts and not "
                + "mixtures: evaluate the model itself (a folder or .gguf)");
        if (parsed.GetValue(options.Plain))
            throw new UserError("--plain: an endpoint's chat takes turns; for plain texts give --completions");
        var mode = EndpointEvaluation.ModeOf(parsed.GetValue(options.Modes), PresetsOf(parsed, options), changes);
        var wishes = new EndpointWishes(
            address, parsed.GetValue(options.Model), parsed.GetValue(options.Completions),
            AtLeastOne(parsed, options.Concurrency), AtLeastOne(parsed, options.Choices),
            parsed.GetValue(options.Timeout) is > 0 and < 1e6 and var seconds ? TimeSpan.FromSeconds(seconds)
                : throw new UserError("--timeout: expected a number of seconds above 0"));
        var sets = SetsOf(parsed, options, mode, changes, wishes.Plain)
            ?? throw new UserError("an endpoint has no problems of its own: name --benchmarks (see softly evaluate --list)");
        new EndpointEvaluation(reporter, wishes, WishesOf(parsed, options)).Run(mode, sets);
    }

    /// <summary>
    /// The benchmarks that are asked. Columns, suffix and grader of a run's recipe belong to what it was trained on: for benchmarks
    /// the command line says them, or nobody. The system turn is the model's custom and stays.
    /// </summary>
    private static IReadOnlyList<AskedSet>? SetsOf(
        ParseResult parsed, EvaluateOptions options, AnswerMode mode, string[] changes, bool plain)
    {
        if (parsed.GetValue(options.Benchmarks) is not { } names) return null;
        var said = RecipeReader.Read(null, AnswerModes.Split(changes).All) with { SystemPrompt = mode.Recipe.SystemPrompt };
        var slice = Slice.Of(parsed.GetValue(options.Limit), parsed.GetValue(options.Slices));
        return new BenchmarkSets(said, parsed.GetValue(options.Data), slice, parsed.GetValue(options.Split), plain).Of(names);
    }

    private static IReadOnlyList<Preset> PresetsOf(ParseResult parsed, EvaluateOptions options) =>
        parsed.GetValue(options.Presets) is { } names ? Preset.Find(names) : [];

    private static EvaluationWishes WishesOf(ParseResult parsed, EvaluateOptions options) => new(
        parsed.GetValue(options.Out),
        parsed.GetValue(options.Piece) is < 1 ? throw new UserError("--piece: expected a whole number of at least 1")
            : parsed.GetValue(options.Piece),
        KsOf(parsed.GetValue(options.Ks)), CommandLine())
    {
        AuditSamples = parsed.GetValue(options.AuditSamples) switch
        {
            < 1 => throw new UserError("--audit-samples: expected a whole number of at least 1"),
            not null when !parsed.GetValue(options.Audit) =>
                throw new UserError("--audit-samples does nothing without --audit: give that too, or leave it out"),
            var samples => parsed.GetValue(options.Audit) ? samples ?? AuditRun.DefaultSamples : null,
        },
    };

    private static void RefuseDecoding(ParseResult parsed, EvaluateOptions options)
    {
        if (parsed.GetValue(options.Decoding) is not null)
            throw new UserError("--decoding names the source's own decoding; with benchmarks or modes, modes have the names");
    }

    private static int AtLeastOne(ParseResult parsed, Option<int> option) => parsed.GetValue(option) is >= 1 and var number
        ? number
        : throw new UserError($"{option.Name}: expected a whole number of at least 1");

    private static List<int>? KsOf(string? text)
    {
        if (text is null) return null;
        var ks = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(k =>
            int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0
                ? n : throw new UserError($"--k: '{k}' is no whole number of at least 1")).Distinct().Order().ToList();
        return ks.Count > 0 ? ks : throw new UserError("--k names none: give numbers such as 1,4,16");
    }

    private static string CommandLine() => "softly " + string.Join(
        ' ', Environment.GetCommandLineArgs().Skip(1).Select(a => a.Any(char.IsWhiteSpace) ? $"\"{a}\"" : a));
}
