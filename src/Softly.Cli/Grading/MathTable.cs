using System.Diagnostics;
using System.Text.Json;
using Softly.Tasks;
using Softly.Tasks.Mathematics;

namespace Softly.Cli.Grading;

/// <summary>
/// Pairs of answers and the verdict on them. A row of kind <c>answer</c> has the answer already cut out, and only a grader that
/// compares mathematics takes it; a row of kind <c>response</c> has a whole output. What <c>policy</c> sets holds for its row.
/// </summary>
/// <param name="grader">The grader that is checked.</param>
internal sealed class MathTable(IGrader grader) : ITableCheck
{
    private static readonly string[] Kinds = ["answer", "response"];

    public string Title => "math cases";

    public IReadOnlyList<string> Fields { get; } = ["kind", "gold", "pred", "expected"];

    public bool HasTiers => true;

    public TableOutcome? Check(GradeRow row)
    {
        var (kind, gold, given, expected) = (row.Text("kind"), row.Text("gold"), row.Text("pred"), row.Truth("expected"));
        if (!Kinds.Contains(kind)) throw row.Refuse($"kind: expected answer or response, not '{kind}'");
        var watch = Stopwatch.StartNew();
        Grade grade;
        if (grader is MathGrader math)
        {
            var options = WithPolicy(row, math.Options);
            if (kind == "response") grade = new MathGrader(math.Name, options).Grade(gold, given);
            else
            {
                var judged = MathAnswers.Judge(gold, given, options);
                grade = new Grade(judged.IsRight ? 1 : 0, judged.Verdict, judged.Rule, given);
            }
        }
        else if (kind == "answer" || row.Has("policy")) return null;
        else grade = grader.Grade(gold, given);
        var accepted = grade.Verdict == Verdict.Right;
        var got = $"{grade.Verdict.Name()}: {grade.Reason}"
            + (kind == "response" && grade.Extracted is { } found ? $"; took {Visible(found)}" : "");
        return new TableOutcome(accepted == expected, accepted,
            $"{Visible(gold)} | {Visible(given)} is {(expected ? "right" : "wrong")}", got, watch.Elapsed);
    }

    private static MathOptions WithPolicy(GradeRow row, MathOptions options)
    {
        if (!row.Has("policy")) return options;
        if (row["policy"].ValueKind != JsonValueKind.Object) throw row.Refuse("policy: an object of options is expected");
        try
        {
            foreach (var option in row["policy"].EnumerateObject()) options = options.With(option.Name, option.Value);
        }
        catch (ArgumentException e)
        {
            throw row.Refuse($"policy: {e.Message}");
        }
        return options;
    }

    private static string Visible(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 120 ? line : $"{line[..50]} … {line[^60..]}";
    }
}
