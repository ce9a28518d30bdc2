using System.CommandLine;
using System.Text.Json;
using Softly.Cli.Benches;

namespace Softly.Cli.Commands;

/// <summary><c>softly bench</c></summary>
internal static class BenchCommand
{
    public static Command Make()
    {
        var parts = new Argument<string[]>("PART")
        {
            Description = $"what to measure, all where nothing is said: {string.Join(", ", Catalog.Parts.Select(p => p.Name))}; "
                + "and recipe keys that may be chosen, such as engine=torch or dtype=bfloat16",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var model = new Option<string?>("--model")
        {
            Description = $"instead of 135m with random weights: {string.Join(", ", Shape.Known.Select(s => s.Name))}, "
                + "a model's files or org/name",
        };
        var quick = new Option<bool>("--quick") { Description = "small sizes, few runs: whether all works, not how fast it is" };
        var threads = new Option<int?>("--threads") { Description = "of libtorch and of the kernels; left out, all cores" };
        var seed = new Option<int>("--seed")
        {
            Description = "of weights, prompts, draws and rewards", DefaultValueFactory = _ => 1,
        };
        var list = new Option<bool>("--list") { Description = "say what would be measured, and measure nothing" };
        var output = new Option<string?>("--out") { Description = "a JSON file for all that was found" };
        var from = new Option<string?>("--from") { Description = "a file that --out wrote, instead of measuring" };
        var record = new Option<string?>("--record") { Description = "a file for the figures alone, as in benchmarks/baselines" };
        var against = new Option<string?>("--against")
        {
            Description = "a file that --record or --out wrote: figures that changed by more than its tolerance are said; "
                + "exit code 1 where one is worse",
        };
        var markdown = new Option<bool>("--markdown") { Description = "tables in Markdown instead of text" };
        var into = new Option<string?>("--into")
        {
            Description = $"a Markdown file whose text between '{BenchReport.Begin}' and '{BenchReport.End}' the tables replace",
        };
        var only = new Option<string?>("--only") { Hidden = true }; // a measurement's own process
        var json = Common.Json();
        var command = new Command(
            "bench", "Measure rollouts, updates and whole steps beside the limits of this machine. Exit code 1: worse than "
                + "--against; 3: a part that was asked for by name needs something that is not here.")
        {
            parts, model, quick, threads, seed, list, output, from, record, against, markdown, into, only, json,
        }.WithExamples(
            "softly bench",
            "softly bench step --model tiny engine=torch",
            "softly bench ceilings rollouts --quick",
            "softly bench --out bench.json --into docs/performance.md --record benchmarks/baselines/bench-2-vcpu-x64-avx512.json",
            "softly bench --from bench.json --against benchmarks/baselines/bench-2-vcpu-x64-avx512.json");
        command.SetAction(parsed =>
        {
            var words = parsed.GetValue(parts)!;
            var options = new BenchOptions
            {
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount, Seed = parsed.GetValue(seed),
                Quick = parsed.GetValue(quick), Model = parsed.GetValue(model), Changes = [.. words.Where(w => w.Contains('='))],
            };
            if (options.Threads < 1) throw new UserError($"--threads {options.Threads}: expected a whole number of at least 1");
            if (options.Seed < 0) throw new UserError($"--seed {options.Seed}: expected a whole number of at least 0");
            if (parsed.GetValue(only) is { } name) return Alone(name, options);

            string[] asked = [.. words.Where(w => !w.Contains('='))];
            var scenarios = Catalog.Of(asked);
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(list)) return List(scenarios, reporter);
            if (options.Model is { } given) Shape.Find(given);
            foreach (var scenario in scenarios) options.Recipe(scenario.Own, []);
            var recorded = parsed.GetValue(against) is { } file ? RecordedRatios.Read(file) : null;
            if (parsed.GetValue(into) is { } page) BenchReport.Cut(page);

            BenchDocument document;
            var code = ExitCode.Ok;
            if (parsed.GetValue(from) is { } written)
            {
                if (words.Length > 0) throw new UserError($"--from: {written} is what was measured; leave '{words[0]}' out");
                document = BenchDocument.Read(written);
            }
            else
            {
                NativeTorch.Load();
                using var interrupt = new Interrupt("stopping: what was measured so far is told and goes into --out");
                var run = new BenchRun(options, reporter);
                document = run.Measure(
                    scenarios, "softly " + string.Join(' ', parsed.Tokens.Select(t => t.Value)), interrupt.Token);
                code = run.Stopped ? ExitCode.Stopped : run.Code;
                if (code == ExitCode.Ok && scenarios.Any(s => document.Skipped.ContainsKey(s.Name) && asked.Contains(s.Part)))
                    code = ExitCode.Machine;
            }
            if (parsed.GetValue(output) is { } target) document.Write(target);
            if (code == ExitCode.Stopped)
            {
                reporter.Say(BenchReport.Text(document));
                return code;
            }
            if (parsed.GetValue(record) is { } baseline) RecordedRatios.Of(document).Write(baseline);
            if (parsed.GetValue(into) is { } doc)
            {
                var (before, after) = BenchReport.Cut(doc);
                File.WriteAllText(doc, $"{before}{BenchReport.Begin}\n{BenchReport.Markdown(document)}{BenchReport.End}{after}");
            }
            if (reporter.Json) reporter.Document(JsonSerializer.Serialize(document, BenchDocument.Form));
            else reporter.Say(parsed.GetValue(markdown) ? BenchReport.Markdown(document) : BenchReport.Text(document));
            return recorded is not null && Compare(document, recorded, parsed.GetValue(against)!, reporter) && code == ExitCode.Ok
                ? ExitCode.Different
                : code;
        });
        return command;
    }

    /// <summary>One scenario, in this process.</summary>
    private static int Alone(string name, BenchOptions options)
    {
        var scenario = Catalog.All.FirstOrDefault(s => s.Name == name)
            ?? throw new UserError($"--only {name}: there is no such measurement; see softly bench --list");
        NativeTorch.Load();
        scenario.Run(new Bench(options, word => Console.WriteLine(Isolated.Line(word))));
        return ExitCode.Ok;
    }

    private static int List(IReadOnlyList<Scenario> scenarios, Reporter reporter)
    {
        foreach (var (name, about) in Catalog.Parts.Where(p => scenarios.Any(s => s.Part == p.Name)))
        {
            if (!reporter.Json) reporter.Say($"{name}: {about}");
            foreach (var s in scenarios.Where(s => s.Part == name))
                if (reporter.Json) reporter.Record(new { part = s.Part, name = s.Name, about = s.About, seconds = s.Seconds });
                else reporter.Say($"    {s.Name}: {s.About}");
        }
        return ExitCode.Ok;
    }

    /// <summary>Says what changed.</summary>
    /// <returns>Whether anything is worse.</returns>
    private static bool Compare(BenchDocument document, RecordedRatios recorded, string file, Reporter reporter)
    {
        if (recorded.Machine != document.Machine)
            reporter.Say($"{file} is of another kind of machine ({recorded.Machine}): its figures need not hold here");
        if (document.Quick) reporter.Say("these are quick sizes: their figures say nothing of speed");
        var figures = document.Figures;
        var changes = recorded.Changes(figures).ToList();
        foreach (var c in changes)
            reporter.Say($"{(c.IsWorse ? "worse" : "better")}: {c.Figure.Name}: {c.Figure.Show(c.Before)} → "
                + $"{c.Figure.Show(c.Figure.Value)} (a factor of {c.Factor:0.00})");
        var known = figures.Count(f => recorded.Ratios.ContainsKey(f.Name));
        reporter.Say($"against {file} of {recorded.Date}: {known} figures compared, {changes.Count(c => c.IsWorse)} worse and "
            + $"{changes.Count(c => !c.IsWorse)} better by more than a factor of {$"{recorded.Tolerance}"}, "
            + $"{figures.Count - known} not in it, "
            + $"{recorded.Ratios.Keys.Count(k => figures.All(f => f.Name != k))} not measured");
        return changes.Any(c => c.IsWorse);
    }
}
