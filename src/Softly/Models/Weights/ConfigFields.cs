using System.Text.Json;

namespace Softly.Models.Weights;

/// <summary>
/// The fields of a JSON object, read by name and type. What is wrong is collected, so that <see cref="ThrowIfAny"/> can tell
/// everything at once; a field that is wrong reads as its default until then.
/// </summary>
internal sealed class ConfigFields
{
    // Far above any real configuration; keeps a wrong file from being read into memory.
    private const long LongestFile = 16 << 20;

    private readonly string _source;
    private readonly string _prefix;
    private readonly JsonElement _object;

    private ConfigFields(string source, JsonElement element, string prefix, List<string> problems)
    {
        (_source, _object, _prefix, Problems) = (source, element, prefix, problems);
    }

    public List<string> Problems { get; }

    public static ConfigFields ReadFile(string path)
    {
        var length = FileLength.Of(path);
        if (length > LongestFile) throw Refusal.Of(path, $"at most {LongestFile} bytes are expected, the file has {length}");
        return Parse(File.ReadAllText(path), path);
    }

    /// <exception cref="InvalidDataException">The text is no JSON object, or has a field twice.</exception>
    public static ConfigFields Parse(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(
                json, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Refusal.Of(source, "a JSON object is expected");
            // Reads every text once: half of a surrogate pair shows here and not where a field is used or written again.
            using (var nowhere = new Utf8JsonWriter(Stream.Null)) document.RootElement.WriteTo(nowhere);
            return new ConfigFields(source, document.RootElement.Clone(), "", []);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refusal.Of(source, $"not valid JSON ({e.Message})");
        }
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Whether the field is there, be it null.</summary>
    public bool Mentions(string name) => _object.TryGetProperty(name, out _);

    /// <summary>The field as it stands; null where it is missing or null.</summary>
    public JsonElement? Value(string name) => Find(name);

    /// <summary>
    /// Everything but the fields <paramref name="known"/>, as the text of a JSON object; null where nothing is left.
    /// </summary>
    public string? Rest(IReadOnlyCollection<string> known)
    {
        var rest = new Dictionary<string, JsonElement>();
        foreach (var field in _object.EnumerateObject())
            if (!known.Contains(field.Name)) rest.Add(field.Name, field.Value);
        return rest.Count == 0 ? null : JsonSerializer.Serialize(rest);
    }

    public void Refuse(string name, string what) => Problems.Add($"{_prefix}{name}: {what}");

    public string? Text(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Refuse(name, "a text is expected");
        return null;
    }

    public bool Truth(string name, bool otherwise)
    {
        if (Find(name) is not { } value) return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Refuse(name, "true or false is expected");
        return otherwise;
    }

    public double Number(string name, double? otherwise)
    {
        if (Find(name) is { } value)
        {
            if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
                return number;
            Refuse(name, "a number is expected");
        }
        else if (otherwise is null) Refuse(name, "is missing");
        return otherwise ?? 1;
    }

    public double Positive(string name, double? otherwise)
    {
        var number = Number(name, otherwise);
        if (number > 0) return number;
        Refuse(name, $"a number above 0 is expected, not {number}");
        return 1;
    }

    /// <summary>A whole number from 1 to <paramref name="most"/>; missing is wrong where there is no default.</summary>
    public int Size(string name, int? otherwise, int most = 1 << 24)
    {
        var number = Number(name, otherwise);
        if (number >= 1 && number <= most && number == Math.Floor(number)) return (int)number;
        Refuse(name, $"a whole number from 1 to {most} is expected, not {number}");
        return 1;
    }

    /// <summary>Token ids: a number, a list of numbers, or null.</summary>
    public int[]? Tokens(string name)
    {
        if (Find(name) is not { } value) return null;
        var tokens = new List<int>();
        foreach (var element in value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()]
            : new List<JsonElement> { value })
        {
            if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var token) && token >= 0) tokens.Add(token);
            else
            {
                Refuse(name, "a token id or a list of token ids is expected");
                return null;
            }
        }
        return [.. tokens];
    }

    /// <summary>One token id or null.</summary>
    public int? Token(string name)
    {
        var tokens = Tokens(name);
        if (tokens is { Length: not 1 })
        {
            Refuse(name, "one token id is expected");
            return null;
        }
        return tokens?[0];
    }

    public string[] Texts(string name)
    {
        if (Find(name) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(element => element.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(element => element.GetString()!)];
        Refuse(name, "a list of texts is expected");
        return [];
    }

    /// <summary>Whether the field is there and a text.</summary>
    public bool IsText(string name) => Find(name) is { ValueKind: JsonValueKind.String };

    /// <summary>Whether the field is missing, null, or an empty list or object.</summary>
    public bool IsEmpty(string name) => Find(name) is not { } value
        || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
        || (value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 0);

    /// <summary>Names and numbers of an object within this one, in their order; none where it is missing.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Numbers(string name) => Within(name) is not { } inner ? []
        : [.. inner._object.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, inner.Number(p.Name, null)))];

    /// <summary>An object within this one, sharing its list of problems; null where it is missing or null.</summary>
    public ConfigFields? Within(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new ConfigFields(_source, value, $"{_prefix}{name}.", Problems);
        Refuse(name, "an object is expected");
        return null;
    }

    /// <exception cref="InvalidDataException">Something was wrong; all of it is in the message.</exception>
    public void ThrowIfAny()
    {
        if (Problems.Count > 0) throw Refusal.Of(_source, "the configuration cannot be used", Problems);
    }

    private JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
