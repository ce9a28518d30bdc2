using System.Text;

namespace Softly.Cli.Benches;

/// <summary>A document for readers: text, and the tables of docs/performance.md.</summary>
internal static class BenchReport
{
    public const string Begin = "<!-- softly bench: begin -->", End = "<!-- softly bench: end -->";

    /// <summary>As text.</summary>
    public static string Text(BenchDocument d)
    {
        var text = new StringBuilder();
        text.AppendLine($"{d.Machine}{(d.Processor is { } p ? $" ({p})" : "")}, {d.Load}");
        foreach (var c in d.Ceilings) text.AppendLine($"  limit {Limit(c)}");
        foreach (var f in Chief(d))
        {
            text.AppendLine($"{f.Name}: {f.Show(f.Value)} (median {f.Show(f.Median)}){Verdict(f)}");
            if (f.Behind is { } behind) text.AppendLine($"    {behind}");
            if (f.Others is { } others) text.AppendLine($"    others: {others}");
        }
        foreach (var m in d.Measurements)
        {
            text.AppendLine($"{m.Name}: {Time(m.Seconds.Best)} (median {Time(m.Seconds.Median)} of {m.Seconds.Runs})");
            text.AppendLine("    " + string.Join(", ", Rates(m).Concat(
                new[] { (Ceiling.Single, "the fp32 limit"), (Ceiling.Half, "the bf16 limit"), (Ceiling.Read, "the bandwidth") }
                    .Where(x => d.Share(m, x.Item1) is not null).Select(x => $"{Percent(d.Share(m, x.Item1))} of {x.Item2}"))));
        }
        foreach (var (name, why) in d.Skipped) text.AppendLine($"{name}: skipped: {why}");
        foreach (var (name, why) in d.Failed) text.AppendLine($"{name}: FAILED: {why}");
        return text.ToString().TrimEnd();

        static string Verdict(Figure f) => f.Asked is not { } asked ? ""
            : $", asked {(f.HigherIsBetter ? "≥" : "≤")} {f.Show(asked)}: {(f.Met == true ? "met" : "not met")}";
    }

    /// <summary>As Markdown, to stand between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public static string Markdown(BenchDocument d)
    {
        var text = new StringBuilder();
        text.AppendLine($"Measured by `{d.Command}` on {d.Date}: {d.Machine}{(d.Processor is { } p ? $" ({p})" : "")}, "
            + $"{d.Threads} threads, seed {d.Seed}, {d.Runtime}, {d.Load}."
            + (d.Quick ? " **Quick sizes: only that all works can be told from this.**" : ""));
        text.AppendLine();
        text.AppendLine("| limit of the machine | |").AppendLine("|---|---|");
        foreach (var c in d.Ceilings) text.AppendLine($"| {Limit(c).Replace(": ", " | ", StringComparison.Ordinal)} |");
        text.AppendLine();
        text.AppendLine("| figure | asked | measured: best (median) | behind it | what others reach |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var f in Chief(d))
            text.AppendLine($"| {f.Name} | {Asked(f)} | {Bold(f)} ({f.Show(f.Median)}) | {f.Behind} | {f.Others} |");
        text.AppendLine();
        text.AppendLine("| measured | time: best (median of n) | rate | of fp32 | of bf16 | of bandwidth | with |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var m in d.Measurements)
            text.AppendLine(
                $"| {m.Name} | {Time(m.Seconds.Best)} ({Time(m.Seconds.Median)} of {m.Seconds.Runs}) | "
                + $"{string.Join(", ", Rates(m))} | "
                + $"{Percent(d.Share(m, Ceiling.Single))} | {Percent(d.Share(m, Ceiling.Half))} | "
                + $"{Percent(d.Share(m, Ceiling.Read))} | {With(m)} |");
        foreach (var (name, why) in d.Skipped) text.AppendLine().AppendLine($"Skipped: {name}: {why}");
        foreach (var (name, why) in d.Failed) text.AppendLine().AppendLine($"Failed: {name}: {why}");
        return text.ToString();

        static string Asked(Figure f) => f.Asked is { } asked ? $"{(f.HigherIsBetter ? "≥" : "≤")} {f.Show(asked)}" : "";
        static string Bold(Figure f) => f.Met == true ? $"**{f.Show(f.Value)}**" : f.Show(f.Value);
        static string With(Measurement m) => string.Join(", ", m.Setting.Select(s => $"{s.Key} {s.Value}"));
    }

    /// <summary>What stands before and after the tables of a page.</summary>
    /// <exception cref="UserError">There is no page, or no place for them in it.</exception>
    public static (string Before, string After) Cut(string file)
    {
        if (!File.Exists(file)) throw new UserError($"{file}: there is no such file");
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return from >= 0 && to > from
            ? (text[..from], text[(to + End.Length)..])
            : throw new UserError($"{file}: expected the lines '{Begin}' and '{End}', between which the tables go");
    }

    /// <summary>Figures that something is asked of, and those that set two ways beside each other.</summary>
    private static IEnumerable<Figure> Chief(BenchDocument d) =>
        d.Figures.Where(f => f.Asked is not null || f.Others is not null || f.Unit != "%");

    private static IEnumerable<string> Rates(Measurement m)
    {
        if (m.Work.Tokens > 0) yield return $"{m.TokensPerSecond:N0} tokens/s";
        if (m.Work.Flops > 0) yield return $"{m.Work.Flops / m.Seconds.Best / 1e9:0.0} GFLOP/s";
        foreach (var (name, value) in m.Numbers)
            yield return name.EndsWith("_bytes", StringComparison.Ordinal)
                ? $"{name[..^6]} {Runs.HumanBytes.Format((long)value)}"
                : $"{value:N0} {name.Replace("_per_second", "/s", StringComparison.Ordinal)}";
    }

    private static string Time(double seconds) => Timing.Show(seconds);

    private static string Percent(double? share) => share is { } s ? $"{100 * s:0.0} %" : "";

    private static string Limit(Ceiling c) => c.What == Ceiling.Read
        ? $"reading memory, threads {c.Threads}: {c.Value:0.0} GB/s"
        : $"products in {c.What}, threads {c.Threads}: {c.Value:0} GFLOP/s";
}
