using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Softly.Runs.Reports;

/// <summary>Audits of thoughts as a part of any report: a page, Markdown, a text for the console, JSON for programs.</summary>
public static class AuditSection
{
    /// <summary>How to read the figures, once for all tables.</summary>
    public static string Reading { get; } =
        "Every problem is answered again after other thoughts, with all else the same: the number of thoughts, the mark behind "
        + "them, the answer's noise. Percent with 95 % bootstrap intervals over problems; differences are paired by problem. A "
        + "verdict looks at own minus random, blank and another problem's at k = 1: one whose interval lies below "
        + $"{Numbers.Significant(100 * AuditVerdict.Margin)} points and not above 0 means that these thoughts do as well "
        + $"(told from {AuditVerdict.PairsFor(AuditVerdict.Margin)} problems on), which is enough for dead ones; above 0 and "
        + "below that margin it is called a little; thoughts carry the answer where all of them lie above 0.";

    private const string PositionNote =
        "On the set is the share of a thought's mixture on the words it should hold, and leakage the rest; covered are words of "
        + "the set that weigh more than a quarter of an equal share; effective is e^entropy, the number of words in equal shares "
        + "that would be as undecided.";

    private const int MostPositions = 16;

    /// <summary>Adds a chapter to a page; nothing where there are no audits.</summary>
    public static void Add(Page page, IReadOnlyList<PartAudit> audits)
    {
        if (audits.Count == 0) return;
        page.Heading("What the thoughts are worth");
        foreach (var audit in audits)
        {
            page.Heading($"{audit.Benchmark}, {audit.Mode}", 3);
            page.Paragraph($"**{Capital(audit.Summary.Verdict.Sentences[0])}.**"
                + string.Concat(audit.Summary.Verdict.Sentences.Skip(1).Select(s => $" {Capital(s)}.")));
            page.Table(Conditions(audit)).Note(Remarks(audit));
            if (audit.Positions.Count > 0) page.Table(Positions(audit)).Note(HasSets(audit) ? PositionNote : "");
            if (Ranked(audit) is { } ranked) page.Paragraph(ranked);
            if (audit.Picture is { } picture && picture.Thoughts.Count > 0) page.ThoughtGraphs(picture);
        }
        page.Note(Reading).Bullets(Meanings(audits));
    }

    /// <summary>All tables and sentences in Markdown; empty where there are no audits.</summary>
    public static string ToMarkdown(IReadOnlyList<PartAudit> audits)
    {
        var text = new StringBuilder();
        foreach (var audit in audits)
        {
            text.Append($"\n## What the thoughts are worth: {audit.Benchmark}, {audit.Mode}\n\n");
            foreach (var sentence in audit.Summary.Verdict.Sentences) text.Append($"- {Capital(sentence)}.\n");
            text.Append('\n').Append(Conditions(audit).ToMarkdown()).Append('\n');
            if (Remarks(audit) is { Length: > 0 } remarks) text.Append(remarks).Append("\n\n");
            text.Append(Positions(audit).ToMarkdown());
            if (HasSets(audit)) text.Append('\n').Append(PositionNote).Append('\n');
            if (Ranked(audit) is { } ranked) text.Append('\n').Append(ranked).Append('\n');
        }
        if (audits.Count == 0) return "";
        text.Append('\n').Append(Reading).Append("\n\n");
        foreach (var meaning in Meanings(audits)) text.Append($"- {meaning}\n");
        return text.ToString();
    }

    /// <summary>For the console, no wider than <paramref name="width"/> columns; empty where there are no audits.</summary>
    public static string ToText(IReadOnlyList<PartAudit> audits, int width = 100)
    {
        var text = new StringBuilder();
        foreach (var audit in audits)
        {
            text.Append('\n').Append(Conditions(audit).ToText(width));
            text.Append('\n').Append(Positions(audit).ToText(width));
            string[] said =
            [
                .. Ranked(audit) is { } ranked ? [ranked] : Array.Empty<string>(),
                .. Remarks(audit) is { Length: > 0 } remarks ? [remarks] : Array.Empty<string>(),
                .. audit.Summary.Verdict.Sentences.Select(s => $"{audit.Benchmark} {audit.Mode}: {s}"),
            ];
            foreach (var line in said.SelectMany(s => TextWidth.Wrap(s, width))) text.Append(line).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The figures without single problems and pictures, as the array <c>audits</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<PartAudit> audits)
    {
        json.WritePropertyName("audits");
        JsonSerializer.Serialize(json, audits.Select(a => new
        {
            a.Benchmark, a.Mode, a.Law, a.Samples, Problems = a.Problems.Count, a.Unended, a.LeftOut, a.Remarks, a.NoiseFree,
            a.Summary.Verdict,
            a.Summary.Conditions, a.Summary.Differences, a.Positions, a.Ranking,
        }), AuditJson.Options);
    }

    /// <summary>A line a condition: pass@k, and own minus it.</summary>
    internal static Table Conditions(PartAudit audit)
    {
        int[] ks = [.. audit.Summary.Conditions[0].PassAtK.Select(p => p.K)];
        var table = new Table(
            $"{audit.Benchmark}, {audit.Mode}: answers after other thoughts, %; "
            + $"{audit.Problems.Count:N0} problems × {audit.Samples}",
            [
                Column.Text("thoughts"), .. ks.Select(k => Column.Number($"pass@{k}")),
                .. ks.Select(k => Column.Number($"own − it, @{k}")),
            ]);
        foreach (var condition in audit.Summary.Conditions)
            table.Add([
                condition.Name, .. condition.PassAtK.Select(p => p.Share.Times(100).Text()),
                .. ks.Select(k => audit.Summary.Difference(condition.Name, k)?.Times(100).Text(signed: true) ?? "–"),
            ]);
        return table;
    }

    /// <summary>A line a position, as drawn and without noise: what thoughts hold.</summary>
    internal static Table Positions(PartAudit audit)
    {
        var sets = HasSets(audit);
        var table = new Table($"{audit.Benchmark}, {audit.Mode}: what the thoughts hold", [
            Column.Text("thought"), Column.Text("drawn"),
            .. sets
                ? new[]
                {
                    Column.Number("set of"), Column.Number("on the set, %"), Column.Number("leakage, %"),
                    Column.Number("covered, %"),
                }
                : [],
            Column.Number("effective"),
        ]);
        foreach (var at in audit.Positions.Take(1 + MostPositions))
            foreach (var (name, content) in Both(at))
                if (content is not null)
                    table.Add([
                        at.Position?.ToString(CultureInfo.InvariantCulture) ?? "all", name,
                        .. sets
                            ? new[]
                            {
                                Numbers.Fixed(at.SetSize, 1), content.Mass.Times(100).Text(),
                                content.Leakage.Times(100).ValueText(), content.Coverage.Times(100).Text(),
                            }
                            : [],
                        content.Effective.Text(2),
                    ]);
        return table;

        static (string, ThoughtContent?)[] Both(AuditedPosition at) =>
            [(AuditConditions.Own, at.Own), (AuditConditions.NoiseFree, at.NoiseFree)];
    }

    /// <summary>What the conditions are that some audit has.</summary>
    private static IEnumerable<string> Meanings(IReadOnlyList<PartAudit> audits) => AuditConditions.Meanings
        .Where(m => audits.Any(a => a.Summary.Conditions.Any(c => c.Name == m.Key)))
        .Select(m => $"{m.Key}: {m.Value}{(m.Key == AuditConditions.NoiseFree ? Mixtures(audits) : "")}");

    /// <summary>What thoughts without noise are made of, by mode where modes differ.</summary>
    private static string Mixtures(IReadOnlyList<PartAudit> audits)
    {
        var told = audits.Where(a => a.NoiseFree is not null).DistinctBy(a => (a.Mode, a.NoiseFree)).ToList();
        return told.Select(a => a.NoiseFree).Distinct().Count() <= 1 ? string.Concat(told.Take(1).Select(a => $": {a.NoiseFree}"))
            : ": " + string.Join("; ", told.Select(a => $"{a.Mode}: {a.NoiseFree}"));
    }

    private static bool HasSets(PartAudit audit) => audit.Positions.Any(p => double.IsFinite(p.SetSize));

    private static string Remarks(PartAudit audit) => string.Join(" ", [
        .. audit.Unended > 0 ? [Unended(audit)] : Array.Empty<string>(),
        .. audit.LeftOut.Count > 0 ? [$"Left out: {string.Join("; ", audit.LeftOut)}."] : Array.Empty<string>(),
        .. audit.Remarks.Select(Capital),
        .. audit.Positions.Count > 1 + MostPositions
            ? [$"Of {audit.Positions.Count - 1} positions the first {MostPositions} are shown."] : Array.Empty<string>(),
    ]);

    private static string Unended(PartAudit audit) =>
        $"{audit.Unended:N0} of {audit.Asked:N0} samples did not end their thinking with room for an answer, and are in no "
        + "figure.";

    private static string? Ranked(PartAudit audit) => audit.Ranking is not { } r ? null
        : $"The last thought puts all right candidates above every wrong one in {r.Share.Times(100).Text()} % of the samples. "
        + $"The answer is right in {Rate(r.RankedRight, r.Ranked)} where it does and in {Rate(r.UnrankedRight, r.Unranked)} "
        + "where it does not.";

    private static string Rate(int right, int of) =>
        of == 0 ? "none of none" : $"{Numbers.Fixed(100.0 * right / of, 1)} % ({right:N0} of {of:N0})";

    private static string Capital(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
