using System.Text.Json;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Mathematics;

/// <summary>What is read is worked out: the reference table of LaTeX and its values.</summary>
public sealed class LatexValuesTests
{
    private sealed record Row(string Id, string Latex, List<(Dictionary<string, Rational> Point, double Re, double Im)> Points);

    [Fact]
    public void Every_expression_of_the_table_has_its_value()
    {
        var wrong = new List<string>();
        foreach (var row in Rows())
        {
            try
            {
                var effort = new Effort();
                var node = Parser.Read(Spelling.Clean(row.Latex), true, new MathOptions(), effort);
                foreach (var (point, re, im) in row.Points)
                {
                    var value = new Evaluator(128, point, _ => Rational.Of(7, 3), effort).Of(node).Ball;
                    if (!value.IsFinite || Far(value.Re.ToDouble(), re) || Far(value.Im.ToDouble(), im))
                        wrong.Add($"{row.Id} {row.Latex}: {node} is {value}, not {re} + {im}i");
                }
            }
            catch (UnreadableException e)
            {
                wrong.Add($"{row.Id} {row.Latex}: {e.Message}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static bool Far(double value, double expected) => Math.Abs(value - expected) > 1e-12 * Math.Max(1, Math.Abs(expected));

    private static IEnumerable<Row> Rows()
    {
        foreach (var line in File.ReadLines(Reference.Require("graders", "latex_values.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var points = root.GetProperty("points").EnumerateArray().Select(p =>
                (p.GetProperty("vars").EnumerateObject().ToDictionary(v => v.Name, v => Fraction(v.Value.GetString()!)),
                    p.GetProperty("re").GetDouble(), p.GetProperty("im").GetDouble())).ToList();
            yield return new Row(root.GetProperty("id").GetString()!, root.GetProperty("latex").GetString()!, points);
        }
    }

    private static Rational Fraction(string text)
    {
        var parts = text.Split('/');
        return Rational.Of(int.Parse(parts[0]), parts.Length > 1 ? int.Parse(parts[1]) : 1);
    }
}
