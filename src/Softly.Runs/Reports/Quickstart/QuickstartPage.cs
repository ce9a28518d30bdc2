namespace Softly.Runs.Reports;

/// <summary>Lays out the quickstart's page: what was found, what the words mean, the figures, then how it was made.</summary>
internal sealed class QuickstartPage(QuickstartResult result)
{
    private readonly QuickstartTables _tables = new(result);
    private readonly Page _page = new(result.Story.Title);

    public Page Build()
    {
        Lead();
        Findings();
        Explanations();
        Rates();
        Changes();
        AuditSection.Add(_page, result.Audits);
        if (result.Unaudited is { } why)
            (result.Audits.Count > 0 ? _page : _page.Heading("What the thoughts are worth")).Labelled("Not audited:", why);
        Training();
        Samples();
        Objective();
        Making();
        return _page;
    }

    private string Cores => $"{result.Machine.Cores} {(result.Machine.Cores == 1 ? "core" : "cores")}";

    private void Lead()
    {
        var total = result.Durations.Sum(d => d.Seconds);
        var time = total > 0 ? " in " + HumanTime.Format(total) : "";
        _page.Paragraph($"{result.Story.Opening(result)}, on {Cores}{time}. This page shows what came of it, and "
            + "what can and cannot be said.");
        _page.Paragraph($"**The task, {result.Task.Name}:** {result.Task.Description}");
    }

    private void Findings()
    {
        _page.Heading("What this run shows");
        var conclusion = result.Story.Conclusion(result);
        if (conclusion.Count > 0) _page.Paragraph(string.Join(' ', [$"**{conclusion[0]}**", .. conclusion.Skip(1)]));
        _page.Paragraph(QuickstartWords.FindingsReading);
        foreach (var (arm, claims) in _tables.Claims()) _page.Heading(arm, 3).Bullets(claims);
        _page.Note(QuickstartWords.IntervalScope + " " + QuickstartWords.ManyIntervals);
        if (!result.Task.HeldOut)
            _page.Note(QuickstartWords.Overlap);
    }

    private void Explanations()
    {
        _page.Heading(result.Story.Background);
        foreach (var paragraph in result.Story.Explanation) _page.Paragraph(paragraph);
        _page.Heading("What was trained").Bullets(result.Story.Arms);
        var arms = new Table("The arms of this run", Column.Text("arm"), Column.Text("in one line"), Column.Text("own decoding"));
        foreach (var arm in result.Arms) arms.Add(arm.Name, arm.Description, arm.OwnDecoding);
        _page.Table(arms);
        var decodings = new Table("Ways of answering", Column.Text("decoding"), Column.Text("how"));
        foreach (var (name, description) in result.Decodings) decodings.Add(name, description);
        _page.Table(decodings);
    }

    private void Rates()
    {
        _page.Heading("How well it answers").Paragraph(QuickstartWords.PassAtK).Paragraph(result.Story.RatesReading);
        _page.Charts(result.Evaluations.GroupBy(e => e.Decoding).Select(group => PassCharts.Rates(
            $"pass@k, {group.Key}", group.Select(e => Line(e, PassCharts.Points(e.PassAtK))), result.Guess)));
        _page.Table(_tables.Rates());
        _page.Note(QuickstartWords.EntropyReading);
        if (result.Matched.Count == 0) return;
        _page.Heading("At the same accuracy", 3).Paragraph(QuickstartWords.MatchedReading).Table(_tables.Matched());
    }

    private void Changes()
    {
        var tables = _tables.Differences().ToList();
        if (tables.Count == 0) return;
        _page.Heading("What training changed").Paragraph(QuickstartWords.DifferenceReading);
        _page.Charts(result.Evaluations.Where(e => e.ToWarmStart.Count > 0).GroupBy(e => e.Decoding)
            .Select(group => PassCharts.Differences(
            $"Change from the warm start, {group.Key}", [.. group.Select(e => Line(e, PassCharts.Points(e.ToWarmStart)))])));
        var controlled = _tables.Controlled().ToList();
        if (controlled.Count > 0)
            _page.Paragraph(result.Story.ControlReading).Charts(controlled.Select(group => PassCharts.Differences(
                $"Difference to {group.Key}",
                [.. group.Select(e => Line(e, PassCharts.Points(e.ToControl), QuickstartTables.Name(e)))])));
        _page.Details("The differences as tables", page => tables.ForEach(table => page.Table(table)));
    }

    private void Training()
    {
        var runs = result.Arms.Select(arm => new NamedCurve(arm.Name, arm.Curve)).ToList();
        var charts = new[]
        {
            MetricFigures.Compare("Reward", "share of right training answers", "reward", runs),
            MetricFigures.Compare("Entropy", "nats a word", "entropy", runs),
            MetricFigures.Compare("Gradient norm", "before clipping", "grad_norm", runs),
            MetricFigures.Compare("Length", "words an answer, thoughts included", "completions/mean_length", runs),
            MetricFigures.Compare("KL", "nats a word from the warm start", "kl", runs),
            MetricFigures.Compare("Top weight", "share of a soft token", "soft/top1_weight", runs),
        };
        if (charts.All(chart => chart is null)) return;
        _page.Heading("How training went").Paragraph(QuickstartWords.CurvesReading).Charts(charts.OfType<Chart>());
        _page.Note(MetricFigures.SmoothingNote(runs.Max(run => run.Entries.Count)));
    }

    private void Samples()
    {
        if (result.Arms.All(arm => arm.Samples.Count == 0)) return;
        _page.Heading("What it thinks between words").Paragraph(QuickstartWords.SamplesReading);
        foreach (var arm in result.Arms.Where(arm => arm.Samples.Count > 0))
        {
            _page.Heading(arm.Name, 3);
            foreach (var rollout in arm.Samples) RolloutPart.Add(_page, rollout);
        }
    }

    private void Objective()
    {
        if (result.Story.Objective.Count == 0) return;
        _page.Heading("Changing the objective");
        foreach (var paragraph in result.Story.Objective) _page.Paragraph(paragraph);
        _page.Paragraph($"This run used `--advantage {result.Advantage}`, in all arms. Run it again with the other, and compare "
            + "pass@1 with pass@32.");
    }

    private void Making()
    {
        var (machine, task, warm) = (result.Machine, result.Task, result.WarmStart);
        _page.Heading("How this page was made").Code(result.CommandLine).Bullets(
            $"Seed {result.Seed}; {Cores}, {machine.System}, {machine.Framework}.",
            $"Warm start: {warm.Steps:N0} steps of supervised training, " + (warm.Seconds > 0
                ? HumanTime.Format(warm.Seconds)
                    + (double.IsFinite(warm.Loss) ? $", last loss {Numbers.Fixed(warm.Loss, 3)}." : ".")
                : "taken from an earlier run."),
            $"Evaluation: {task.Problems:N0} problems, {task.Samples:N0} answers each; pass@k is the unbiased estimate, "
            + "intervals are 95 % bootstrap over problems, differences are paired by problem. "
            + (task.HeldOut ? "No evaluated problem was trained on." : "Evaluated problems may also occur in training."));
        if (result.Durations.Count > 0) _page.Table(_tables.Times());
    }

    private Series Line(QuickstartEvaluation evaluation, IReadOnlyList<ChartPoint> points, string? name = null)
    {
        var models = result.Arms.Select(arm => arm.Name)
            .Concat(result.Arms.Select(arm => arm.Start).Where(start => start != QuickstartResult.WarmStartModel)).ToList();
        var slot = models.IndexOf(evaluation.Model);
        return new Series(name ?? evaluation.Model, points)
        {
            Role = evaluation.Model == QuickstartResult.WarmStartModel ? SeriesRole.Baseline : SeriesRole.Measured,
            Spread = Spread.Bars,
            Slot = slot >= 0 ? slot : null,
        };
    }
}
