using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Softly.Tokenization.Files;

/// <summary>
/// Writes the files of tokenizers that do not come from such files. They are then read like any other: there is one road from
/// files to a tokenizer, and what is saved is what was read.
/// </summary>
internal static class TokenizerFiles
{
    private static readonly JsonSerializerOptions Layout =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A vocabulary of words.</summary>
    /// <exception cref="ArgumentException">A word is empty, holds white space, or occurs twice.</exception>
    public static Dictionary<string, byte[]> OfWords(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count == 0) throw new ArgumentException("the list of words is empty", nameof(words));
        var vocabulary = new JsonObject();
        var special = new JsonArray();
        for (var id = 0; id < words.Count; id++)
        {
            var word = words[id];
            if (string.IsNullOrEmpty(word) || word.Any(char.IsWhiteSpace))
                throw new ArgumentException($"word {id}, '{word}', is empty or holds white space", nameof(words));
            if (!vocabulary.TryAdd(word, id)) throw new ArgumentException($"the word '{word}' occurs twice", nameof(words));
            if (word is WordTokenizer.Pad or WordTokenizer.End) special.Add(AddedToken(id, word, isSpecial: true));
        }

        var config = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast" };
        if (words.Contains(WordTokenizer.End)) config["eos_token"] = WordTokenizer.End;
        if (words.Contains(WordTokenizer.Pad)) config["pad_token"] = WordTokenizer.Pad;
        // The unknown token is one that the vocabulary lacks: an unknown word is then an error for Hugging Face as well.
        var model = new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocabulary, ["unk_token"] = "<unk>" };
        return Files(Root(special, null, new JsonObject { ["type"] = "WhitespaceSplit" }, null, null, model), config);
    }

    /// <summary>The layout of tokenizer.json.</summary>
    public static JsonObject Root(
        JsonArray addedTokens, JsonObject? normalizer, JsonObject preTokenizer, JsonObject? postProcessor, JsonObject? decoder,
        JsonObject model) => new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = addedTokens,
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = postProcessor,
            ["decoder"] = decoder,
            ["model"] = model,
        };

    /// <summary>An entry of <c>added_tokens</c>.</summary>
    public static JsonObject AddedToken(int id, string content, bool isSpecial) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = isSpecial,
    };

    /// <summary>The two files.</summary>
    public static Dictionary<string, byte[]> Files(JsonObject main, JsonObject config) => new()
    {
        [TokenizerLoader.MainFile] = JsonSerializer.SerializeToUtf8Bytes(main, Layout),
        [TokenizerLoader.ConfigFile] = JsonSerializer.SerializeToUtf8Bytes(config, Layout),
    };
}
