using System.Text;

namespace Softly.Runs.Reports;

/// <summary>
/// A quickstart for its three readers: a page for a newcomer, a text for the console, JSON for programs. No sentence claims a
/// direction that its interval does not support.
/// </summary>
public static class QuickstartReport
{
    /// <summary>The page <c>report.html</c>.</summary>
    public static string ToHtml(QuickstartResult result) => new QuickstartPage(result).Build().ToHtml();

    /// <summary>The JSON document for <c>--json</c>, indented, with a line end.</summary>
    public static string ToJson(QuickstartResult result) =>
        Encoding.UTF8.GetString(JsonLines.Document(json => QuickstartJson.Write(json, result)));

    /// <summary>The console's text, no wider than <paramref name="width"/> columns.</summary>
    public static string ToText(QuickstartResult result, int width = 100)
    {
        var tables = new QuickstartTables(result);
        var text = new StringBuilder();
        text.Append(tables.Rates().ToText(width)).Append('\n');
        foreach (var differences in tables.Differences()) text.Append(differences.ToText(width)).Append('\n');
        if (result.Matched.Count > 0) text.Append(tables.Matched().ToText(width)).Append('\n');
        if (result.Audits.Count > 0) text.Append(AuditSection.ToText(result.Audits, width).TrimStart('\n')).Append('\n');
        if (result.Unaudited is { } why) Bullet($"Not audited: {why}");
        foreach (var (_, claims) in tables.Claims())
            foreach (var claim in claims) Bullet(claim);
        foreach (var sentence in result.Story.Conclusion(result)) Bullet(sentence);
        Bullet(QuickstartWords.IntervalScope);
        return text.ToString();

        void Bullet(string sentence)
        {
            var lines = TextWidth.Wrap(TextWidth.Visible(sentence), width - 2);
            for (var i = 0; i < lines.Count; i++) text.Append(i == 0 ? "• " : "  ").Append(lines[i]).Append('\n');
        }
    }

    /// <summary>Writes the page; the file is there whole or not at all.</summary>
    public static void Write(QuickstartResult result, string path) => WholeFile.Write(path, ToHtml(result));
}
