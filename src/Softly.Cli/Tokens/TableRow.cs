using System.Text.Json;

namespace Softly.Cli.Tokens;

/// <summary>What a row of a table is about.</summary>
internal enum RowKind
{
    /// <summary>A text and its ids.</summary>
    Encode,

    /// <summary>Ids and their text.</summary>
    Decode,

    /// <summary>A conversation and its text.</summary>
    Chat,
}

/// <summary>A line of a table of right answers: its fields, or an error that names file and line.</summary>
internal sealed class TableRow
{
    private readonly string _path;
    private readonly int _line;
    private readonly JsonElement _record;

    public TableRow(string path, int line, JsonElement record)
    {
        (_path, _line, _record) = (path, line, record);
        Name = Has("id") && record.GetProperty("id").ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? record.GetProperty("id").ToString() : $"line {line}";
        Kind = Has("messages") && Has("rendered") ? RowKind.Chat
            : Has("text") && Has("ids") ? RowKind.Encode
            : Has("ids") && Has("decoded") ? RowKind.Decode
            : throw Refuse("expected text and ids, ids and decoded, or messages and rendered; found "
                + string.Join(", ", record.EnumerateObject().Take(12).Select(p => p.Name)));
    }

    /// <summary>Its <c>id</c>, or <c>line N</c>.</summary>
    public string Name { get; }

    public RowKind Kind { get; }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => _record.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement this[string name] => _record.GetProperty(name);

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
        throw Refuse($"{name}: a text is expected");
    }

    public bool Truth(string name, bool otherwise) => !Has(name) ? otherwise
        : this[name].ValueKind is JsonValueKind.True or JsonValueKind.False ? this[name].GetBoolean()
        : throw Refuse($"{name}: true or false is expected");

    public int[] Ids(string name)
    {
        if (this[name].ValueKind != JsonValueKind.Array) throw Refuse($"{name}: a list of token ids is expected");
        return [.. this[name].EnumerateArray().Select(e =>
            e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out var id) && id >= 0
                ? id : throw Refuse($"{name}: {Visible.Cut(e.GetRawText(), 40)} is no token id"))];
    }

    public UserError Refuse(string what) => new($"{_path}:{_line}: {what}");
}
