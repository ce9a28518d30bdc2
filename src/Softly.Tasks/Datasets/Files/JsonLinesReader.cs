using System.Text;
using System.Text.Json;

namespace Softly.Tasks;

/// <summary>Reads a file of one JSON object a line, never holding more than a line of it.</summary>
public static class JsonLinesReader
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, MaxDepth = 64 };

    /// <summary>
    /// The records with their line numbers, from 1. Empty lines are passed over. A record lives until the next is asked for.
    /// </summary>
    /// <exception cref="DatasetException">The file cannot be read as UTF-8, or a line is too long or not an object.</exception>
    public static IEnumerable<(int Line, JsonElement Record)> Read(string path, int longestLine)
    {
        foreach (var (number, line) in Lines(path, longestLine))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (number == 1 && line.TrimStart().StartsWith('['))
                throw new DatasetException($"{path}:1: begins with '[': expected an object a line, not a list; try jq -c '.[]'");
            using var document = Parse(path, number, line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new DatasetException($"{path}:{number}: expected a JSON object, found {Kind(document.RootElement)}");
            yield return (number, document.RootElement);
        }
    }

    /// <summary>What a value is, in a reader's words.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null or JsonValueKind.Undefined => "nothing",
        _ => "true or false",
    };

    private static JsonDocument Parse(string path, int number, string line)
    {
        try
        {
            return JsonDocument.Parse(line, Lenient);
        }
        catch (JsonException e)
        {
            throw new DatasetException($"{path}:{number}: not JSON, at byte {e.BytePositionInLine + 1} of the line", e);
        }
    }

    private static IEnumerable<(int Number, string Line)> Lines(string path, int longest)
    {
        if (Directory.Exists(path))
            throw new DatasetException($"{path} is a folder; expected a file with one JSON object a line");
        if (!File.Exists(path)) throw new DatasetException($"{path}: there is no such dataset file");
        if (path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            throw new DatasetException($"{path}: expected one JSON object a line; Parquet is read by the library Softly.Parquet");
        using var reader = Open(path);
        var buffer = new char[1 << 16];
        var line = new StringBuilder();
        var number = 1;
        for (int count; (count = Fill(reader, buffer, path, number)) > 0;)
        {
            for (var start = 0; start < count;)
            {
                var length = Array.IndexOf(buffer, '\n', start, count - start) is >= 0 and var at ? at - start : count - start;
                line.Append(buffer, start, length);
                if (line.Length > longest)
                    throw new DatasetException(
                        $"{path}:{number}: the line is longer than {longest} characters; expected one JSON object a line");
                start += length;
                if (start == count) break;
                yield return (number++, line.ToString());
                line.Clear();
                start++;
            }
        }
        if (line.Length > 0) yield return (number, line.ToString());
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path}: cannot be opened: {e.Message}", e);
        }
    }

    private static int Fill(StreamReader reader, char[] buffer, string path, int number)
    {
        try
        {
            return reader.Read(buffer, 0, buffer.Length);
        }
        catch (DecoderFallbackException e)
        {
            throw new DatasetException($"{path}: not UTF-8, at line {number} or soon after", e);
        }
        catch (IOException e)
        {
            throw new DatasetException($"{path}: reading stopped near line {number}: {e.Message}", e);
        }
    }
}
