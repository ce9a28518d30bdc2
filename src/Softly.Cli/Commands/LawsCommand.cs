using System.CommandLine;
using System.Globalization;
using Softly.Evaluation;
using Softly.Sampling;

namespace Softly.Cli.Commands;

/// <summary><c>softly laws</c></summary>
internal static class LawsCommand
{
    private const string Begin = "<!-- softly laws: begin -->", End = "<!-- softly laws: end -->";

    public static Command Make()
    {
        var draws = new Option<int>("--draws")
        {
            Description = "draws a distribution; the errors fall with their root", DefaultValueFactory = _ => 100_000,
        };
        var into = new Option<string?>("--into")
        {
            Description = $"a Markdown file whose text between '{Begin}' and '{End}' is replaced by the table",
        };
        var json = Common.Json();
        var command = new Command(
            "laws", "Measure every law of thoughts: is its density exact, how noisy is its score, how fast do its ratios spread.")
        {
            draws, into, json,
        }.WithExamples("softly laws", "softly laws --into docs/algorithms/README.md");
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(draws) < 1000)
                throw new UserError($"--draws {parsed.GetValue(draws)}: expected at least 1000, or the errors say nothing");
            var file = parsed.GetValue(into);
            if (file is not null) Cut(file);
            NativeTorch.Load();
            var reporter = new Reporter(parsed.GetValue(json));
            var profiler = new LawProfiler(parsed.GetValue(draws));
            var profiles = new List<LawProfile>();
            foreach (var name in StepLaws.Names)
            {
                reporter.Progress($"measuring {name} ({profiles.Count + 1} of {StepLaws.Names.Count})");
                var profile = profiler.Measure(StepLaws.Make(name, new LawSettings()));
                profiles.Add(profile);
                reporter.Record(new
                {
                    law = name, exact = profile.Law.IsExact, trains = profile.Law.CanTrain, scores = profile.Scores,
                    ess = profile.SampleSizes, mean_score_errors = profile.MeanScore, cost = profile.Cost,
                });
            }
            var table = Table(profiles);
            if (file is not null)
            {
                var (before, after) = Cut(file);
                File.WriteAllText(file, $"{before}{Begin}\n{table}{End}{after}");
                reporter.Say($"table written into {file}");
            }
            else if (!reporter.Json) reporter.Say(table);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>What stands before and after the table.</summary>
    private static (string Before, string After) Cut(string file)
    {
        if (!File.Exists(file)) throw new UserError($"{file}: there is no such file");
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return from >= 0 && to > from
            ? (text[..from], text[(to + End.Length)..])
            : throw new UserError($"{file}: expected the lines '{Begin}' and '{End}', between which the table goes");
    }

    private static string Table(IEnumerable<LawProfile> profiles)
    {
        var lines = new List<string>
        {
            "| law | exact | score variance at p₁ = .97 | at .6 | uniform | mean score | ESS at drift .1 | at .3 | cost |",
            "|---|---|---|---|---|---|---|---|---|",
        };
        foreach (var p in profiles)
        {
            var scores = p.Scores.Count > 0 ? p.Scores.Select(Score) : ["–", "–", "–"];
            var sizes = p.SampleSizes?.Select(s => Number(s, 3)) ?? ["–", "–"];
            lines.Add($"| `{p.Law.Name}` | {(!p.Law.CanTrain ? "no density" : p.Law.IsExact ? "yes" : "no")} | "
                + $"{string.Join(" | ", scores)} | {Mean(p)} | {string.Join(" | ", sizes)} | {Number(p.Cost, 1)} |");
        }
        return string.Join('\n', lines) + "\n";

        static string Score(ScoreProfile s) => s.Formula is { } f
            ? $"{Number(f, 3)} ({Number(s.Measured, 3)})"
            : $"({Number(s.Measured, 3)} ± {Number(s.Error, 3)})";
        // Of up to fifteen components the largest is above four standard errors once in a thousand times.
        static string Mean(LawProfile p) => p.MeanScore is not { } m ? "–" : m < 4 ? "0" : $"off by {Number(m, 0)} s.e.";
        static string Number(double x, int digits) => x.ToString("F" + digits, CultureInfo.InvariantCulture);
    }
}
