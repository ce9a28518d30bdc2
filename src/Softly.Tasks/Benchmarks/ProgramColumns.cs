using System.Text.Json;
using System.Text.RegularExpressions;

namespace Softly.Tasks;

/// <summary>
/// Programming problems come with their columns under several names: HumanEval says prompt, canonical_solution and test, MBPP
/// text or prompt, code and test_list. All are read as problem, answer, tests and entry_point.
/// </summary>
internal static partial class ProgramColumns
{
    /// <summary>The column with the question.</summary>
    public const string Problem = "problem";

    /// <summary>The column with the reference program.</summary>
    public const string Answer = "answer";

    private const string Tests = "tests";
    private const string EntryPoint = "entry_point";

    private static readonly (string Name, string[] Others)[] Names =
    [
        ("id", ["task_id"]), (Problem, ["prompt", "text"]), (Answer, ["canonical_solution", "code"]),
        (Tests, ["test", "test_list"]),
    ];

    /// <summary>The record with the columns by their usual names beside its own; itself where it has them all.</summary>
    public static JsonElement Of(JsonElement record)
    {
        var more = new Dictionary<string, JsonElement>();
        foreach (var (name, others) in Names)
            if (RecordLayout.Find(record, name) is null
                && others.Select(o => RecordLayout.Find(record, o)).FirstOrDefault(v => v is not null) is { } value)
                more.Add(name, value);
        var entry = RecordLayout.Find(record, EntryPoint) is null ? Called(Column(Answer), Column(Tests)) : null;
        if (more.Count == 0 && entry is null) return record;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var property in record.EnumerateObject().Where(p => !more.ContainsKey(p.Name))) property.WriteTo(json);
            foreach (var (name, value) in more)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
            if (entry is not null) json.WriteString(EntryPoint, entry);
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.ToArray());
        return document.RootElement.Clone();

        JsonElement? Column(string name) => more.TryGetValue(name, out var value) ? value : RecordLayout.Find(record, name);
    }

    /// <summary>The function of a program that its tests call first; null where there is none.</summary>
    private static string? Called(JsonElement? program, JsonElement? tests)
    {
        if (program is not { ValueKind: JsonValueKind.String } code || tests is not { } asked) return null;
        var text = asked.ToString();
        return Functions().Matches(code.GetString()!).Select(m => m.Groups[1].Value)
            .Select(name => (Name: name, At: Regex.Match(text, $@"\b{name}\s*\(") is { Success: true } call ? call.Index : -1))
            .Where(f => f.At >= 0).OrderBy(f => f.At).Select(f => f.Name).FirstOrDefault();
    }

    [GeneratedRegex(@"^def\s+([A-Za-z_][A-Za-z0-9_]*)\s*\(", RegexOptions.Multiline)]
    private static partial Regex Functions();
}
