using System.Globalization;
using Softly.Runs;
using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Cli.Grading;

/// <summary>
/// Completions that are programs, hostile ones among them, and what must come of each. All are run at the first row, on all
/// cores; a row is right where it is in every sandbox.
/// </summary>
/// <param name="path">The table.</param>
/// <param name="boxes">Names of sandboxes.</param>
/// <param name="reporter">Told how far it is.</param>
/// <param name="cancel">Stops before the next program.</param>
internal sealed class CodeTableCheck(
    string path, IReadOnlyList<string> boxes, Reporter reporter, CancellationToken cancel) : ITableCheck
{
    private List<IReadOnlyList<CodeCaseResult>>? _results;
    private int _row;

    public string Title => "programs";

    public IReadOnlyList<string> Fields => CodeTable.Fields;

    public bool HasTiers => false;

    public TableOutcome? Check(GradeRow row)
    {
        _results ??= RunAll();
        var results = _results.Select(r => r[_row]).ToList();
        _row++;
        var one = results[0].Case;
        var wrong = results.SelectMany((r, i) => r.Wrong.Select(w => $"{boxes[i]}: {w}")).ToList();
        return new TableOutcome(
            wrong.Count == 0, null, Expected(one),
            string.Join("; ", wrong.Count > 0 ? wrong : results.Select((r, i) => $"{boxes[i]}: {r.Run.Status.Name()}")),
            TimeSpan.FromSeconds(results.Sum(r => r.Run.Seconds)));
    }

    /// <exception cref="DatasetException">The table or its problems cannot be read.</exception>
    /// <exception cref="SandboxUnavailableException">A sandbox does not work here.</exception>
    private List<IReadOnlyList<CodeCaseResult>> RunAll()
    {
        var table = CodeTable.Read(path);
        var results = new List<IReadOnlyList<CodeCaseResult>>();
        foreach (var name in boxes)
        {
            using var sandbox = Sandboxes.Open(name);
            var progress = new Remaining(table.Cases.Count);
            results.Add(table.Check(
                sandbox,
                done => reporter.Progress($"{name}: {done} of {table.Cases.Count} programs{progress.Left(done)}"),
                cancel));
        }
        return results;
    }

    private static string Expected(CodeCase one)
    {
        var verdict = one.Expect is { } expect
            ? expect + (one.Status is { } statuses ? $" ({string.Join(" or ", statuses)})" : "")
            : "either verdict";
        return one.Note is { } note ? $"{verdict}: {note}" : verdict;
    }

    /// <summary>How long the rest takes, by what is done.</summary>
    private sealed class Remaining(int all)
    {
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

        public string Left(int done) => done == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $", about {HumanTime.Format(_clock.Elapsed.TotalSeconds / done * (all - done))} left");
    }
}
