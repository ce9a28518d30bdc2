using System.Text.Json;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

/// <summary>Compares renderings with a table of right answers, naming every line that differs.</summary>
internal static class ChatTable
{
    /// <summary>Checks the rows of one template (all where null); with a tokenizer their ids too.</summary>
    public static void Check(ChatTemplate template, string path, string? name = null, Tokenizer? tokenizer = null)
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var line in File.ReadAllLines(path))
        {
            var row = JsonDocument.Parse(line).RootElement;
            if (name is not null && row.GetProperty("template").GetString() != name) continue;
            count++;
            var variables = Variables(row);
            var generates = row.GetProperty("add_generation_prompt").GetBoolean();
            Compare("rendered", row.GetProperty("rendered").GetString()!, template.Render([], generates, variables));
            if (tokenizer is not null && row.TryGetProperty("ids", out _))
                Compare("ids", TokenTable.Ids(row, "ids"), tokenizer.EncodeChat([], generates, variables));

            void Compare<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual)
            {
                if (!expected.SequenceEqual(actual))
                    wrong.Add($"{row.GetProperty("id")} {what}: expected {string.Concat(expected)}, got {string.Concat(actual)}");
            }
        }

        Assert.NotEqual(0, count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences in {count} rows\n{string.Join('\n', wrong.Take(20))}");
    }

    private static Dictionary<string, object?> Variables(JsonElement row)
    {
        var variables = new Dictionary<string, object?> { ["messages"] = row.GetProperty("messages") };
        if (row.TryGetProperty("tools", out var tools)) variables["tools"] = tools;
        if (row.TryGetProperty("kwargs", out var further))
            foreach (var property in further.EnumerateObject()) variables[property.Name] = property.Value;
        return variables;
    }
}
