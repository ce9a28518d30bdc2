using System.Text;
using System.Text.Json;

namespace Softly.Tokenization.Files;

/// <summary>
/// A byte-level BPE tokenizer as metadata of a GGUF file, the way back of <see cref="GgufTokenizer"/>. GGUF names a splitter and
/// does not describe it: a tokenizer that is cut like none of the known families is refused.
/// </summary>
internal static class GgufTokenizerWriter
{
    private const string Prefix = "tokenizer.ggml.";
    private const int Normal = 1;

    /// <summary>The keys.</summary>
    /// <param name="definition">The tokenizer, with the files that it was made from.</param>
    /// <param name="rows">Rows of the model's embedding: one token each, also where the tokenizer has none.</param>
    /// <param name="notes">What GGUF cannot say, for people.</param>
    /// <exception cref="InvalidDataException">GGUF has no place for the tokenizer.</exception>
    public static Dictionary<string, object> Metadata(TokenizerDefinition definition, int rows, List<string> notes)
    {
        if (definition.Merges is not { } merges)
            throw Refuse(
                "a vocabulary of words has no place in GGUF; only byte-level BPE has. Write a Hugging Face folder instead");
        if (definition.VocabularySize > rows)
            throw Refuse($"it has ids up to {definition.VocabularySize - 1}, the model's embedding {rows} rows");
        var tokens = new string?[rows];
        var types = new int[rows];
        foreach (var (entry, id) in definition.Vocabulary) (tokens[id], types[id]) = (entry, Normal);
        foreach (var token in definition.AddedTokens)
            (tokens[token.Id], types[token.Id]) =
                (token.Content, token.IsSpecial ? GgufTokenizer.Control : GgufTokenizer.UserDefined);
        for (var id = 0; id < rows; id++)
            if (tokens[id] is null) (tokens[id], types[id]) = (GgufTokenizer.Filler(id), GgufTokenizer.Unused);

        var metadata = new Dictionary<string, object>
        {
            [Prefix + "model"] = "gpt2",
            [Prefix + "pre"] = Splitter(definition, notes),
            [Prefix + "tokens"] = tokens,
            [Prefix + "token_type"] = types,
            [Prefix + "merges"] = merges.Select(merge => $"{merge.Left} {merge.Right}").ToArray(),
        };
        foreach (var (key, id) in GgufTokens.Ends.Zip(definition.EndTokens)) metadata[key] = (uint)id;
        if (GgufTokens.TooMany(definition.EndTokens.Count) is { } note) notes.Add(note);
        // What stands in front of every text is the begin token, named so or not.
        var begin = definition.BeginToken ?? (definition.Before is [var first] ? (int?)first : null);
        if (begin is { } known) metadata[GgufTokens.Begin] = (uint)known;
        if (definition.PadToken is { } pad) metadata[GgufTokens.Pad] = (uint)pad;
        metadata[Prefix + "add_bos_token"] = Adds(definition.Before, begin, "before");
        metadata[Prefix + "add_eos_token"] = Adds(
            definition.After, definition.EndTokens.Count > 0 ? definition.EndTokens[0] : null, "after");
        if (TokenizerConfigJson.TemplateText(definition.Files) is { } template) metadata["tokenizer.chat_template"] = template;

        var particular = definition.AddedTokens.Count(
            t => t.TakesBlanksBefore || t.TakesBlanksAfter || t.IsSingleWord || (t.IsNormalized && definition.Composes));
        if (particular > 0)
            notes.Add(
                $"{particular} added tokens take blanks along or are looked for in a way of their own, which GGUF cannot say");
        return metadata;
    }

    /// <summary>The name that stands for how this tokenizer cuts its texts.</summary>
    private static string Splitter(TokenizerDefinition definition, List<string> notes)
    {
        var root = JsonField.Parse(TokenizerLoader.MainFile, definition.Files[TokenizerLoader.MainFile]);
        var steps = new List<string>();
        if (root.Find("pre_tokenizer") is { } field) Steps(field.Value, steps);
        var same = GgufTokenizer.Families.Where(family =>
        {
            var theirs = new List<string>();
            foreach (var split in family.Value.Splits)
                Steps(JsonDocument.Parse(split.ToJsonString()).RootElement, theirs);
            theirs.Add(Bytes(family.Value.UsesGpt2));
            return theirs.SequenceEqual(steps) && family.Value.IgnoresMerges == definition.IgnoresMerges;
        }).ToList();
        if (same.Count == 0)
            throw Refuse("it cuts texts in a way that GGUF has no name for; known are "
                + string.Join(", ", GgufTokenizer.Families.Keys));
        if (same.Any(family => family.Value.Composes == definition.Composes))
            return same.First(family => family.Value.Composes == definition.Composes).Key;
        notes.Add(definition.Composes
            ? "texts are brought to Unicode's composed form first, which GGUF cannot say"
            : $"readers of GGUF may bring texts to Unicode's composed form first, for '{same[0].Key}'; this tokenizer does not");
        return same[0].Key;
    }

    // A pre-tokenizer as a list of words that are equal where the texts are cut alike.
    private static void Steps(JsonElement step, List<string> into)
    {
        var type = step.GetProperty("type").GetString();
        if (type == "Sequence")
        {
            foreach (var inner in step.GetProperty("pretokenizers").EnumerateArray()) Steps(inner, into);
            return;
        }
        bool Flag(string name, bool otherwise) =>
            step.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean()
                : otherwise;
        var plain = type == "Split" && step.GetProperty("behavior").GetString() == "Isolated" && !Flag("invert", false)
            && step.GetProperty("pattern").TryGetProperty("Regex", out _);
        into.Add(type switch
        {
            "Split" when plain => "split " + step.GetProperty("pattern").GetProperty("Regex").GetString(),
            "Digits" when Flag("individual_digits", false) => "digits",
            "ByteLevel" => Bytes(Flag("use_regex", true)),
            _ => "other " + step.GetRawText(),
        });
    }

    private static string Bytes(bool usesGpt2) => usesGpt2 ? "bytes of GPT-2's parts" : "bytes";

    private static bool Adds(IReadOnlyList<int> around, int? role, string where)
    {
        if (around.Count == 0) return false;
        if (around is [var only] && only == role) return true;
        throw Refuse($"it puts the tokens {string.Join(", ", around)} {where} a text; GGUF can only put the "
            + $"{(where == "before" ? "begin" : "end")} token there");
    }

    private static InvalidDataException Refuse(string why) => new($"the tokenizer cannot be written to GGUF: {why}");
}
