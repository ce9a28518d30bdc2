using System.Globalization;
using System.Text;
using System.Text.Json;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tests.Cli;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Parity;

/// <summary>
/// Our discrete GRPO against six seeds of TRL's from the same checkpoint, data and settings. Run by hand, some ten minutes:
/// <code>./build.sh test -trait "Weight=Long" -class "Softly.Tests.Parity.*"</code>
/// Writes artifacts/parity/table.md and the curves beside it.
/// </summary>
[Trait("Weight", "Long")]
public class TrlParityTests
{
    private const int Seeds = 6;
    private static readonly int[] Steps = [100, 200, 300];
    private static readonly int[] Ks = [1, 4, 16, 32];
    private static readonly (string Ours, string Theirs)[] Splits = [("test", "test"), ("train_evaluation", "train")];

    [Fact]
    public void Our_grpo_learns_what_the_standard_one_learns()
    {
        var theirs = File.ReadLines(Reference.Require("golden", "parity", "trl_runs.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement).ToList();
        using var folder = new TemporaryFolder();
        var recipe = Path.Combine(Reference.Repository, "recipes", "parity", "grpo-trl.yaml");
        Parallel.For(
            1, Seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount) }, seed =>
        {
            var (code, _, error) = Command.Run(
                folder.Path, TimeSpan.FromMinutes(30), "train", recipe, $"seed={seed}", $"output_dir={seed}", "threads=1",
                "log_completions_steps=0",
                $"dataset_name={Path.Combine(Reference.Folder, "golden/parity/train.jsonl")}",
                $"model_name_or_path={Path.Combine(Reference.Folder, "golden/parity/warm_start")}",
                $"dataset_test={Path.Combine(Reference.Folder, "golden/parity/test.jsonl")}|"
                + $"{Path.Combine(Reference.Folder, "golden/parity/train_evaluation.jsonl")}");
            Assert.True(code == 0, error);
        });
        var ours = Enumerable.Range(1, Seeds).Select(s => MetricsLog.Read(folder.File($"{s}/metrics.jsonl"))).ToList();

        var into = Directory.CreateDirectory(Path.Combine(Reference.Repository, "artifacts", "parity")).FullName;
        var table = new StringBuilder(
            "| step | split | k | TRL, 6 seeds | ours, 6 seeds | difference / its standard error |\n|---|---|---|---|---|---|\n");
        var scores = new List<double>();
        foreach (var step in Steps)
            foreach (var (mine, their) in Splits)
                foreach (var k in Ks)
                {
                    var a = theirs
                        .Select(r => r.GetProperty("evaluation").EnumerateArray()
                            .Single(e => e.GetProperty("step").GetInt32() == step)
                            .GetProperty(their).GetProperty($"pass@{k}").GetDouble())
                        .ToArray();
                    var b = ours
                        .Select(r => 100 * r.Single(e => e.Step == step && e.Metrics.ContainsKey($"eval_{mine}_pass@{k}"))
                            .Metrics[$"eval_{mine}_pass@{k}"])
                        .ToArray();
                    var z = (b.Average() - a.Average()) / Math.Sqrt(Square(a) / a.Length + Square(b) / b.Length);
                    scores.Add(z);
                    table.AppendLine(
                        CultureInfo.InvariantCulture,
                        $"| {step} | {their} | {k} | {a.Average():F1} ± {Math.Sqrt(Square(a)):F1} | "
                        + $"{b.Average():F1} ± {Math.Sqrt(Square(b)):F1} | {z:+0.0;−0.0;0.0} |");
                }
        File.WriteAllText(Path.Combine(into, "table.md"), table.ToString());
        foreach (var (name, theirName, title) in new[]
        {
            ("reward", "reward", "Training reward"),
            ("entropy", "entropy", "Entropy, nats"),
            ("grad_norm", "grad_norm", "Gradient norm"),
            ("frac_reward_zero_std", "frac_reward_zero_std", "Groups without spread")
        })
        {
            var chart = new Chart
            {
                Title = title, // lines are means, bands ranges of six seeds; a point is ten steps
                Series =
                [
                    Curve(
                        "TRL",
                        theirs.Select(r => r.GetProperty(theirName).EnumerateArray().Select(x => x.GetDouble()).ToArray())),
                    Curve(
                        "Softly",
                        ours.Select(r => r.Where(e => e.Metrics.ContainsKey(name)).Select(e => e.Metrics[name]).ToArray()))
                ],
            };
            File.WriteAllText(Path.Combine(into, name + ".svg"), chart.ToSvgFile());
        }

        // 24 comparisons at two standard errors: one or two stand outside by chance, and they are not independent.
        Assert.True(scores.Count(z => Math.Abs(z) > 2) <= 4 && scores.All(z => Math.Abs(z) < 4), table.ToString());
        Assert.InRange(
            Mean(ours, "reward") - theirs.Average(r => r.GetProperty("reward").EnumerateArray().Average(x => x.GetDouble())),
            -0.02, 0.02);
        Assert.InRange(
            Mean(ours, "entropy") - theirs.Average(r => r.GetProperty("entropy").EnumerateArray().Average(x => x.GetDouble())),
            -0.02, 0.02);
    }

    private static double Mean(IEnumerable<IReadOnlyList<MetricsEntry>> runs, string name) =>
        runs.SelectMany(r => r).Where(e => e.Metrics.ContainsKey(name)).Average(e => e.Metrics[name]);

    /// <summary>Sample variance.</summary>
    private static double Square(double[] values) =>
        values.Sum(v => (v - values.Average()) * (v - values.Average())) / (values.Length - 1);

    private static Series Curve(string name, IEnumerable<double[]> runs)
    {
        var smooth = runs.Select(r => r.Chunk(10).Select(c => c.Average()).ToArray()).ToArray();
        return new Series(
            name,
            [.. Enumerable.Range(0, smooth[0].Length).Select(i => new ChartPoint(
                10 * i + 5, new Estimate(smooth.Average(s => s[i]), smooth.Min(s => s[i]), smooth.Max(s => s[i]))))])
        {
            Spread = Spread.Band
        };
    }
}
