namespace Softly.Runs.Reports;

/// <summary>The alarms of a run on a page: which, at which steps, and what each means.</summary>
internal static class AlarmPart
{
    private const string Prefix = "watch/alarm/";
    private const int MostRanges = 8;

    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["length"] = "completions had become much longer or shorter than in the first steps",
        ["duplicates"] = "nearly all completions were copies within their group, and most were not right",
        ["failed"] = "verifiers or rewards failed, which is no fault of the answers",
        ["gap"] = "the reward had grown away from the accuracy that the watching grader sees",
        ["share"] = "nearly all that made rewards differ was a reward other than accuracy",
    };

    public static void Add(Page page, IReadOnlyList<MetricsEntry> entries)
    {
        var names = entries.SelectMany(e => e.Metrics.Keys).Where(k => k.StartsWith(Prefix, StringComparison.Ordinal))
            .Distinct().Order(StringComparer.Ordinal);
        foreach (var metric in names)
        {
            var ranges = Ranges(entries.Where(e => e.Metrics.ContainsKey(metric)).ToList(), metric);
            if (ranges.Count == 0) continue;
            var name = metric[Prefix.Length..];
            page.Paragraph($"**Alarm {name}** at {(ranges is [{ } only] && !only.Contains('–') ? "step" : "steps")} "
                + string.Join(", ", ranges.Take(MostRanges)) + (ranges.Count > MostRanges ? ", …" : "")
                + (Meanings.TryGetValue(name, out var meaning) ? $": {meaning}." : "."));
        }
    }

    /// <summary>Steps in a row where the alarm was up, such as 12–18.</summary>
    private static List<string> Ranges(List<MetricsEntry> entries, string metric)
    {
        var ranges = new List<string>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Metrics[metric] < 1) continue;
            var first = entries[i].Step;
            while (i + 1 < entries.Count && entries[i + 1].Metrics[metric] >= 1) i++;
            ranges.Add(entries[i].Step == first ? $"{first}" : $"{first}–{entries[i].Step}");
        }
        return ranges;
    }
}
