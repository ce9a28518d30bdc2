using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Softly.Runs;

/// <summary>One line of a JSON Lines file: its number from 1, the byte after its line end, and its object.</summary>
internal readonly record struct JsonLine(int Number, long End, JsonElement Value);

/// <summary>
/// One JSON object a line, appended in single writes. A last line that was torn (a crash, a full disk) is left out when
/// reading; a broken line before others is an error that names file and line.
/// </summary>
internal static class JsonLines
{
    /// <summary>Keeps mathematics readable (+, &lt;, →): these files are never put into a web page as they stand.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The same with line breaks, for files of one object.</summary>
    public static readonly JsonWriterOptions Indented = Options with { Indented = true };

    /// <summary>The bytes of one line, with its end.</summary>
    public static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options)) write(json);
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The bytes of a file that is one indented object.</summary>
    public static byte[] Document(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented)) write(json);
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>All whole lines, in order. The file may grow meanwhile.</summary>
    public static IEnumerable<JsonLine> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        var line = new ArrayBufferWriter<byte>();
        var buffer = new byte[1 << 16];
        var number = 0;
        var end = 0L;
        var broken = 0; // the number of a line that is no object; forgiven if it is the last
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            var rest = buffer.AsMemory(0, read);
            while (rest.Span.IndexOf((byte)'\n') is >= 0 and var at)
            {
                line.Write(rest.Span[..at]);
                rest = rest[(at + 1)..];
                end += line.WrittenCount + 1;
                number++;
                if (broken > 0) throw Broken(path, broken);
                if (Parse(line.WrittenMemory) is { } value) yield return new JsonLine(number, end, value);
                else broken = number;
                line.ResetWrittenCount();
            }
            line.Write(rest.Span);
        }
        if (broken > 0 && line.WrittenCount > 0) throw Broken(path, broken);
    }

    /// <summary>An error that names file and line.</summary>
    public static InvalidDataException Error(string path, int line, string what) => new($"{path}, line {line}: {what}");

    /// <summary>A number that may be missing or null; null is how NaN and infinities are written.</summary>
    public static double Number(JsonElement element, string path, int line, string name) =>
        element.ValueKind switch
        {
            JsonValueKind.Number => element.GetDouble(),
            JsonValueKind.Null => double.NaN,
            _ => throw Error(
                path, line, $"'{name}' is {element.ValueKind.ToString().ToLowerInvariant()}, expected a number or null"),
        };

    /// <summary>Writes a number, or null for NaN and infinities, which JSON does not have.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    private static InvalidDataException Broken(string path, int line) =>
        Error(path, line, "not a JSON object, and lines follow it; the file was edited or damaged. Remove the line to go on");

    private static JsonElement? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
