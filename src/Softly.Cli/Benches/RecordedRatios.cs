using System.Text.Json;

namespace Softly.Cli.Benches;

/// <summary>Figures of an earlier run, as they stand in benchmarks/baselines, in the micro-benchmarks' layout.</summary>
/// <param name="Machine">Its kind.</param>
/// <param name="Date">When.</param>
/// <param name="Command">How to measure again.</param>
/// <param name="Load">How busy the machine was.</param>
/// <param name="Tolerance">By what factor a figure may differ without meaning anything.</param>
/// <param name="Ratios">Figures by name.</param>
internal sealed record RecordedRatios(
    string Machine, string Date, string Command, string Load, double Tolerance, SortedDictionary<string, double> Ratios)
{
    private const double Usual = 1.5;

    /// <summary>The figures of a run.</summary>
    public static RecordedRatios Of(BenchDocument d)
    {
        var ratios = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var figure in d.Figures) ratios[figure.Name] = double.Parse($"{figure.Value:G4}");
        return new RecordedRatios(d.Machine, d.Date, d.Command, d.Load, Usual, ratios);
    }

    /// <summary>Reads a recorded file, or what <c>--out</c> wrote.</summary>
    /// <exception cref="UserError">It is not there, or neither of the two.</exception>
    public static RecordedRatios Read(string path)
    {
        if (!File.Exists(path))
            throw new UserError($"{path}: there is no such file; expected one of softly bench --record or --out");
        try
        {
            var text = File.ReadAllText(path);
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("schema", out _))
                return Of(BenchDocument.Read(path));
            var read = JsonSerializer.Deserialize<RecordedRatios>(text, BenchDocument.Form);
            return read is { Ratios: not null, Tolerance: >= 1 } ? read : throw new JsonException("no ratios with a tolerance");
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: neither what softly bench --record writes nor what --out does: {e.Message}");
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, BenchDocument.Form) + "\n");

    /// <summary>A figure that changed by more than the tolerance.</summary>
    /// <param name="Figure">As it is now.</param>
    /// <param name="Before">As it was.</param>
    internal sealed record Change(Figure Figure, double Before)
    {
        public double Factor => Figure.Value / Before;
        public bool IsWorse => Figure.HigherIsBetter ? Factor < 1 : Factor > 1;
    }

    /// <summary>What differs by more than the tolerance; figures that only one side has do not.</summary>
    public IEnumerable<Change> Changes(IEnumerable<Figure> now) => now
        .Where(f => Ratios.TryGetValue(f.Name, out var before) && before > 0 && f.Value > 0)
        .Select(f => new Change(f, Ratios[f.Name]))
        .Where(c => Math.Max(c.Factor, 1 / c.Factor) > Tolerance);
}
