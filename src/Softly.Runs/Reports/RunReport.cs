namespace Softly.Runs.Reports;

/// <summary>A training run as a page: evaluations, then every metric, then a few rollouts and the recipe.</summary>
public sealed record RunReport
{
    private const int MostSamples = 6;

    /// <summary>The page's title.</summary>
    public required string Name { get; init; }

    /// <summary>The lines of <c>metrics.jsonl</c>.</summary>
    public required IReadOnlyList<MetricsEntry> Metrics { get; init; }

    /// <summary>All evaluations.</summary>
    public IReadOnlyList<EvaluationRecord> Evaluations { get; init; } = [];

    /// <summary>A few rollouts of the last logged step.</summary>
    public IReadOnlyList<RolloutRecord> Samples { get; init; } = [];

    /// <summary>The resolved recipe; empty where there is none.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>Reads a run's folder, also while it is being written.</summary>
    public static RunReport Of(RunFolder run) => new()
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Path)),
        Metrics = MetricsLog.Read(run.MetricsPath),
        Evaluations = EvaluationLog.Read(run.EvaluationsPath),
        Samples = RolloutLog.Steps(run.RolloutsPath) is [.., var last]
            ? [.. RolloutLog.Read(run.RolloutsPath, last).Take(MostSamples)] : [],
        Recipe = run.Recipe,
    };

    /// <summary>Reads a run's folder and writes its <c>report.html</c>.</summary>
    /// <returns>The file's path.</returns>
    public static string Write(RunFolder run)
    {
        WholeFile.Write(run.ReportPath, Of(run).ToHtml());
        return run.ReportPath;
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var page = new Page(Name.Length > 0 ? Name : "Run");
        Lead(page);
        if (Evaluations.Count > 0) EvaluationPart.Add(page, Evaluations);
        RunFigures.Add(page, Metrics);
        if (Samples.Count > 0)
        {
            page.Heading($"Rollouts of step {Samples[0].Step}");
            foreach (var rollout in Samples) RolloutPart.Add(page, rollout);
        }
        if (Recipe.Length > 0) page.Heading("Recipe").Code(Recipe);
        return page.ToHtml();
    }

    private void Lead(Page page)
    {
        if (Metrics is not [.., var last])
        {
            page.Paragraph("No step has been logged yet.");
            return;
        }
        page.Paragraph($"{last.Step:N0} {(last.Step == 1 ? "step" : "steps")}, {HumanTime.Format(last.WallSeconds)}.");
        var broken = Metrics.SelectMany(e => e.Metrics.Where(m => !double.IsFinite(m.Value)).Select(m => (e.Step, m.Key)))
            .ToList();
        if (broken.Count > 0)
            page.Paragraph($"**{broken.Count:N0} numbers were not finite**, first {broken[0].Key} at step {broken[0].Step}; "
                + "they leave gaps in the figures.");
        AlarmPart.Add(page, Metrics);
    }
}
