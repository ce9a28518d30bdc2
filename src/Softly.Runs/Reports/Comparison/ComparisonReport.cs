using System.Text;

namespace Softly.Runs.Reports;

/// <summary>A comparison for its readers: a page, Markdown for a lab book, a text for the console, JSON for programs.</summary>
public static class ComparisonReport
{
    /// <summary>
    /// Writes <c>comparison.md</c>, <c>comparison.json</c> and <c>comparison.html</c>, each whole or not at all.
    /// </summary>
    /// <returns>The page's path.</returns>
    public static string Write(ComparisonResult result, string folder)
    {
        WholeFile.Write(Path.Combine(folder, "comparison.md"), ToMarkdown(result));
        WholeFile.Write(Path.Combine(folder, "comparison.json"), ToJson(result));
        var page = Path.Combine(folder, "comparison.html");
        WholeFile.Write(page, ToHtml(result));
        return page;
    }

    /// <summary>The page.</summary>
    public static string ToHtml(ComparisonResult result) => new ComparisonPage(result).Build().ToHtml();

    /// <summary>The JSON document, indented, with a line end.</summary>
    public static string ToJson(ComparisonResult result) =>
        Encoding.UTF8.GetString(JsonLines.Document(json => ComparisonJson.Write(json, result)));

    /// <summary>All tables, ready to be pasted into a lab book.</summary>
    public static string ToMarkdown(ComparisonResult result)
    {
        var tables = new ComparisonTables(result);
        var text = new StringBuilder($"# Comparison: {result.Name}\n\n```\n{result.CommandLine}\n```\n\n");
        foreach (var sentence in tables.Setting()) text.Append("- ").Append(sentence).Append('\n');
        foreach (var table in All(tables, result)) text.Append('\n').Append(table.ToMarkdown());
        text.Append('\n').Append(Readings(tables)).Append('\n');
        if (tables.Audits().Any())
        {
            foreach (var sentence in tables.Unaudited()) text.Append("\n- ").Append(sentence);
            text.Append("\n\n").Append(AuditSection.Reading).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The console's summary, no wider than <paramref name="width"/> columns.</summary>
    public static string ToText(ComparisonResult result, int width = 100)
    {
        var tables = new ComparisonTables(result);
        Table[] shown =
        [
            .. Some(tables.Unfinished()), .. result.Starts.Count > 0 ? [tables.Start()] : Array.Empty<Table>(), tables.Own(),
            .. tables.Differences().Take(1), .. tables.Audits(), .. tables.Starts?.Equal().Take(3) ?? [],
            .. result.Matched is [.., var last] ? tables.Matched(last).Take(1) : [], tables.Gradients()
        ];
        return string.Join('\n', shown.Select(t => t.ToText(width)));
    }

    private static string Readings(ComparisonTables tables) => tables.Starts is { } starts && starts.Equal().Any()
        ? $"{tables.Reading}\n\n{starts.EqualReading}"
        : tables.Reading;

    private static Table[] Some(Table? table) => table is null ? [] : [table];

    /// <summary>Every table, in reading order.</summary>
    internal static IEnumerable<Table> All(ComparisonTables tables, ComparisonResult result) =>
    [
        .. Some(tables.Starts?.Made()), tables.Arms(), .. Some(tables.Unfinished()), .. Some(tables.Sweep()), tables.Start(),
        tables.Own(), .. tables.Starts?.Outcome() ?? [], .. Some(tables.Common()), .. tables.Differences(),
        .. tables.Audits(), .. tables.Starts?.Equal() ?? [], .. result.Matched.SelectMany(tables.Matched),
        tables.Gradients(),
    ];
}
