using System.CommandLine;
using System.Diagnostics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Commands;

/// <summary><c>softly evaluate</c></summary>
internal static class EvaluateCommand
{
    /// <summary>Keys that make another decoding of the same weights.</summary>
    private static readonly string[] DecodingKeys =
    [
        "thinking_law", "gumbel_softmax_temperature", "noise_factor", "enable_soft_thinking", "think_end_str", "temperature",
        "top_p", "top_k", "min_p", "max_topk", "after_thinking_temperature", "after_thinking_top_p", "after_thinking_top_k",
        "after_thinking_min_p", "max_completion_length", "stop_strings", "concentration", "noise_sigma", "thought_draws",
        "draw_weights", "input_beta", "neighbors", "neighbor_rate", "think_length", "cold_stop_entropy", "cold_stop_length",
    ];

    public static Command Make()
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "a run's folder, a checkpoint, a model (Hugging Face folder or .gguf) or a recipe"
        };
        var changes = Common.Changes();
        var name = new Option<string?>("--decoding")
        {
            Description = "a name for this way of decoding [default: own, or what was changed]"
        };
        var json = Common.Json();
        var command = new Command(
            "evaluate", "Answer held-out problems several times and report unbiased pass@k with 95 % intervals.")
            { source, changes, name, json }.WithExamples(
                "softly evaluate runs/try eval_problems=300 eval_samples=64",
                "softly evaluate runs/try thinking_law=none",
                "softly evaluate model.gguf task=gsm8k dataset_test=gsm8k_test.jsonl max_completion_length=256");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var found = Source.Find(parsed.GetValue(source)!, parsed.GetValue(changes)!);
            var decoding = parsed.GetValue(name) ?? Decoding(found.Recipe, Source.Find(parsed.GetValue(source)!, []).Recipe);
            var setup = new Setup(found.Recipe, found.Model, training: false);
            if (setup.Problems.Origin is { } origin) reporter.Say(origin);
            using var interrupt = new Interrupt("stopping: an evaluation that is not whole is not kept");
            var clock = new Stopwatch();
            using var model = setup.MakeModel();
            using var bench = setup.MakeWorkbench(model, share => reporter.Progress(
                $"{share:P0} · {HumanTime.Format(clock.Elapsed.TotalSeconds * (1 - share) / Math.Max(share, 1e-9))} left"));
            foreach (var (set, problems) in setup.Problems.Tests())
            {
                clock.Restart();
                var samples = found.Recipe.EvalSamples;
                reporter.Progress($"{problems.Count} problems × {samples} answers", important: true);
                var results = new Evaluator(bench.Generator, setup.Task).Run(
                    [.. problems.Select(bench.Reader.Read)], samples, setup.Sampling, (ulong)setup.Problems.EvalSeed,
                    cancel: interrupt.Token);
                var record = Evaluations.Record(
                    found.Recipe.Algorithm, set is null ? decoding : $"{decoding} · {set}", StepOf(found.Model), setup.Task,
                    results, found.Recipe.Seed);
                Show(reporter, set, record, results, clock.Elapsed);
                if (found.Run is { } run)
                    reporter.Say($"kept as {new EvaluationLog(Path.Combine(run, "evaluations")).Add(record)}");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>"own" where the weights answer as they were trained, else what is different.</summary>
    private static string Decoding(Recipe asked, Recipe own)
    {
        var changed = RecipeReader.Keys.Where(
            k => DecodingKeys.Contains(k.Name) && !Equals(k.Property.GetValue(asked), k.Property.GetValue(own)));
        return string.Join(' ', changed.Select(k => $"{k.Name}={k.Property.GetValue(asked)}").DefaultIfEmpty("own"));
    }

    private static void Show(
        Reporter reporter, string? set, EvaluationRecord record, IReadOnlyList<ProblemResult> results, TimeSpan time)
    {
        var verdicts = results.SelectMany(r => r.Grades).GroupBy(g => g.Verdict).OrderBy(g => g.Key)
            .ToDictionary(g => g.Key.Name(), g => g.Count());
        if (reporter.Json)
        {
            reporter.Record(new
            {
                task = record.Task,
                set,
                decoding = record.Decoding,
                problems = results.Count,
                samples = record.Problems[0].Samples,
                pass_at_k = record.PassAtK.ToDictionary(
                    p => p.K.ToString(),
                    p => new { estimate = p.Share.Value, low = p.Share.Low, high = p.Share.High, guess = p.Guess }),
                first_thought_entropy = record.FirstThoughtEntropy,
                numbers = record.Numbers,
                verdicts,
            });
            return;
        }
        if (set is not null) reporter.Say(set);
        foreach (var p in record.PassAtK)
            reporter.Say($"pass@{p.K,-3} {p.Share.Times(100).Text(),-22}{(p.Guess is { } g ? $" guessing {100 * g:F1}" : "")}");
        foreach (var (key, value) in record.Numbers) reporter.Say($"{key} {value:F3}");
        reporter.Say($"entropy at the first step {record.FirstThoughtEntropy:F2} nats");
        reporter.Say($"%, 95 % intervals over {results.Count} problems × {record.Problems[0].Samples} answers in "
            + $"{HumanTime.Format(time)}; "
            + $"verdicts: {string.Join(", ", verdicts.Select(v => $"{v.Value:N0} {v.Key}"))}");
    }

    private static int StepOf(string? model) =>
        model is not null
            && Path.GetFileName(Path.TrimEndingDirectorySeparator(model)).Split('-') is ["checkpoint", var step]
            && int.TryParse(step, out var n) ? n : 0;
}
