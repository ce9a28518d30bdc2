using System.Text.Json;

namespace Softly.Runs;

/// <summary>The fields of one line of a log; what is missing or of another kind is an error that names file, line and field.</summary>
internal readonly struct LineFields(string path, JsonLine line)
{
    public string Text(string name) => TextOrNull(name) ?? throw Expected(name, "a text");

    public string? TextOrNull(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } e => e.GetString(),
        _ => throw Expected(name, "a text"),
    };

    public int Whole(string name) => WholeOrNull(name) ?? throw Expected(name, "a whole number");

    public int? WholeOrNull(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } e when e.TryGetInt32(out var whole) => whole,
        _ => throw Expected(name, "a whole number"),
    };

    /// <summary>A number, or NaN for null, which is how logs write what is not finite.</summary>
    public double Number(string name) => line.Value.TryGetProperty(name, out var e)
        ? JsonLines.Number(e, path, line.Number, name)
        : throw Expected(name, "a number or null");

    public double? NumberOrNull(string name) =>
        line.Value.TryGetProperty(name, out var e) ? JsonLines.Number(e, path, line.Number, name) : null;

    /// <summary>The fields of an object; null where there is none.</summary>
    public IEnumerable<JsonProperty>? Named(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } e => e.EnumerateObject(),
        _ => throw Expected(name, "an object"),
    };

    private JsonElement? Find(string name) =>
        line.Value.TryGetProperty(name, out var e) && e.ValueKind != JsonValueKind.Null ? e : null;

    private InvalidDataException Expected(string name, string what) =>
        JsonLines.Error(path, line.Number, $"'{name}' should be {what}");
}
