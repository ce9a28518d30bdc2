using System.Text.Json;
using Softly.Tasks;

namespace Softly.Cli.Grading;

/// <summary>A line of a table of right answers: its fields, or an error that names file, line and field.</summary>
internal sealed class GradeRow(string path, int line, JsonElement record)
{
    /// <summary>From 1.</summary>
    public int Line => line;

    /// <summary>The names of its fields.</summary>
    public IReadOnlyList<string> Names => [.. record.EnumerateObject().Select(p => p.Name)];

    /// <summary>Its <c>id</c>, or null.</summary>
    public string? Id => Has("id") && this["id"].ValueKind == JsonValueKind.String ? Text("id") : null;

    /// <summary>Its <c>tier</c>; core where it has none.</summary>
    public string Tier => Has("tier") ? Text("tier") : "core";

    /// <summary>Its <c>category</c>, or a dash.</summary>
    public string Category => Has("category") ? Text("category") : "-";

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => record.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The field; an error where there is none.</summary>
    public JsonElement this[string name] => record.TryGetProperty(name, out var value) ? value
        : throw Refuse($"the field '{name}' is missing"
            + (NearestName.Of(name, Names) is { } near ? $"; did you mean it by '{near}'?" : ""));

    public string Text(string name)
    {
        try
        {
            if (this[name].ValueKind == JsonValueKind.String) return this[name].GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse($"{name} holds half a surrogate pair");
        }
        throw Refuse($"{name}: a text is expected, not {JsonLinesReader.Kind(this[name])}");
    }

    public bool Truth(string name) => this[name].ValueKind is JsonValueKind.True or JsonValueKind.False
        ? this[name].GetBoolean()
        : throw Refuse($"{name}: true or false is expected, not {JsonLinesReader.Kind(this[name])}");

    public UserError Refuse(string what) => new($"{path}:{line}: {what}");
}
