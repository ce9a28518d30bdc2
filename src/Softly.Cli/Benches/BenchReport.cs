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
        foreach (var f in d.Figures.Where(f => f.Asked is not null || d.Figures.Count < 20 || f.Name.Contains("bf16")
            || f.Unit != "%"))
        {
            text.AppendLine($"{f.Name}: {f.Show(f.Value)} (median {f.Show(f.Median)}){Verdict(f)}");
            if (f.Behind is { } behind) text.AppendLine($"    {behind}");
            if (f.Others is { } others) text.AppendLine($"    others: {others}");
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
        foreach (var f in d.Figures.Where(f => f.Asked is not null || f.Unit != "%"))
            text.AppendLine($"| {f.Name} | {Asked(f)} | {Bold(f)} ({f.Show(f.Median)}) | {f.Behind} | {f.Others} |");
        text.AppendLine();
        text.AppendLine("| measured | time: best (median of n) | tokens/s | of fp32 | of bf16 | of bandwidth | with |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var m in d.Measurements)
            text.AppendLine(
                $"| {m.Name} | {Time(m.Seconds.Best)} ({Time(m.Seconds.Median)} of {m.Seconds.Runs}) | {m.TokensPerSecond:N0} | "
                + $"{Percent(d.Share(m, Ceiling.Single))} | {Percent(d.Share(m, Ceiling.Half))} | "
                + $"{Percent(d.Share(m, Ceiling.Read))} | {With(m)} |");
        foreach (var (name, why) in d.Skipped) text.AppendLine().AppendLine($"Skipped: {name}: {why}");
        foreach (var (name, why) in d.Failed) text.AppendLine().AppendLine($"Failed: {name}: {why}");
        return text.ToString();

        static string Asked(Figure f) => f.Asked is { } asked ? $"{(f.HigherIsBetter ? "≥" : "≤")} {f.Show(asked)}" : "";
        static string Bold(Figure f) => f.Met == true ? $"**{f.Show(f.Value)}**" : f.Show(f.Value);
        static string Time(double seconds) => Runs.HumanTime.Format(seconds);
        static string Percent(double? share) => share is { } s ? $"{100 * s:0.0} %" : "";
        static string With(Measurement m) => string.Join(", ", m.Setting.Select(s => $"{s.Key} {s.Value}")
            .Concat(m.Numbers.Select(n => $"{n.Key} {n.Value:G4}")));
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

    private static string Limit(Ceiling c) => c.What == Ceiling.Read
        ? $"reading memory, threads {c.Threads}: {c.Value:0.0} GB/s"
        : $"products in {c.What}, threads {c.Threads}: {c.Value:0} GFLOP/s";
}
