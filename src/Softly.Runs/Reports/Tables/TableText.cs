using System.Text;

namespace Softly.Runs.Reports;

/// <summary>A table for a terminal.</summary>
internal static class TableText
{
    private const int Gap = 2, Narrowest = 20;

    public static string Write(Table table, int width)
    {
        width = Math.Max(width, Narrowest);
        var headers = table.Columns.Select(c => TextWidth.Visible(c.Header)).ToList();
        var rows = table.Rows.Select(row => row.Select(TextWidth.Visible).ToList()).ToList();
        var text = new StringBuilder();
        if (table.Caption.Length > 0)
            foreach (var line in TextWidth.Wrap(TextWidth.Visible(table.Caption), width)) text.Append(line).Append('\n');
        if (Fit([headers, .. rows], width) is { } widths) Grid(table, headers, rows, widths, text);
        else Blocks(headers, rows, width, text);
        return text.ToString();
    }

    /// <summary>Column widths that fit; null where the longest words do not.</summary>
    private static int[]? Fit(List<List<string>> rows, int width)
    {
        var columns = Enumerable.Range(0, rows[0].Count).ToList();
        var widths = columns.Select(i => rows.Max(row => TextWidth.Of(row[i]))).ToArray();
        var least = columns.Select(i => rows.Max(row => TextWidth.OfLongestUnit(row[i]))).ToArray();
        var room = width - Gap * (widths.Length - 1);
        if (least.Sum() > room) return null;
        while (widths.Sum() > room) // the widest that can still shrink gives way
            widths[columns.Where(i => widths[i] > least[i]).MaxBy(i => widths[i])]--;
        return [.. columns.Select(i => rows.Max(row => TextWidth.Wrap(row[i], widths[i]).Max(TextWidth.Of)))];
    }

    private static void Grid(Table table, List<string> headers, List<List<string>> rows, int[] widths, StringBuilder text)
    {
        Row(headers);
        text.AppendJoin(new string(' ', Gap), widths.Select(w => new string('─', w))).Append('\n');
        foreach (var row in rows) Row(row);

        void Row(List<string> cells)
        {
            var lines = cells.Select((cell, i) => TextWidth.Wrap(cell, widths[i])).ToList();
            for (var at = 0; at < lines.Max(l => l.Count); at++)
            {
                var line = string.Join(new string(' ', Gap), lines.Select((cell, i) =>
                    Pad(at < cell.Count ? cell[at] : "", widths[i], table.Columns[i].Numeric)));
                text.Append(line.TrimEnd()).Append('\n');
            }
        }
    }

    private static void Blocks(List<string> headers, List<List<string>> rows, int width, StringBuilder text)
    {
        for (var r = 0; r < rows.Count; r++)
        {
            if (r > 0) text.Append('\n');
            for (var i = 0; i < headers.Count; i++)
                foreach (var line in TextWidth.Wrap($"{headers[i]}: {rows[r][i]}", width - Gap)
                    .Select((l, n) => n == 0 && i == 0 ? l : "  " + l))
                    text.Append(line).Append('\n');
        }
    }

    private static string Pad(string cell, int width, bool right)
    {
        var space = new string(' ', Math.Max(0, width - TextWidth.Of(cell)));
        return right ? space + cell : cell + space;
    }
}
