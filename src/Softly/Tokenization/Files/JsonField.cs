using System.Text.Json;

namespace Softly.Tokenization.Files;

/// <summary>A value in a JSON file that knows where it stands, so that errors can say it.</summary>
internal readonly struct JsonField(string file, string path, JsonElement value)
{
    /// <summary>Files larger than this are not tokenizers.</summary>
    private const int LargestFile = 256 << 20;

    public JsonElement Value => value;

    /// <summary>
    /// Parses a whole file, which must be an object. The document is never disposed: the elements live as long as the fields.
    /// </summary>
    public static JsonField Parse(string file, byte[] bytes)
    {
        if (bytes.Length > LargestFile) throw new InvalidDataException($"{file}: larger than {LargestFile >> 20} MiB");
        try
        {
            ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
            var root = new JsonField(file, "", JsonDocument.Parse(text).RootElement);
            return root.Value.ValueKind == JsonValueKind.Object ? root : throw root.Refuse("expected an object");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}, line {(e.LineNumber ?? 0) + 1}: not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The field of an object; null where it is missing or null.</summary>
    public JsonField? Find(string key)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Refuse("expected an object");
        return value.TryGetProperty(key, out var found) && found.ValueKind != JsonValueKind.Null
            ? new JsonField(file, path.Length == 0 ? key : $"{path}.{key}", found)
            : null;
    }

    /// <summary>The field of an object, which must be there.</summary>
    public JsonField Get(string key) => Find(key) ?? throw Refuse($"the key '{key}' is missing");

    public string Text()
    {
        if (value.ValueKind != JsonValueKind.String) throw Refuse("expected a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("the string holds half a surrogate pair");
        }
    }

    public bool Flag() => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Refuse("expected true or false");

    public bool Flag(string key, bool otherwise = false) => Find(key)?.Flag() ?? otherwise;

    /// <summary>A token id: an integer from 0 to the largest vocabulary that is believed.</summary>
    public int Id() => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id)
        && id is >= 0 and < TokenizerLoader.LargestVocabulary
        ? id
        : throw Refuse($"expected a token id from 0 to {TokenizerLoader.LargestVocabulary - 1}");

    public IEnumerable<JsonField> Items()
    {
        if (value.ValueKind != JsonValueKind.Array) throw Refuse("expected a list");
        var (f, p) = (file, path);
        return value.EnumerateArray().Select((item, i) => new JsonField(f, $"{p}[{i}]", item));
    }

    public IEnumerable<(string Name, JsonField Field)> Entries()
    {
        if (value.ValueKind != JsonValueKind.Object) throw Refuse("expected an object");
        var (f, p, self) = (file, path, this);
        return value.EnumerateObject().Select(entry => (NameOf(entry, self), new JsonField(f, p, entry.Value)));
    }

    /// <summary>An error that names the file and the key.</summary>
    public InvalidDataException Refuse(string why) => new(path.Length == 0 ? $"{file}: {why}" : $"{file}: {path}: {why}");

    private static string NameOf(JsonProperty property, JsonField owner)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw owner.Refuse("a key holds half a surrogate pair");
        }
    }
}
