using System.Text;
using System.Text.Json;

namespace Softly.Runs.Reports;

/// <summary>An evaluation for its readers: a page, Markdown, a text for the console, JSON for programs.</summary>
public static class EvaluationReport
{
    /// <summary>Writes <c>report.md</c>, <c>summary.json</c> and <c>report.html</c>, each whole or not at all.</summary>
    /// <returns>The page's path.</returns>
    public static string Write(EvaluationResult result, string folder)
    {
        Directory.CreateDirectory(folder);
        WholeFile.Write(Path.Combine(folder, "report.md"), ToMarkdown(result));
        WholeFile.Write(Path.Combine(folder, "summary.json"), ToJson(result));
        var page = Path.Combine(folder, "report.html");
        WholeFile.Write(page, ToHtml(result));
        return page;
    }

    /// <summary>The page.</summary>
    public static string ToHtml(EvaluationResult result) => new EvaluationPage(result).Build().ToHtml();

    /// <summary>All tables and sentences, ready to be pasted into a lab book.</summary>
    public static string ToMarkdown(EvaluationResult result)
    {
        var tables = new EvaluationTables(result);
        var text = new StringBuilder($"# Evaluation: {result.Name}\n\n");
        if (result.CommandLine.Length > 0) text.Append($"```\n{result.CommandLine}\n```\n\n");
        foreach (var (key, value) in result.Settings) text.Append($"- {key}: {value}\n");
        foreach (var warning in EvaluationPage.Warnings(result)) text.Append($"\n**{warning}**\n");
        text.Append('\n').Append(tables.Overview().ToMarkdown()).Append('\n').Append(EvaluationTables.Reading).Append('\n');
        foreach (var comparison in result.Comparisons)
        {
            text.Append('\n').Append(EvaluationTables.Differences(comparison).ToMarkdown()).Append('\n');
            foreach (var sentence in EvaluationTables.Words(comparison)) text.Append($"- {sentence}\n");
        }
        text.Append(AuditSection.ToMarkdown(result.Audits));
        foreach (var benchmark in tables.Benchmarks()) text.Append('\n').Append(tables.Curves(benchmark).ToMarkdown());
        text.Append('\n').Append(tables.Verdicts().ToMarkdown());
        text.Append('\n').Append(tables.Quantities().ToMarkdown()).Append('\n').Append(EvaluationPage.QuantityNote).Append('\n');
        return text.ToString();
    }

    /// <summary>The console's summary, no wider than <paramref name="width"/> columns.</summary>
    public static string ToText(EvaluationResult result, int width = 100)
    {
        var tables = new EvaluationTables(result);
        var text = new StringBuilder();
        foreach (var warning in EvaluationPage.Warnings(result)) text.Append(warning).Append('\n');
        text.Append(tables.Overview().ToText(width));
        foreach (var benchmark in tables.Benchmarks().Where(b => tables.Of(b).Any(p => p.Samples > 1)))
            text.Append('\n').Append(tables.Curves(benchmark).ToText(width));
        text.Append('\n').Append(tables.Verdicts().ToText(width));
        foreach (var comparison in result.Comparisons)
        {
            text.Append('\n').Append(EvaluationTables.Differences(comparison).ToText(width));
            foreach (var sentence in EvaluationTables.Words(comparison)) text.Append(sentence).Append('\n');
        }
        return text.Append(AuditSection.ToText(result.Audits, width)).ToString();
    }

    /// <summary>The JSON document, indented, with a line end.</summary>
    public static string ToJson(EvaluationResult result) => Encoding.UTF8.GetString(JsonLines.Document(json => Write(json, result)));

    private static void Write(Utf8JsonWriter json, EvaluationResult result)
    {
        json.WriteStartObject();
        json.WriteString("name", result.Name);
        json.WriteString("command", result.CommandLine);
        json.WriteStartObject("settings");
        foreach (var (key, value) in result.Settings) json.WriteString(key, value);
        json.WriteEndObject();
        ReportJson.List(json, "parts", result.Parts, (j, part) => part.Write(j));
        ReportJson.List(json, "comparisons", result.Comparisons, Write);
        if (result.Audits.Count > 0) AuditSection.Write(json, result.Audits);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PartComparison comparison)
    {
        json.WriteStartObject();
        json.WriteString("benchmark", comparison.Benchmark);
        json.WriteString("subject", comparison.Subject);
        json.WriteString("other", comparison.Other);
        json.WriteNumber("problems", comparison.Problems);
        json.WriteNumber("seeds", comparison.Seeds);
        json.WriteStartObject("differences");
        foreach (var (quantity, value, _) in comparison.Differences) PartSummary.WriteEstimate(json, quantity, value);
        json.WriteEndObject();
        json.WriteStartArray("words");
        foreach (var sentence in EvaluationTables.Words(comparison)) json.WriteStringValue(sentence);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
