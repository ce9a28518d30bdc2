using System.Text.Json;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

/// <summary>Compares a tokenizer with a table of right answers, naming every line that differs.</summary>
internal static class TokenTable
{
    public static void CheckEncoding(Tokenizer tokenizer, string path)
    {
        var wrong = new List<string>();
        var lines = File.ReadAllLines(path);
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            var row = JsonDocument.Parse(line).RootElement;
            var text = row.GetProperty("text").GetString()!;
            var ids = Ids(row, "ids");
            Compare("ids", ids, tokenizer.Encode(text));
            Compare(
                "ids_with_special", row.TryGetProperty("ids_with_special", out _) ? Ids(row, "ids_with_special") : ids,
                tokenizer.Encode(text, addSpecial: true));
            var decoded = row.TryGetProperty("decoded", out var other) ? other.GetString()! : text;
            Compare("decoded", decoded, tokenizer.Decode(ids, skipSpecial: false));
            if (row.TryGetProperty("decoded_skip_special", out var skipped)) decoded = skipped.GetString()!;
            Compare("decoded_skip_special", decoded, tokenizer.Decode(ids));

            void Compare<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual)
            {
                if (!expected.SequenceEqual(actual))
                    wrong.Add(
                        $"{row.GetProperty("id")} {what}: expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differences in {lines.Length} rows\n{string.Join('\n', wrong.Take(20))}");
    }

    public static void CheckDecoding(Tokenizer tokenizer, string path)
    {
        var lines = File.ReadAllLines(path);
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            var row = JsonDocument.Parse(line).RootElement;
            var ids = Ids(row, "ids");
            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecial: false));

            var decoder = tokenizer.StartDecoding(skipSpecial: false);
            string[] pieces = [.. ids.Select(decoder.Push), decoder.Finish()];
            Assert.Equal(row.GetProperty("decoded").GetString(), string.Concat(pieces));
            Assert.All(pieces, piece =>
                Assert.False(piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1]))));
        }
    }

    public static int[] Ids(JsonElement row, string key) =>
        [.. row.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
