using System.Text.Json;

namespace Softly.Models.Weights;

/// <summary>The index of a sharded checkpoint: which file holds which tensor.</summary>
internal static class CheckpointIndex
{
    public const string FileName = "model.safetensors.index.json";

    // Far above any real index; keeps a wrong file from being read into memory.
    private const long LongestIndex = 64 << 20;

    /// <summary>The <c>weight_map</c>: tensor name to file name. File names are checked to be plain names.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        var length = FileLength.Of(path);
        if (length > LongestIndex) throw Refusal.Of(path, $"an index has at most {LongestIndex} bytes, this one has {length}");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var weights)
                || weights.ValueKind != JsonValueKind.Object)
                throw Refusal.Of(path, "an object with weight_map is expected");
            var map = new Dictionary<string, string>();
            foreach (var weight in weights.EnumerateObject())
            {
                if (weight.Value.ValueKind != JsonValueKind.String || !IsPlainName(weight.Value.GetString()!))
                    throw Refusal.Of(path, $"tensor {Refusal.Quote(weight.Name)}: a file name without folders is expected");
                if (!map.TryAdd(weight.Name, weight.Value.GetString()!))
                    throw Refusal.Of(path, $"tensor {Refusal.Quote(weight.Name)} occurs twice");
            }
            return map;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refusal.Of(path, $"not valid JSON ({e.Message})");
        }
    }

    /// <summary>Writes an index.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, string>> map, long totalBytes)
    {
        var content = new Dictionary<string, object>
        {
            ["metadata"] = new Dictionary<string, long> { ["total_size"] = totalBytes },
            ["weight_map"] = new SortedDictionary<string, string>(map.ToDictionary(), StringComparer.Ordinal),
        };
        DurableFile.WriteAllText(path, JsonSerializer.Serialize(content, Indented) + "\n");
    }

    internal static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private static bool IsPlainName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
