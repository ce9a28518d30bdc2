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

    private static ComparedBudget Budget(double ratio, bool control) => new(
        ratio, [.. Ks.Select(k => new BudgetedPass(k, k / ratio, new Estimate(0.3, 0.25, 0.35), k / ratio > 32))],
        control ? [] : Differences(0.021), control ? Differences(0.021) : []);

    /// <summary>The same over two kinds of start, of two models each, with an arm that is not finished.</summary>
    private static ComparisonResult OverStarts { get; } = Result with
    {
        Starts = [new ComparedStart("path", "task_thoughts: path", 130176, 1300), new ComparedStart("sets", "", 0, 900)],
        StartSeeds = [1, 2],
        Matched = [],
        Arms = [.. Result.Arms.Take(2).Select((arm, i) => arm with
        {
            Common = [],
            CommonToControl = [],
            Audit = i == 1 ? null : new ComparedAudit([], [], ["thinking_law blank thinks of nothing"]),
            Starts = new ComparedStarts
            {
                Start = "path", Own = [.. Ks.Select(k => new PassAt(k, new Estimate(0.61, 0.57, 0.65)))],
                Gain = Differences(0.053), StartToControl = i == 1 ? [] : Differences(-0.014),
                BySeed = [new ComparedStartSeed(1, Rates(0.2), Rates(0.3)), new ComparedStartSeed(2, Rates(0.21), Rates(0.35))],
                Cost = new ComparedCost(new AnswerCost(7.25, 91, 2.5e6, 3.1e7), 1.234e6, 3.21e12),
                EqualPositions = Budget(i == 1 ? 1 : 0.7, i == 1), EqualFlops = Budget(i == 1 ? 1 : 1.5, i == 1),
            },
        })],
        Unfinished = [new UnfinishedArm("blank", 1, 2, 0, 2, 0, 6, [new SeedRates(1, [0.123])])],
    };

    [Fact]
    public void Several_starts_have_their_tables_before_and_after_training_one_by_one_and_at_equal_cost()
    {
        var text = ComparisonReport.ToMarkdown(OverStarts).Replace("\\_", "_");
        foreach (var part in new[]
        {
            "| path | task_thoughts: path | 130,176 | 1300 |",
            "| sets | – | – | 900 |",
            "2 warm starts × start seeds 1, 2: every arm runs from all models of its start with every seed, 6 runs an arm.",
            "Before training, each arm's starts in its own decoding: pass@k in percent with 95 % intervals over starts and "
                + "problems",
            "| grpo | 1e-4 | 61.0 [57.0, 65.0] |",
            "intervals over starts, seeds and problems",
            "| grpo | +5.3 [+4.1, +6.6] |", // the gain
            "| grpo | −1.4 [−2.6, −0.1] |", // before training, to the control
            "pass@32 in percent of every start seed, before training → after it (mean of 3 seeds)",
            "| grpo | 21.0 → 31.0 | 22.0 → 36.0 |",
            "| grpo | 7.25 | 91.0 | 2500 | 31000 | 1234 | 3.21 |",
            "For as many positions generated as k answers of discrete on support",
            "| grpo | × 0.70 | 30.0 [25.0, 35.0] | 30.0 [25.0, 35.0] | 30.0 [25.0, 35.0] | ≥ 30.0 [25.0, 35.0] |",
            "| ≥ +2.1 ", "| ≤ +2.1 ", // where more answers were due than drawn: of the arm, of the one it is compared with
            "Points minus discrete on support, for as many operations as k answers of discrete on support",
            "| blank | 1 of 2 | 0 of 2 | 0 of 6 | 12.3 | – | – | – |",
            "starts and seeds are paired where both arms begin with the same start, and drawn apart where they do not",
            "≥ marks where more answers would be due than were drawn",
            "| grpo | not to be audited 1 | – | – | – |", "- grpo: thinking_law blank thinks of nothing.",
        })
            Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.DoesNotContain("all in the decoding of", text, StringComparison.Ordinal); // no arm was read so but the control
        Assert.All(ComparisonReport.ToText(OverStarts).Split('\n'), line => Assert.True(line.Length <= 100, line));
        Assert.Contains("At equal cost", ComparisonReport.ToHtml(OverStarts), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_several_starts_names_what_they_add()
    {
        using var json = JsonDocument.Parse(ComparisonReport.ToJson(OverStarts));
        var root = json.RootElement;
        Assert.Equal("sets", root.GetProperty("starts")[1].GetProperty("name").GetString());
        var arm = root.GetProperty("arms")[0];
        Assert.Equal(0.35, arm.GetProperty("by_start_seed")[1].GetProperty("after")[0].GetProperty("seeds")[0].GetDouble());
        Assert.Equal("thinking_law blank thinks of nothing", arm.GetProperty("not_audited")[0].GetString());
        Assert.Equal(JsonValueKind.Null, arm.GetProperty("audit_on_the_set").ValueKind);
        Assert.Equal(7.25, arm.GetProperty("cost").GetProperty("positions_per_answer").GetDouble());
        var last = arm.GetProperty("equal_positions").GetProperty("pass_at_k")[3];
        Assert.True(last.GetProperty("capped").GetBoolean());
        Assert.Equal(32 / 0.7, last.GetProperty("answers").GetDouble(), 9);
        Assert.Equal(6, root.GetProperty("unfinished")[0].GetProperty("runs_in_all").GetInt32());
        using var plain = JsonDocument.Parse(ComparisonReport.ToJson(Result));
        foreach (var name in new[] { "starts", "start_seeds", "unfinished" })
            Assert.False(plain.RootElement.TryGetProperty(name, out _));
    }

    [Fact]
    public void A_comparison_of_which_nothing_is_finished_says_so_in_every_form()
    {
        var nothing = OverStarts with { Arms = [] };
        Assert.Contains("| blank | 1 of 2 |", ComparisonReport.ToMarkdown(nothing), StringComparison.Ordinal);
        Assert.Contains("1 of 2", ComparisonReport.ToText(nothing), StringComparison.Ordinal);
        Assert.Contains("1 of 2", ComparisonReport.ToHtml(nothing), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(ComparisonReport.ToJson(nothing));
        Assert.Equal(0, json.RootElement.GetProperty("arms").GetArrayLength());
    }
}
