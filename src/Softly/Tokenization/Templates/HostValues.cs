using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Tasks;

namespace Softly.Tokenization.Templates;

/// <summary>Copies what the caller gives into template values. Types are listed, never reflected on.</summary>
internal static class HostValues
{
    /// <exception cref="ArgumentException">A value is of a type that templates cannot take.</exception>
    public static object? Copy(object? value, string name)
    {
        Limits.CheckStack($"the variable '{name}'");
        switch (value)
        {
            case null or bool or long or double or string:
                return value;
            case byte or sbyte or short or ushort or int or uint:
                return Convert.ToInt64(value);
            case ulong or decimal or float:
                return Convert.ToDouble(value);
            case Message message:
                return Dict([("role", message.Role), ("content", message.Content)], name);
            case JsonElement element:
                return Copy(element, name);
            case JsonNode node:
                return Copy(JsonSerializer.SerializeToElement(node), name);
            case IReadOnlyDictionary<string, object?> entries:
                return Dict(entries.Select(e => (e.Key, e.Value)), name);
            case IDictionary entries:
                return Dict(entries.Cast<DictionaryEntry>().Select(e => (e.Key as string ?? throw Refuse(e.Key), e.Value)), name);
            case IEnumerable items:
                return new ListValue([.. items.Cast<object?>().Select(item => Copy(item, name))]);
            default:
                throw Refuse(value);
        }

        ArgumentException Refuse(object unknown) => new(
            $"the variable '{name}' holds a {unknown.GetType().Name}; give text, numbers, booleans, null, "
            + "lists, dictionaries with text as keys, or JSON");
    }

    private static object? Copy(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => Dict(element.EnumerateObject().Select(p => (Whole(() => p.Name, name), (object?)p.Value)), name),
        JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(item => Copy((object?)item, name))]),
        JsonValueKind.String => Whole(() => element.GetString()!, name),
        JsonValueKind.Number when element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E') => element.GetDouble(),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>JSON can spell half a character (<c>"\ud800"</c>), which is no text.</summary>
    private static string Whole(Func<string> text, string name)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            throw new ArgumentException($"the variable '{name}' holds a text with half a surrogate pair");
        }
    }

    private static DictValue Dict(IEnumerable<(string Key, object? Value)> entries, string name)
    {
        var dict = new DictValue();
        foreach (var (key, value) in entries) dict.Set(key, Copy(value, name));
        return dict;
    }
}
