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
