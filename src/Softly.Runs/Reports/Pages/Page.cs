using System.Text;

namespace Softly.Runs.Reports;

/// <summary>
/// A web page in one file: nothing is loaded from elsewhere, no scripts run, and text is always escaped. In paragraphs and lists
/// `backticks` mark code and **stars** strong words. Parts appear in the order they are added.
/// </summary>
/// <param name="title">The page's title and first heading.</param>
public sealed class Page(string title)
{
    private readonly StringBuilder _body = new();

    /// <summary>The page's title and first heading.</summary>
    public string Title { get; } = title;

    /// <summary>A heading: 2 for a chapter, 3 within it.</summary>
    public Page Heading(string text, int level = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 4);
        return Add($"<h{level}>{Markup.Escape(text)}</h{level}>\n");
    }

    /// <summary>A paragraph.</summary>
    public Page Paragraph(string text) => Add($"<p>{Markup.Inline(text)}</p>\n");

    /// <summary>A quiet remark below a figure or a table; nothing where it is empty.</summary>
    public Page Note(string text) => text.Length == 0 ? this : Add($"<p class=\"note\">{Markup.Inline(text)}</p>\n");

    /// <summary>A list with bullets; nothing where it is empty.</summary>
    public Page Bullets(params IEnumerable<string> items)
    {
        var list = string.Concat(items.Select(item => $"<li>{Markup.Inline(item)}</li>\n"));
        return list.Length == 0 ? this : Add($"<ul>\n{list}</ul>\n");
    }

    /// <summary>Foreign text after a quiet label. Neither is searched for marks.</summary>
    public Page Labelled(string label, string text) =>
        Add($"<p class=\"labelled\"><span>{Markup.Escape(label)}</span> {Markup.Escape(text)}</p>\n");

    /// <summary>Text as it stands, in a fixed-width font.</summary>
    public Page Code(string text) => Add($"<pre><code>{Markup.Escape(text)}</code></pre>\n");

    /// <summary>A table.</summary>
    public Page Table(Table table) => Add(table.ToHtml());

    /// <summary>Charts side by side where there is room; nothing where there are none.</summary>
    public Page Charts(params IEnumerable<Chart> charts)
    {
        var figures = string.Concat(charts.Select(chart => $"<figure>{chart.ToSvg()}</figure>\n"));
        return figures.Length == 0 ? this : Add($"<div class=\"figures\">\n{figures}</div>\n");
    }

    /// <summary>The thoughts of a sample on its problem's graph, a drawing a thought, side by side where there is room.</summary>
    public Page ThoughtGraphs(AuditPicture picture)
    {
        var (drawing, drawn) = (
            new ThoughtGraphDrawing(picture), Math.Min(picture.Thoughts.Count, ThoughtGraphDrawing.MostThoughts));
        var figures = string.Concat(
            Enumerable.Range(0, drawn).Select(t => $"<figure>{drawing.Draw(t)}</figure>\n"));
        return Add($"<p class=\"caption\">The first sample that thought: its own thoughts on the graph of "
            + $"{Markup.Escape(picture.ProblemId)}</p>\n<div class=\"multiples\">\n{figures}</div>\n"
            + $"<figure>{ThoughtGraphDrawing.Legend()}</figure>\n")
            .Note(drawn == picture.Thoughts.Count ? "" : $"Of {picture.Thoughts.Count:N0} thoughts the first {drawn} are drawn.");
    }

    /// <summary>The words of a soft rollout.</summary>
    public Page ThoughtSteps(IReadOnlyList<ThoughtStep> steps) => Add(Thoughts.ToHtml(steps));

    /// <summary>A part that opens on a click.</summary>
    /// <param name="summary">What is seen while it is closed.</param>
    /// <param name="fill">Adds the parts inside.</param>
    /// <param name="open">True to begin open.</param>
    public Page Details(string summary, Action<Page> fill, bool open = false)
    {
        Add($"<details{(open ? " open" : "")}><summary>{Markup.Inline(summary)}</summary>\n");
        fill(this);
        return Add("</details>\n");
    }

    /// <summary>The whole document.</summary>
    public string ToHtml() =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{Markup.Escape(Title)}</title>
        <style>
        {PageStyle.Css}
        </style>
        </head>
        <body>
        <main>
        <h1>{Markup.Escape(Title)}</h1>
        {_body}</main>
        </body>
        </html>

        """;

    private Page Add(string html)
    {
        _body.Append(html);
        return this;
    }
}
