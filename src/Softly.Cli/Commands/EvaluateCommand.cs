using System.CommandLine;
using Softly.Evaluation;
using Softly.Runs;

namespace Softly.Cli.Commands;

/// <summary><c>softly evaluate</c></summary>
internal static class EvaluateCommand
{
    public static Command Make()
    {
        var source = new Argument<string>("SOURCE") { Description = "a run's folder, a checkpoint, a model (Hugging Face folder or .gguf) or a recipe" };
        var changes = Common.Changes();
        var name = new Option<string>("--decoding") { Description = "a name for this way of decoding in the record", DefaultValueFactory = _ => "own" };
        var json = Common.Json();
        var command = new Command("evaluate", "Answer held-out problems several times and report unbiased pass@k with 95 % intervals.") { source, changes, name, json }.WithExamples(
            "softly evaluate runs/try eval_problems=300 eval_samples=64",
            "softly evaluate runs/try thinking_law=none --decoding discrete",
            "softly evaluate model.gguf task=gsm8k dataset_test=gsm8k_test.jsonl max_completion_length=256");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var found = Source.Find(parsed.GetValue(source)!, parsed.GetValue(changes)!);
            var setup = new Setup(found.Recipe, found.Model, training: false);
            var problems = setup.TestProblems();
            if (setup.Origin is { } origin) reporter.Say(origin);
            using var interrupt = new Interrupt("stopping: an evaluation that is not whole is not kept");
            var eta = System.Diagnostics.Stopwatch.StartNew();
            var samples = found.Recipe.EvalSamples;
            using var model = setup.MakeModel();
            using var bench = setup.MakeWorkbench(model, share => reporter.Progress(
                $"{share:P0} of {problems.Count} problems × {samples} answers · {HumanTime.Format(eta.Elapsed.TotalSeconds * (1 - share) / Math.Max(share, 1e-9))} left"));
            var results = new Evaluator(bench.Generator, setup.Task).Run(
                [.. problems.Select(bench.Reader.Read)], samples, setup.Sampling, (ulong)found.Recipe.Seed, cancel: interrupt.Token);
            var record = Evaluations.Record(found.Recipe.Algorithm, parsed.GetValue(name)!, StepOf(found.Model), setup.Task, results, found.Recipe.Seed);
            if (reporter.Json)
            {
                reporter.Record(new
                {
                    task = setup.Task.Name, problems = results.Count, samples,
                    pass_at_k = record.PassAtK.ToDictionary(p => p.K.ToString(), p => new { estimate = p.Share.Value, low = p.Share.Low, high = p.Share.High, guess = p.Guess }),
                    first_thought_entropy = record.FirstThoughtEntropy, numbers = record.Numbers,
                });
            }
            else
            {
                foreach (var p in record.PassAtK) reporter.Say($"pass@{p.K,-3} {p.Share.Times(100).Text(),-22}{(p.Guess is { } g ? $" guessing {100 * g:F1}" : "")}");
                foreach (var (key, value) in record.Numbers) reporter.Say($"{key} {value:F3}");
                reporter.Say($"entropy at the first step {record.FirstThoughtEntropy:F2} nats");
                reporter.Say($"%, 95 % intervals over {results.Count} problems × {samples} answers in {HumanTime.Format(eta.Elapsed)}; verdicts: {Verdicts(results)}");
            }
            if (found.Run is { } run) reporter.Say($"kept as {new EvaluationLog(Path.Combine(run, "evaluations")).Add(record)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Verdicts(IReadOnlyList<ProblemResult> results) => string.Join(", ", results.SelectMany(r => r.Grades).GroupBy(g => g.Verdict)
        .OrderBy(g => g.Key).Select(g => $"{g.Count():N0} {RolloutText.Name(g.Key)}"));

    private static int StepOf(string? model) => model is not null && Path.GetFileName(Path.TrimEndingDirectorySeparator(model)).Split('-') is ["checkpoint", var step] && int.TryParse(step, out var n) ? n : 0;
}
