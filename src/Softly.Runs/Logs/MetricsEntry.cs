using System.Text.Json;

namespace Softly.Runs;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">The step the numbers belong to.</param>
/// <param name="WallSeconds">Seconds the run has been working, pauses between resumptions left out.</param>
/// <param name="Metrics">Names to numbers, in the order given. NaN stands for every number that was not finite.</param>
public sealed record MetricsEntry(int Step, double WallSeconds, IReadOnlyDictionary<string, double> Metrics)
{
    internal const string StepName = "step", WallName = "wall_seconds", NonFiniteName = "nonfinite";

    internal static bool IsReserved(string name) => name is StepName or WallName or NonFiniteName;

    /// <summary>The number of that name; NaN where the line has none.</summary>
    public double this[string name] => Metrics.GetValueOrDefault(name, double.NaN);

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber(StepName, Step);
        json.WriteNumber(WallName, Math.Round(WallSeconds, 3));
        foreach (var (name, value) in Metrics) json.WriteNumberOrNull(name, value);
        var nonFinite = Metrics.Where(m => !double.IsFinite(m.Value)).Select(m => m.Key).ToList();
        if (nonFinite.Count > 0)
        {
            json.WriteStartArray(NonFiniteName);
            foreach (var name in nonFinite) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    internal static MetricsEntry Parse(string path, JsonLine line)
    {
        if (!line.Value.TryGetProperty(StepName, out var s) || s.ValueKind != JsonValueKind.Number
            || !s.TryGetInt32(out var step))
            throw JsonLines.Error(path, line.Number, $"'{StepName}' is missing or no whole number");
        var wall = line.Value.TryGetProperty(WallName, out var w) ? JsonLines.Number(w, path, line.Number, WallName) : double.NaN;
        var metrics = new OrderedDictionary<string, double>();
        foreach (var property in line.Value.EnumerateObject())
            if (!IsReserved(property.Name))
                metrics[property.Name] = JsonLines.Number(property.Value, path, line.Number, property.Name);
        return new MetricsEntry(step, wall, metrics);
    }
}
