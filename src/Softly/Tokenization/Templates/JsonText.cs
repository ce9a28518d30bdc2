using System.Globalization;

namespace Softly.Tokenization.Templates;

/// <summary>
/// The filter <c>tojson</c> as transformers defines it: Python's json.dumps with all characters as they are, no escapes for HTML,
/// and blanks after commas and colons.
/// </summary>
internal sealed class JsonText(
    BoundedText written, Limits limits, string? indent, string comma, string colon, bool sorts, bool escapes)
{
    public static string Of(Call call)
    {
        var indent = call.Get(1, null) switch
        {
            null => null,
            string blanks => blanks,
            long or bool => new string(' ', (int)Math.Clamp(call.Integer(1, 0), 0, 64)),
            var other => throw new TemplateFault($"{Values.Kind(other)} is not an indent"),
        };
        var (comma, colon) = (indent is null ? ", " : ",", ": ");
        if (call.Get(2, null) is { } given)
        {
            (comma, colon) = given is ListValue { Items: [string first, string second] } ? (first, second)
                : throw new TemplateFault("tojson: separators must be two texts");
        }

        var written = new BoundedText(call.Limits);
        var (sorts, escapes) = (call.Flag(3, false), call.Flag(0, false));
        var json = new JsonText(written, call.Limits, indent, comma, colon, sorts, escapes);
        json.Write(call.Subject, "\n");
        return written.ToString();
    }

    private void Write(object? value, string line)
    {
        Limits.CheckStack("a value");
        limits.Spend();
        switch (value)
        {
            case string text:
                WriteString(text);
                break;
            case ListValue list:
                WriteItems("[", "]", list.Items, line, Write);
                break;
            case DictValue dict:
                IReadOnlyList<KeyValuePair<object, object?>> entries = dict.Entries;
                WriteItems("{", "}", sorts ? Operators.Sort(entries, e => e.Key, false, limits) : entries, line, (entry, inner) =>
                {
                    WriteString(entry.Key as string ?? Scalar(entry.Key));
                    written.Append(colon);
                    Write(entry.Value, inner);
                });
                break;
            default:
                written.Append(Scalar(value));
                break;
        }
    }

    private void WriteItems<T>(string open, string close, IReadOnlyList<T> items, string line, Action<T, string> write)
    {
        written.Append(open);
        var inner = line + indent;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) written.Append(comma);
            if (indent is not null) written.Append(inner);
            write(items[i], inner);
        }

        if (indent is not null && items.Count > 0) written.Append(line);
        written.Append(close);
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double number => PythonText.Of(number),
        Undefined undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"{Values.Kind(value)} has no JSON form"),
    };

    private void WriteString(string text)
    {
        written.Append("\"");
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (Escape(text[at]) is not { } escape) continue;
            written.Append(text.AsSpan(from, at - from)).Append(escape);
            from = at + 1;
        }

        written.Append(text.AsSpan(from)).Append("\"");
    }

    private string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)c:x4}",
        > '~' when escapes => $"\\u{(int)c:x4}",
        _ => null,
    };
}
