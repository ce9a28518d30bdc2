using System.Text.Json.Nodes;
using Softly.Tokenization.Splitting;

namespace Softly.Tokenization.Files;

/// <summary>
/// Turns the tokenizer in a GGUF file's metadata into the equivalent Hugging Face files. GGUF only names its splitter
/// (<c>tokenizer.ggml.pre</c>); normalisation and <c>ignore_merges</c> follow from the family that the name stands for.
/// </summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";
    private const int Unknown = 2;
    internal const int Control = 3, UserDefined = 4, Unused = 5;

    /// <summary>What the names of splitters stand for; of several alike the first is the one to write.</summary>
    internal static readonly Dictionary<string, Family> Families = new()
    {
        ["gpt-2"] = new(true, []),
        ["smollm"] = new(true, [Digits()]),
        ["starcoder"] = new(true, [Digits()]),
        ["refact"] = new(true, [Digits()]),
        ["qwen2"] = new(false, [Split(TiktokenPattern.OneDigitRegex)]) { Composes = true },
        ["deepseek-r1-qwen"] = new(false, [Split(TiktokenPattern.OneDigitRegex)]) { Composes = true },
        ["llama-bpe"] = new(false, [Split(TiktokenPattern.ThreeDigitRegex)]) { IgnoresMerges = true },
        ["llama3"] = new(false, [Split(TiktokenPattern.ThreeDigitRegex)]) { IgnoresMerges = true },
        ["llama-v3"] = new(false, [Split(TiktokenPattern.ThreeDigitRegex)]) { IgnoresMerges = true },
        ["deepseek-v3"] = new(
            false, [Split(NumberPattern.UpToThreeRegex), Split(HanAndKanaPattern.Regex), Split(DeepSeekPattern.Regex)]),
    };

    /// <summary>tokenizer.json and tokenizer_config.json.</summary>
    public static Dictionary<string, byte[]> Files(IReadOnlyDictionary<string, object> metadata)
    {
        var model = Get<string>(metadata, "model");
        if (model != "gpt2") throw Refuse("model", $"'{model}' is not supported; expected gpt2 (byte-level BPE)");
        var pre = Get<string>(metadata, "pre");
        if (!Families.TryGetValue(pre, out var family))
            throw Refuse("pre", $"the splitter '{pre}' is not supported; supported are {string.Join(", ", Families.Keys)}");

        var tokens = Get<string[]>(metadata, "tokens");
        if (tokens.Length is 0 or > TokenizerLoader.LargestVocabulary) throw Refuse("tokens", $"{tokens.Length} tokens");
        var types = Types(metadata, tokens.Length);
        var vocabulary = new JsonObject();
        var added = new JsonArray();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (types?[id] == Unused && tokens[id] == Filler(id)) continue;
            if (!vocabulary.TryAdd(tokens[id], id)) throw Refuse("tokens", $"the token '{tokens[id]}' occurs twice");
            if (types?[id] is Unknown or Control or UserDefined)
                added.Add(TokenizerFiles.AddedToken(id, tokens[id], types[id] != UserDefined));
        }

        var merges = new JsonArray([.. Get<string[]>(metadata, "merges").Select(m => (JsonNode)m)]);
        var bytes = new JsonObject
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = family.UsesGpt2
        };
        var splits = new JsonArray([.. family.Splits.Select(s => s.DeepClone()), bytes]);
        var begin = Role(metadata, "bos_token_id", tokens);
        var end = Role(metadata, "eos_token_id", tokens);
        var files = TokenizerFiles.Files(
            TokenizerFiles.Root(
                added,
                family.Composes ? new JsonObject { ["type"] = "NFC" } : null,
                new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = splits },
                Around(Adds(metadata, "add_bos_token") ? begin : null, Adds(metadata, "add_eos_token") ? end : null),
                new JsonObject
                {
                    ["type"] = "ByteLevel",
                    ["add_prefix_space"] = true,
                    ["trim_offsets"] = true,
                    ["use_regex"] = true
                },
                new JsonObject
                {
                    ["type"] = "BPE",
                    ["dropout"] = null,
                    ["unk_token"] = null,
                    ["continuing_subword_prefix"] = null,
                    ["end_of_word_suffix"] = null,
                    ["fuse_unk"] = false,
                    ["byte_fallback"] = false,
                    ["ignore_merges"] = family.IgnoresMerges,
                    ["vocab"] = vocabulary,
                    ["merges"] = merges,
                }),
            Config(metadata, tokens, begin, end));
        var furtherEnds = (string[])["eot_token_id", "eom_token_id"];
        var ends = new[] { "eos_token_id" }.Concat(furtherEnds).Select(key => Role(metadata, key, tokens))
            .OfType<(int Id, string)>().Select(t => t.Id).Distinct().ToArray();
        if (ends.Length > 1)
        {
            files[TokenizerLoader.GenerationFile] =
                System.Text.Encoding.UTF8.GetBytes(
                    new JsonObject { ["eos_token_id"] = new JsonArray([.. ends.Select(id => (JsonNode)id)]) }.ToJsonString());
        }

        return files;
    }

    /// <summary>What stands for a row of the embedding that has no token.</summary>
    internal static string Filler(int id) => $"[PAD{id}]";

    private static JsonObject Config(
        IReadOnlyDictionary<string, object> metadata, string[] tokens, (int Id, string Text)? begin, (int Id, string Text)? end)
    {
        var config = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        if (begin is { } b) config["bos_token"] = b.Text;
        if (end is { } e) config["eos_token"] = e.Text;
        if (Role(metadata, "padding_token_id", tokens) is { } p) config["pad_token"] = p.Text;
        if (metadata.TryGetValue("tokenizer.chat_template", out var template))
            config["chat_template"] = template as string
                ?? throw new InvalidDataException("GGUF metadata: tokenizer.chat_template: expected a string");
        return config;
    }

    /// <summary>The post-processor that puts tokens around a text; null for none.</summary>
    private static JsonObject? Around((int Id, string Text)? begin, (int Id, string Text)? end)
    {
        if (begin is null && end is null) return null;
        var (single, pair, special) = (new JsonArray(), new JsonArray(), new JsonObject());
        foreach (var (sequence, type) in (ReadOnlySpan<(string, int)>)[("A", 0), ("B", 1)])
        {
            foreach (var list in (JsonArray[])(type == 0 ? [single, pair] : [pair]))
            {
                if (begin is { } b) list.Add(Special(b.Text, type));
                list.Add(new JsonObject { ["Sequence"] = new JsonObject { ["id"] = sequence, ["type_id"] = type } });
                if (end is { } e) list.Add(Special(e.Text, type));
            }
        }

        foreach (var token in new[] { begin, end }.OfType<(int Id, string Text)>())
            special[token.Text] =
                new JsonObject { ["id"] = token.Text, ["ids"] = new JsonArray(token.Id), ["tokens"] = new JsonArray(token.Text) };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = single,
            ["pair"] = pair,
            ["special_tokens"] = special
        };

        static JsonObject Special(string text, int type) =>
            new() { ["SpecialToken"] = new JsonObject { ["id"] = text, ["type_id"] = type } };
    }

    private static int[]? Types(IReadOnlyDictionary<string, object> metadata, int count)
    {
        if (!metadata.ContainsKey(Prefix + "token_type")) return null;
        var types = metadata[Prefix + "token_type"] switch
        {
            int[] ints => ints,
            uint[] uints => Array.ConvertAll(uints, u => (int)Math.Min(u, int.MaxValue)),
            _ => throw Refuse("token_type", "expected a list of 32-bit integers"),
        };
        return types.Length == count ? types : throw Refuse("token_type", $"{types.Length} types for {count} tokens");
    }

    private static (int Id, string Text)? Role(IReadOnlyDictionary<string, object> metadata, string key, string[] tokens)
    {
        if (!metadata.TryGetValue(Prefix + key, out var value)) return null;
        long id = value switch
        {
            byte or sbyte or short or ushort or int or uint or long => Convert.ToInt64(value),
            ulong big when big <= int.MaxValue => (long)big,
            _ => throw Refuse(key, "expected an integer"),
        };
        return id >= 0 && id < tokens.Length
            ? ((int)id, tokens[id])
            : throw Refuse(key, $"{id} is beyond the vocabulary of {tokens.Length}");
    }

    private static bool Adds(IReadOnlyDictionary<string, object> metadata, string key) =>
        metadata.TryGetValue(Prefix + key, out var value) && (value as bool? ?? throw Refuse(key, "expected true or false"));

    private static T Get<T>(IReadOnlyDictionary<string, object> metadata, string key)
    {
        if (!metadata.TryGetValue(Prefix + key, out var value)) throw Refuse(key, "missing");
        return value is T typed
            ? typed
            : throw Refuse(key, $"expected {(typeof(T) == typeof(string) ? "a string" : "a list of strings")}");
    }

    private static InvalidDataException Refuse(string key, string why) => new($"GGUF metadata: {Prefix}{key}: {why}");

    private static JsonObject Digits() => new() { ["type"] = "Digits", ["individual_digits"] = true };

    private static JsonObject Split(string regex) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = regex },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    /// <summary>What the name of a splitter stands for.</summary>
    internal sealed record Family(bool UsesGpt2, IReadOnlyList<JsonObject> Splits)
    {
        public bool Composes { get; init; }

        public bool IgnoresMerges { get; init; }
    }
}
