using System.Globalization;

namespace Softly.Cli.Grading;

/// <summary>Says how many rows of a table are right, by tier and category, and which are not.</summary>
internal static class GradeTableReport
{
    private const int Shown = 20;

    /// <summary>Reports, and gives the exit code: 1 where a row is wrong that must be right.</summary>
    public static int Show(Reporter reporter, string path, GradeTableResult result)
    {
        var rows = result.Rows;
        var slowest = rows.MaxBy(r => r.Outcome.Time)!;
        var total = rows.Sum(r => r.Outcome.Time.TotalSeconds);
        int[] accepted = [.. result.Wrong.Where(r => r.Outcome.Accepted == true).Select(r => r.Line)];
        int[] refused = [.. result.Wrong.Where(r => r.Outcome.Accepted == false).Select(r => r.Line)];
        if (reporter.Json)
        {
            foreach (var row in result.Wrong)
            {
                reporter.Record(new
                {
                    line = row.Line, id = row.Id, tier = row.Tier, category = row.Category, accepted = row.Outcome.Accepted,
                    expected = row.Outcome.Expected, got = row.Outcome.Got,
                });
            }
            reporter.Record(new
            {
                table = path, kind = result.Check.Title, rows = rows.Count, right = rows.Count - result.Wrong.Count,
                left_out = result.LeftOut, tiers = Scores(rows, r => r.Tier), categories = Scores(rows, r => r.Category),
                false_positives = accepted, false_negatives = refused, slowest_ms = Milliseconds(slowest),
                slowest_line = slowest.Line, total_s = Math.Round(total, 3), passed = !result.Fails,
            });
            return result.Fails ? ExitCode.Different : ExitCode.Ok;
        }
        foreach (var row in result.Wrong.Take(Shown))
            reporter.Say($"line {row.Line}{(row.Id is null ? "" : $" ({row.Id})")}, {row.Tier} {row.Category}: "
                + $"{row.Outcome.Expected}\n  got {row.Outcome.Got}");
        if (result.Wrong.Count > Shown) reporter.Say($"… and {result.Wrong.Count - Shown} more");
        if (result.Check.HasTiers)
        {
            Table(reporter, "tier", Scores(rows, r => r.Tier));
            Table(reporter, "category", Scores(rows, r => r.Category));
            reporter.Say($"wrong answers accepted (false positives): {Lines(accepted)}");
            reporter.Say($"right answers refused (false negatives): {Lines(refused)}");
        }
        else if (result.Wrong.Count > 0) reporter.Say($"wrong: {Lines([.. result.Wrong.Select(r => r.Line)])}");
        reporter.Say(string.Create(CultureInfo.InvariantCulture,
            $"slowest {Milliseconds(slowest):0.0} ms (line {slowest.Line}), all rows {total:0.00} s"));
        reporter.Say($"{path}: {rows.Count - result.Wrong.Count} of {rows.Count} right"
            + (result.LeftOut > 0 ? $" ({result.LeftOut} rows that are not for this grader left out)" : ""));
        return result.Fails ? ExitCode.Different : ExitCode.Ok;
    }

    private static SortedDictionary<string, Score> Scores(IEnumerable<CheckedRow> rows, Func<CheckedRow, string> by) =>
        new(rows.GroupBy(by).ToDictionary(g => g.Key, g => new Score(g.Count(r => r.Outcome.IsRight), g.Count())),
            StringComparer.Ordinal);

    private static void Table(Reporter reporter, string title, SortedDictionary<string, Score> scores)
    {
        var width = scores.Keys.Append(title).Max(k => k.Length);
        reporter.Say($"{title.PadRight(width)}   right   rows");
        foreach (var (name, score) in scores)
            reporter.Say(string.Create(CultureInfo.InvariantCulture,
                $"{name.PadRight(width)}  {score.Right,6} {score.Rows,6}  {100.0 * score.Right / score.Rows:0.0} %"));
    }

    private static string Lines(int[] lines) => lines.Length == 0 ? "none" : "lines " + string.Join(", ", lines);

    private static double Milliseconds(CheckedRow row) => Math.Round(row.Outcome.Time.TotalMilliseconds, 3);

    private sealed record Score(int Right, int Rows);
}
