using Softly.Tokenization.Splitting;

namespace Softly.Tokenization.Files;

/// <summary>
/// Reads Hugging Face's <c>tokenizer.json</c>: models BPE (byte-level) and WordLevel, with the components that go with them.
/// Whatever else a file asks for is refused by name.
/// </summary>
internal static class TokenizerJson
{
    // Real vocabularies have few gaps, before their added tokens at most. A table of ids is made from the highest one: without
    // a bound, a file of a few bytes could ask for any amount of memory.
    private const int Sparsest = 4;
    private const int UnusedIds = 1 << 16;

    /// <summary>What the file says; without the roles that <c>tokenizer_config.json</c> gives.</summary>
    public static TokenizerDefinition Read(JsonField root)
    {
        var model = root.Get("model");
        var isBytePair = ModelType(model) == "BPE";
        var vocabulary = Vocabulary(model.Get("vocab"));
        var added = AddedTokens(root.Find("added_tokens"), vocabulary);
        var size = 1 + Math.Max(vocabulary.Values.DefaultIfEmpty(-1).Max(), added.Select(t => t.Id).DefaultIfEmpty(-1).Max());
        if (size == 0) throw model.Get("vocab").Refuse("the vocabulary is empty");
        if (size > Sparsest * (vocabulary.Count + added.Count) + UnusedIds)
            throw model.Get("vocab").Refuse(
                $"the highest id is {size - 1}, for {vocabulary.Count + added.Count} entries in all: "
                + "expected ids without large gaps");

        var hasByteLevel = false;
        var splits = root.Find("pre_tokenizer") is { } field
            ? PreTokenizerJson.Read(field, ref hasByteLevel)
            : new SplitSequence([]);
        Decoder(root.Find("decoder"), root, isBytePair);
        if (isBytePair && !hasByteLevel)
            throw root.Refuse("pre_tokenizer: a BPE model without ByteLevel is not supported (only byte-level BPE is)");
        if (!isBytePair && hasByteLevel) throw root.Refuse("pre_tokenizer: ByteLevel with a WordLevel model is not supported");

        var (before, after) = root.Find("post_processor") is { } post ? PostProcessorJson.Read(post, size) : ([], []);
        return new TokenizerDefinition
        {
            Vocabulary = vocabulary,
            AddedTokens = added,
            VocabularySize = size,
            PreTokenizer = splits,
            Composes = root.Find("normalizer") is { } normalizer && Composes(normalizer),
            Before = before,
            After = after,
            Merges = isBytePair ? Merges(model.Get("merges"), vocabulary) : null,
            IgnoresMerges = model.Flag("ignore_merges"),
            Unknown = isBytePair ? Unknown(model, vocabulary) : null,
            FusesUnknown = model.Flag("fuse_unk"),
        };
    }

    private static string ModelType(JsonField model)
    {
        // Older files leave the type out; only BPE has merges.
        var type = model.Find("type")?.Text() ?? (model.Find("merges") is null ? "WordLevel" : "BPE");
        if (type is not ("BPE" or "WordLevel"))
            throw model.Refuse($"the model type '{type}' is not supported; supported are BPE and WordLevel");
        if (model.Flag("byte_fallback")) throw model.Refuse("byte_fallback is not supported");
        if (model.Find("dropout") is { } dropout && !(dropout.Value.TryGetDouble(out var rate) && rate == 0))
            throw dropout.Refuse("not supported");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.Find(key) is { } affix && affix.Text().Length > 0) throw affix.Refuse("not supported");
        return type;
    }

    private static Dictionary<string, int> Vocabulary(JsonField field)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var (entry, value) in field.Entries())
        {
            var id = value.Id();
            if (!vocabulary.TryAdd(entry, id)) throw field.Refuse($"the entry '{entry}' occurs twice");
            if (!taken.Add(id)) throw field.Refuse($"the id {id} of '{entry}' belongs to another entry already");
        }

        return vocabulary;
    }

    private static List<AddedToken> AddedTokens(JsonField? field, Dictionary<string, int> vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (field is not { } list) return tokens;
        var byId = vocabulary.ToDictionary(e => e.Value, e => e.Key);
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items())
        {
            var token = new AddedToken(item.Get("id").Id(), item.Get("content").Text())
            {
                IsSpecial = item.Flag("special"),
                TakesBlanksBefore = item.Flag("lstrip"),
                TakesBlanksAfter = item.Flag("rstrip"),
                IsSingleWord = item.Flag("single_word"),
                IsNormalized = item.Flag("normalized"),
            };
            if (token.Content.Length == 0) throw item.Refuse("the content is empty");
            if (!contents.Add(token.Content)) throw item.Refuse($"'{token.Content}' is listed twice");
            if (!byId.TryAdd(token.Id, token.Content) && byId[token.Id] != token.Content)
                throw item.Refuse($"the id {token.Id} belongs to '{byId[token.Id]}' already");
            if (vocabulary.TryGetValue(token.Content, out var known) && known != token.Id)
                throw item.Refuse($"'{token.Content}' has the id {known} in the vocabulary, not {token.Id}");
            tokens.Add(token);
        }

        if (tokens.Select(t => t.Id).Distinct().Count() != tokens.Count) throw list.Refuse("two tokens have the same id");
        return tokens;
    }

    private static List<(string, string)> Merges(JsonField field, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string, string)>();
        foreach (var item in field.Items())
        {
            var parts = item.Value.ValueKind == System.Text.Json.JsonValueKind.Array
                ? item.Items().Select(p => p.Text()).ToArray()
                : item.Text().Split(' ');
            if (parts.Length != 2) throw item.Refuse("expected two entries, as \"a b\" or [\"a\", \"b\"]");
            foreach (var part in (string[])[parts[0], parts[1], parts[0] + parts[1]])
                if (!vocabulary.ContainsKey(part)) throw item.Refuse($"'{part}' is not in the vocabulary");
            merges.Add((parts[0], parts[1]));
        }

        return merges;
    }

    private static string? Unknown(JsonField model, Dictionary<string, int> vocabulary)
    {
        if (model.Find("unk_token") is not { } field) return null;
        return vocabulary.ContainsKey(field.Text())
            ? field.Text()
            : throw field.Refuse($"'{field.Text()}' is not in the vocabulary");
    }

    private static bool Composes(JsonField field) => field.Get("type").Text() switch
    {
        "NFC" => true,
        // Every one is looked at, so that an unsupported one after NFC is refused too.
        "Sequence" => field.Get("normalizers").Items().Select(Composes).ToArray().Contains(true),
        var other => throw field.Refuse($"the normalizer '{other}' is not supported; supported are NFC and Sequence"),
    };

    private static void Decoder(JsonField? field, JsonField root, bool isBytePair)
    {
        var type = field?.Get("type").Text();
        if (isBytePair && type != "ByteLevel")
            throw root.Refuse($"decoder: {(type is null ? "none" : $"'{type}'")} is not supported for BPE; expected ByteLevel");
        if (!isBytePair && type is not null)
            throw root.Refuse($"decoder: '{type}' is not supported for WordLevel; expected none");
    }
}
