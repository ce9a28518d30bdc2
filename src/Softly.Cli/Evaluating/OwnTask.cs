using System.Diagnostics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>The short way: a recipe's own held-out problems with its own decoding, kept as one record in its run.</summary>
internal static class OwnTask
{
    /// <summary>Evaluates and says what came out.</summary>
    /// <param name="reporter">Told where it stands.</param>
    /// <param name="found">The source with the command line's changes.</param>
    /// <param name="own">Its recipe without them.</param>
    /// <param name="name">A name for the decoding; null for what was changed.</param>
    public static void Run(Reporter reporter, Source found, Recipe own, string? name)
    {
        var decoding = name ?? Decoding(found.Recipe, own);
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
            Show(reporter, set, record, results, samples, clock.Elapsed);
            if (found.Run is { } run)
                reporter.Say($"kept as {new EvaluationLog(Path.Combine(run, "evaluations")).Add(record)}");
        }
    }

    /// <summary>The training steps behind a checkpoint, by its name; 0 for other models.</summary>
    public static int StepOf(string? model) =>
        model is not null
            && Path.GetFileName(Path.TrimEndingDirectorySeparator(model)).Split('-') is ["checkpoint", var step]
            && int.TryParse(step, out var n) ? n : 0;

    /// <summary>"own" where the weights answer as they were trained, else what is different.</summary>
    private static string Decoding(Recipe asked, Recipe own)
    {
        var changed = RecipeReader.Keys.Where(
            k => AnswerModes.Keys.Contains(k.Name) && !Equals(k.Property.GetValue(asked), k.Property.GetValue(own)));
        return string.Join(' ', changed.Select(k => $"{k.Name}={k.Property.GetValue(asked)}").DefaultIfEmpty(AnswerModes.Own));
    }

    private static void Show(
        Reporter reporter, string? set, EvaluationRecord record, IReadOnlyList<ProblemResult> results, int samples, TimeSpan time)
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
                problems = record.Problems.Count,
                samples,
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
        if (record.PassAtK.Count == 0) reporter.Say("no answer could be judged");
        foreach (var (key, value) in record.Numbers) reporter.Say($"{key} {value:F3}");
        reporter.Say($"entropy at the first step {record.FirstThoughtEntropy:F2} nats");
        reporter.Say($"%, 95 % intervals over {record.Problems.Count} problems × {samples} answers in "
            + $"{HumanTime.Format(time)}; "
            + $"verdicts: {string.Join(", ", verdicts.Select(v => $"{v.Value:N0} {v.Key}"))}");
    }
}
