namespace Softly.Runs.Reports;

/// <summary>Every metric of a run as figures: the well-known ones in groups, the rest below. No metric is left out.</summary>
internal static class RunFigures
{
    private sealed record Figure(string Title, string Unit, params (string Metric, string Name)[] Lines);

    private static readonly Figure[] Learning =
    [
        new("Reward", "mean of the batch", ("reward", "mean"), ("reward_std", "spread within groups")),
        new("Groups that teach nothing", "share of groups with equal rewards", ("frac_reward_zero_std", "")),
        new("Loss", "", ("loss", "")),
        new("Gradient norm", "before clipping", ("grad_norm", "")),
        new("Learning rate", "", ("learning_rate", "")),
        new("Updates skipped", "", ("skipped_updates", "")),
    ];

    private static readonly Figure[] Policy =
    [
        new("Entropy", "nats", ("entropy", "mean"), ("soft/first_entropy", "at the first thought"),
            ("soft/mixture_entropy", "of the mixture")),
        new("KL", "nats a token from the reference", ("kl", "")),
        new("Clipped", "share of steps", ("clip_ratio/low_mean", "low"), ("clip_ratio/high_mean", "high"),
            ("clip_ratio/region_mean", "both")),
        new("Ratio", "new over old probability", ("ratio/mean", "mean"), ("ratio/variance", "variance")),
        new("Engine against trainer", "difference of log-probabilities",
            ("sampling/sampling_logp_difference/mean", "mean"), ("sampling/sampling_logp_difference/max", "most")),
    ];

    private static readonly Figure[] Answers =
    [
        new("Length", "tokens", ("completions/mean_length", "mean"), ("completions/mean_terminated_length", "mean of the ended"),
            ("completions/min_length", "least"), ("completions/max_length", "most")),
        new("Cut off", "share of rollouts", ("completions/clipped_ratio", "")),
    ];

    private static readonly Figure[] Speed =
    [
        new("Throughput", "rollout tokens a second", ("perf/rollout_tokens_per_second", "")),
        new("Time", "seconds", ("step_time", "step"), ("timing/rollout", "rollout"), ("timing/update", "update")),
    ];

    private static readonly Figure Watched = new(
        "Reward against a grader that it never sees", "", ("watch/accuracy", "accuracy"), ("watch/gap", "reward − accuracy"));

    public static void Add(Page page, IReadOnlyList<MetricsEntry> entries)
    {
        var left = entries.SelectMany(e => e.Metrics.Keys).ToHashSet();
        if (left.Count == 0) return;
        page.Heading("Training").Note(MetricFigures.SmoothingNote(entries.Count));
        Section("Learning", Learning);
        Section("Rewards", [.. Family("What each reward gives", "mean of the batch", "rewards/", "/mean"),
            .. Family("Share in what makes rewards differ", "", "watch/share/")]);
        Section("Policy", Policy);
        Section("Answers", [.. Answers, .. Family("What became of answers", "share of rollouts", "verdicts/")]);
        Section("Watch", [Watched, .. Left("watch/")
            .Where(n => n is not ("watch/accuracy" or "watch/gap") && !n.StartsWith("watch/alarm/", StringComparison.Ordinal))
            .Select(Single)]);
        Section("Soft tokens", [.. Left("soft/").Select(Single)]);
        Section("Speed", Speed);
        var more = $"{left.Count} more {(left.Count == 1 ? "metric" : "metrics")}";
        if (left.Count > 0) page.Details(more, p => p.Charts(Draw([.. Left("").Select(Single)])));

        IEnumerable<string> Left(string prefix) =>
            left.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

        void Section(string title, Figure[] figures)
        {
            var charts = Draw(figures).ToList();
            if (charts.Count > 0) page.Heading(title, 3).Charts(charts);
        }

        IEnumerable<Chart> Draw(Figure[] figures)
        {
            foreach (var figure in figures)
            {
                left.ExceptWith(figure.Lines.Select(l => l.Metric));
                if (MetricFigures.Together(figure.Title, figure.Unit, entries, figure.Lines) is { } chart) yield return chart;
            }
        }

        IEnumerable<Figure> Family(string title, string unit, string prefix, string suffix = "") =>
            [new(title, unit, [.. Left(prefix).Where(n => n.EndsWith(suffix, StringComparison.Ordinal))
                .Select(n => (n, n[prefix.Length..^suffix.Length].Replace('_', ' ')))])];
    }

    private static Figure Single(string metric) => new(metric, "", (metric, ""));
}
