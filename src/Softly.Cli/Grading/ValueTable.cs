using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Softly.Tasks.Mathematics;

namespace Softly.Cli.Grading;

/// <summary>
/// LaTeX and its value at points: every point must come out to double precision (1e-12 of the value, or 1e-12 where it is below
/// 1).
/// </summary>
internal sealed class ValueTable : ITableCheck
{
    private const double Precision = 1e-12;

    public string Title => "LaTeX values";

    public IReadOnlyList<string> Fields { get; } = ["latex", "points"];

    public bool HasTiers => false;

    public TableOutcome? Check(GradeRow row)
    {
        var latex = row.Text("latex");
        if (row["points"].ValueKind != JsonValueKind.Array) throw row.Refuse("points: a list is expected");
        var watch = Stopwatch.StartNew();
        foreach (var point in row["points"].EnumerateArray())
        {
            var (re, im) = (Number(row, point, "re"), Number(row, point, "im"));
            var value = LatexValue.At(latex, Assigned(row, point), out var reason);
            if (reason is null && Near(value.Re.ToDouble(), re) && Near(value.Im.ToDouble(), im)) continue;
            var got = reason ?? $"{value.Re.ToDouble():R} + {value.Im.ToDouble():R}i";
            return new TableOutcome(false, null, $"{latex} is {re:R} + {im:R}i", got, watch.Elapsed);
        }
        return new TableOutcome(true, null, latex, "", watch.Elapsed);
    }

    private static bool Near(double value, double expected) =>
        Math.Abs(value - expected) <= Precision * Math.Max(1, Math.Abs(expected));

    private static double Number(GradeRow row, JsonElement point, string name) =>
        point.ValueKind == JsonValueKind.Object && point.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : throw row.Refuse($"points: a number '{name}' is expected in each");

    private static Dictionary<string, Rational> Assigned(GradeRow row, JsonElement point)
    {
        if (!point.TryGetProperty("vars", out var vars) || vars.ValueKind != JsonValueKind.Object)
            throw row.Refuse("points: an object 'vars' is expected in each");
        return vars.EnumerateObject().ToDictionary(v => v.Name, v =>
            v.Value.ValueKind == JsonValueKind.String && Fraction(v.Value.GetString()!) is { } fraction
                ? fraction
                : throw row.Refuse($"points: '{v.Name}' is {v.Value.GetRawText()}; expected a fraction such as \"7/3\""));
    }

    private static Rational? Fraction(string text)
    {
        var parts = text.Split('/');
        BigInteger below = 1;
        return parts.Length <= 2
            && BigInteger.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var above)
            && (parts.Length == 1
                || BigInteger.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out below)) && !below.IsZero
            ? Rational.Of(above, below)
            : null;
    }
}
