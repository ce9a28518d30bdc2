using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class RunReportTests
{
    [Fact]
    public void A_run_folder_becomes_a_page()
    {
        using var folder = new TemporaryFolder();
        using var run = RunFolder.Create(folder["my run"], "algorithm: soft-grpo\n");
        using (var log = new MetricsLog(run.MetricsPath))
        {
            foreach (var entry in SampleQuickstart.Curve(20, 0.4, 0.6, 0.8, 0.5, soft: true))
                log.Append(entry.Step, entry.Metrics);
        }
        new RolloutLog(run.RolloutsPath).Append(300, [SampleQuickstart.Rollout(soft: true)]);
        var evaluations = new EvaluationLog(run.EvaluationsPath);
        foreach (var step in new[] { 0, 20 }) evaluations.Add(Evaluation(step));

        var html = File.ReadAllText(RunReport.Write(run));
        foreach (var part in new[] { "<h1>my run</h1>", "20 steps", "pass@k, newest", "Reward", "KL", "Throughput",
            "soft/top1_weight",
            "class=\"thoughts\"", "algorithm: soft-grpo", "guessing" }) Assert.Contains(part, html);
    }

    [Fact]
    public void No_metric_is_left_out_and_odd_numbers_are_named()
    {
        var metrics = new Dictionary<string, double>
        {
            ["zebra/<b>"] = 1, ["verdicts/right"] = 0.5, ["loss"] = double.NaN, ["soft/kept_components"] = 3,
        };
        var html = new RunReport { Name = "run",
            Metrics = [new MetricsEntry(1, 1, metrics), new MetricsEntry(2, 2, metrics)] }.ToHtml();
        foreach (var part in new[] { "zebra/&lt;b&gt;", "What became of answers", "soft/kept_components",
            "2 numbers were not finite", "first loss at step 1" })
            Assert.Contains(part, html);
    }

    [Fact]
    public void Alarms_stand_at_the_top_with_their_steps()
    {
        MetricsEntry Step(int step, double gap, double length, bool evaluation = false) => new(
            step, step, evaluation
                ? new Dictionary<string, double> { ["eval_pass@1"] = 0.5 }
                : new Dictionary<string, double>
                {
                    ["reward"] = 1, ["rewards/mine/mean"] = 0.5, ["watch/accuracy"] = 0.2, ["watch/gap"] = 0.8,
                    ["watch/alarm/gap"] = gap, ["watch/alarm/length"] = length, ["watch/alarm/share"] = 0,
                });
        var html = new RunReport
        {
            Name = "run",
            Metrics =
                [Step(1, 0, 0), Step(2, 1, 0), Step(2, 0, 0, evaluation: true), Step(3, 1, 1), Step(4, 0, 0), Step(5, 1, 0)],
        }.ToHtml();
        Assert.Contains("<strong>Alarm gap</strong> at steps 2–3, 5: the reward had grown away", html);
        Assert.Contains("<strong>Alarm length</strong> at step 3: completions", html);
        Assert.DoesNotContain("Alarm share", html);
        Assert.Contains("What each reward gives", html);
        Assert.Contains("Reward against a grader that it never sees", html);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(html, "reward − accuracy</"));
    }

    [Fact]
    public void A_run_that_has_not_begun_says_so() =>
        Assert.Contains("No step has been logged yet", new RunReport { Name = "", Metrics = [] }.ToHtml());

    private static EvaluationRecord Evaluation(int step) => new()
    {
        Arm = "soft-grpo",
        Decoding = "own",
        Step = step,
        PassAtK = [new(1, new Estimate(0.4, 0.38, 0.42), 0.06), new(32, new Estimate(0.97, 0.95, 0.99), 0.78)],
    };
}
