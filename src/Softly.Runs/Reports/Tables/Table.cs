using System.Text;

namespace Softly.Runs.Reports;

/// <summary>One table for three readers: a web page, a Markdown document and a terminal.</summary>
/// <param name="caption">What the numbers are; may be empty.</param>
/// <param name="columns">The columns, the first of which names the row.</param>
public sealed class Table(string caption, params IReadOnlyList<Column> columns)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>What the numbers are; may be empty.</summary>
    public string Caption { get; } = caption;

    /// <summary>The columns, left to right.</summary>
    public IReadOnlyList<Column> Columns { get; } = columns;

    /// <summary>The rows, top to bottom; a cell for each column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    /// <returns>The same table.</returns>
    public Table Add(params IReadOnlyList<string> cells)
    {
        if (cells.Count != Columns.Count)
            throw new ArgumentException($"a row of {cells.Count} cells was given to a table of {Columns.Count} columns",
                nameof(cells));
        _rows.Add([.. cells]);
        return this;
    }

    /// <summary>An HTML table that scrolls sideways where the screen is too narrow.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        // The caption stands outside, so that it does not scroll.
        if (Caption.Length > 0) html.Append($"<p class=\"caption\">{Markup.Escape(Caption)}</p>\n");
        html.Append("<div class=\"table\" role=\"region\" tabindex=\"0\"").Append(Label()).Append("><table>\n<thead><tr>");
        foreach (var column in Columns) html.Append($"<th scope=\"col\"{Class(column)}>{Markup.Escape(column.Header)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in Rows)
        {
            html.Append("<tr>");
            for (var i = 0; i < row.Count; i++)
                html.Append(i == 0 ? $"<th scope=\"row\"{Class(Columns[i])}>{Cell(row[i])}</th>"
                    : $"<td{Class(Columns[i])}>{Cell(row[i])}</td>");
            html.Append("</tr>\n");
        }
        return html.Append("</tbody></table></div>\n").ToString();

        string Label() => $" aria-label=\"{Markup.Escape(Caption.Length > 0 ? Caption : "Table")}\"";
        static string Class(Column column) => column.Numeric ? " class=\"number\"" : "";
        static string Cell(string text) // the interval after a number is quieter than the number
        {
            var at = text.EndsWith(']') ? text.IndexOf(" [", StringComparison.Ordinal) : -1;
            return at <= 0 ? Markup.Escape(text)
                : $"{Markup.Escape(text[..at])} <span class=\"interval\">{Markup.Escape(text[(at + 1)..])}</span>";
        }
    }

    /// <summary>A table as GitHub reads it.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        if (Caption.Length > 0) text.Append($"**{Markdown(Caption)}**\n\n");
        Row(Columns.Select(c => Markdown(c.Header)));
        Row(Columns.Select(c => c.Numeric ? "---:" : "---"));
        foreach (var row in Rows) Row(row.Select(Markdown));
        return text.ToString();

        void Row(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>
    /// Plain text no wider than <paramref name="width"/> columns: cells wrap where they must, and where even that is too wide
    /// each row becomes a block of lines.
    /// </summary>
    public string ToText(int width = 100) => TableText.Write(this, width);

    private static string Markdown(string text)
    {
        var result = new StringBuilder();
        foreach (var c in text)
            _ = c switch
            {
                '\\' or '|' or '`' or '*' or '_' => result.Append('\\').Append(c),
                '<' => result.Append("&lt;"),
                '&' => result.Append("&amp;"),
                < ' ' => result.Append(' '),
                _ => result.Append(c),
            };
        return result.ToString();
    }
}
