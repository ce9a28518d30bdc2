using System.Diagnostics;
using Softly.Tasks.Extraction;

namespace Softly.Cli.Grading;

/// <summary>Texts and what their last complete box holds; null where they have none.</summary>
internal sealed class BoxTable : ITableCheck
{
    public string Title => "boxes";

    public IReadOnlyList<string> Fields { get; } = ["text", "box"];

    public bool HasTiers => false;

    public TableOutcome? Check(GradeRow row)
    {
        var text = row.Text("text");
        var expected = row.Has("box") ? row.Text("box") : null;
        var watch = Stopwatch.StartNew();
        var box = Boxes.Last(text);
        return new TableOutcome(box == expected, null, expected ?? "no box", box ?? "no box", watch.Elapsed);
    }
}
