using System.Diagnostics;
using Softly.Tasks;

namespace Softly.Cli.Grading;

/// <summary>A row that was checked.</summary>
internal sealed record CheckedRow(int Line, string? Id, string Tier, string Category, TableOutcome Outcome);

/// <summary>What a check of a table found.</summary>
/// <param name="Check">The kind of table.</param>
/// <param name="Rows">The rows that were checked.</param>
/// <param name="LeftOut">Rows that are not for the grader in use.</param>
internal sealed record GradeTableResult(ITableCheck Check, IReadOnlyList<CheckedRow> Rows, int LeftOut)
{
    /// <summary>The rows that came out otherwise than the table says.</summary>
    public IReadOnlyList<CheckedRow> Wrong { get; } = [.. Rows.Where(r => !r.Outcome.IsRight)];

    /// <summary>Whether a row is wrong that must be right.</summary>
    public bool Fails => Wrong.Any(r => !Check.HasTiers || r.Tier == "core");
}

/// <summary>Reads a table of right answers, finds out by its fields what it is of, and checks every row.</summary>
internal static class GradeTable
{
    private const int LongestLine = 1 << 26;

    /// <summary>The kinds of tables there are.</summary>
    public static ITableCheck[] Kinds(IGrader grader) => [new MathTable(grader), new ValueTable(), new BoxTable()];

    /// <exception cref="DatasetException">A line cannot be read; file and line are named.</exception>
    /// <exception cref="UserError">A row is of no known kind, or of another than the first.</exception>
    public static GradeTableResult Run(string path, ITableCheck[] kinds, Reporter reporter, CancellationToken cancel = default)
    {
        ITableCheck? check = null;
        var rows = new List<CheckedRow>();
        var leftOut = 0;
        var watch = Stopwatch.StartNew();
        foreach (var (line, record) in JsonLinesReader.Read(path, LongestLine))
        {
            cancel.ThrowIfCancellationRequested();
            var row = new GradeRow(path, line, record);
            check ??= KindOf(row, kinds);
            if (check.Check(row) is not { } outcome)
            {
                leftOut++;
                continue;
            }
            rows.Add(new CheckedRow(line, row.Id, row.Tier, row.Category, outcome));
            if (watch.Elapsed.TotalSeconds > 2) reporter.Progress($"{rows.Count} rows of {path} checked");
        }
        if (check is null) throw new UserError($"{path}: the table is empty");
        return rows.Count > 0 ? new GradeTableResult(check, rows, leftOut)
            : throw new UserError($"{path}: none of the {leftOut} rows is for this grader; choose another with --grader");
    }

    private static ITableCheck KindOf(GradeRow row, ITableCheck[] kinds)
    {
        if (kinds.FirstOrDefault(k => k.Fields.All(f => row.Names.Contains(f))) is { } kind) return kind;
        var expected = string.Join("; or ", kinds.Select(k => $"{string.Join(", ", k.Fields)} ({k.Title})"));
        // Of the kind that it comes closest to, the field that may be misspelt.
        var closest = kinds.MaxBy(k => k.Fields.Count(f => row.Names.Contains(f)))!;
        var missing = closest.Fields.First(f => !row.Names.Contains(f));
        var hint = row.Names.Any(n => closest.Fields.Contains(n))
            && NearestName.Of(missing, row.Names.Except(closest.Fields)) is { } near
                ? $"; did you mean '{missing}' by '{near}'?" : "";
        throw row.Refuse($"expected the fields {expected}; found {string.Join(", ", row.Names.Take(12))}{hint}");
    }
}
