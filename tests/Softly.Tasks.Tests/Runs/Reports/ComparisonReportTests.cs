using System.Text.Json;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tasks.Tests.Runs.Reports;

public class ComparisonReportTests
{
    private static readonly int[] Ks = [1, 4, 16, 32];

    private static IReadOnlyList<SeedRates> Rates(double from) =>
        [.. Ks.Select((k, i) => new SeedRates(k, [from + i * 0.1, from + i * 0.1 + 0.02, from + i * 0.1 + 0.01]))];

    private static IReadOnlyList<PassDifference> Differences(double of) =>
        [.. Ks.Select(k => new PassDifference(k, new Estimate(of, of - 0.012, of + 0.013)))];

    private static ComparedArm Arm(string name, double from, bool control = false) => new()
    {
        Name = name, Changes = "algorithm: grpo", LearningRate = 1e-4, Sweep = [(5e-5, 0.51), (1e-4, 0.53)],
        Start = [.. Ks.Select(k => new PassAt(k, new Estimate(0.4, 0.38, 0.42)))], StartEntropy = 0.81, Own = Rates(from),
        Common = Rates(from), Entropy = 0.57, OwnToControl = control ? [] : Differences(-0.03),
        CommonToControl = control ? [] : Differences(-0.03), OwnToReference = Differences(0.2),
        Curve = [(0, Rates(from - 0.2)), (300, Rates(from))],
        Gradient = new ComparedGradient(16, 0.0567, control ? double.NaN : 0.94), SecondsPerStep = 0.1234,
    };

    private static ComparisonResult Result { get; } = new()
    {
        Name = "sample", CommandLine = "softly compare sample.yaml", Machine = new QuickstartMachine(2, ".NET", "linux-x64"),
        Jobs = 2, Task = new QuickstartTask("countdown-3", "reach a target", 300, 64, HeldOut: true),
        WarmStart = new QuickstartWarmStart(130176, 1300, 0, double.NaN), Seeds = [1, 2, 3], Steps = 300, PromptsPerStep = 16,
        GroupSize = 16, Sweep = new ComparisonSweep([5e-5, 1e-4], 150, 1, 200, 32), Control = "discrete on support",
        Reference = "grpo", Guess = [.. Ks.Select(k => new PassAt(k, Estimate.Exact(0.06 * k / 2)))],
        Arms =
        [
            Arm("grpo", 0.55), Arm("discrete on support", 0.6, control: true), Arm("discrete on support, pass@2", 0.58),
            Arm("winner | <b>", 0.58)
        ],
        Matched =
        [
            new ComparedLevel(55,
            [
                new ComparedMatch("grpo", 3, 204.3, 0.58, Rates(0.55), Differences(-0.01), []),
                new ComparedMatch("discrete on support", 3, 115, 0.6, Rates(0.55), [], Differences(0.01)),
                new ComparedMatch("winner | <b>", 0, double.NaN, double.NaN, [], [], [])
            ])
        ],
    };

    [Fact]
    public void The_console_s_summary_fits_100_columns()
    {
        var text = ComparisonReport.ToText(Result);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 100, line));
        Assert.Contains("56.0 ± 1.0", text);
        Assert.Contains("−3.0 [−4.2, −1.7]", text);
        Assert.Contains("0 of 3", text);
        Assert.Contains("0.057", text);
    }

    [Fact]
    public void Markdown_has_every_table_and_the_command()
    {
        var text = ComparisonReport.ToMarkdown(Result);
        Assert.Contains("softly compare sample.yaml", text);
        Assert.Contains("| grpo | 1e-4 | 56.0 ± 1.0 | 66.0 ± 1.0 | 76.0 ± 1.0 | 86.0 ± 1.0 | 0.57 |", text);
        Assert.Contains("| arm | 5e-5 | 1e-4 | taken |", text);
        Assert.Contains("winner \\| &lt;b> | 0 of 3", text);
        foreach (var what in new[]
        {
            "own decoding minus grpo in its own", "where pass@1 is 55", "signal to noise", "seeds 1, 2, 3"
        })
            Assert.Contains(what, text.Replace("\\_", "_"));
    }

    [Fact]
    public void The_page_draws_the_curves_and_escapes_names()
    {
        var html = ComparisonReport.ToHtml(Result);
        Assert.Equal(2, html.Split("<svg").Length - 1);
        Assert.DoesNotContain("<b>", html);
    }

    [Fact]
    public void Json_holds_numbers_and_null_for_none()
    {
        using var json = JsonDocument.Parse(ComparisonReport.ToJson(Result));
        var arms = json.RootElement.GetProperty("arms");
        Assert.Equal(0.55, arms[0].GetProperty("own")[0].GetProperty("seeds")[0].GetDouble());
        Assert.Equal(JsonValueKind.Null, arms[1].GetProperty("gradient").GetProperty("cosine").ValueKind);
        var matched = json.RootElement.GetProperty("matched")[0].GetProperty("arms");
        Assert.Equal(0, matched[2].GetProperty("seeds_bracketing").GetInt32());
    }
}
