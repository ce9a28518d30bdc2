namespace Softly.Cli.Tokens;

/// <summary>Says how many rows of a table are right, and which are not.</summary>
internal static class TableReport
{
    /// <summary>How a program learns it; for <c>--help</c>.</summary>
    public const string ExitCodes = "With --table the exit code is 1 where a row is wrong.";

    private const int Shown = 20;

    /// <summary>Reports, and gives the exit code: 0 where all is right, 1 where not.</summary>
    public static int Show(Reporter reporter, string path, TableResult result)
    {
        var wrong = result.Wrong;
        foreach (var d in result.Differences)
            reporter.Record(new { row = d.Row, field = d.Field, expected = d.Expected, got = d.Got });
        reporter.Record(new
        {
            table = path, right = result.Checked - wrong.Count, rows = result.Checked, left_out = result.LeftOut, wrong
        });
        if (!reporter.Json)
        {
            foreach (var d in result.Differences.Take(Shown))
                reporter.Say($"{d.Row}: {d.Field}\n"
                    + $"  expected {Around(d.Expected, d.Got)}\n  got      {Around(d.Got, d.Expected)}");
            if (result.Differences.Count > Shown)
                reporter.Say($"… and {result.Differences.Count - Shown} more differences");
            reporter.Say($"{path}: {result.Checked - wrong.Count} of {result.Checked} right"
                + (result.LeftOut > 0 ? $" ({result.LeftOut} rows of other templates left out)" : ""));
            if (wrong.Count > 0) reporter.Say($"wrong: {string.Join(", ", wrong)}");
        }
        return wrong.Count == 0 ? ExitCode.Ok : ExitCode.Different;
    }

    /// <summary>The part of a text in which it begins to differ from another.</summary>
    private static string Around(string text, string other)
    {
        var same = text.AsSpan().CommonPrefixLength(other);
        var from = same > 60 ? same - 40 : 0;
        if (from > 0 && char.IsLowSurrogate(text[from])) from--;
        return (from > 0 ? "…" : "") + Visible.Cut(text[from..], 160);
    }
}
