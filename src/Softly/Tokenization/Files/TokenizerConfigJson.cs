using System.Text;

namespace Softly.Tokenization.Files;

/// <summary>Reads the roles of tokens and the chat template from the files beside tokenizer.json.</summary>
internal static class TokenizerConfigJson
{
    /// <summary>The definition with its roles filled in.</summary>
    public static TokenizerDefinition Apply(
        TokenizerDefinition definition, string source, IReadOnlyDictionary<string, byte[]> files)
    {
        JsonField? config = Parse(TokenizerLoader.ConfigFile), generation = Parse(TokenizerLoader.GenerationFile);
        var ends = new List<int>();
        if (generation?.Find("eos_token_id") is { } eos)
            foreach (var id in eos.Value.ValueKind == System.Text.Json.JsonValueKind.Array ? eos.Items() : [eos])
                ends.Add(Id(id));
        if (Role("eos_token") is { } end)
        {
            // The tokenizer's own end token comes first: it is the one that training texts end with.
            ends.Remove(end);
            ends.Insert(0, end);
        }

        var begin = Role("bos_token") ?? (generation?.Find("bos_token_id") is { } bos ? Id(bos) : null);
        var pad = Role("pad_token") ?? (generation?.Find("pad_token_id") is { } padding ? Id(padding) : null);
        var before = definition.Before;
        if (config?.Flag("add_bos_token") == true && begin is { } first && !before.Contains(first)) before = [first, .. before];
        var after = definition.After;
        if (config?.Flag("add_eos_token") == true && end0() is { } last && !after.Contains(last)) after = [.. after, last];
        return definition with
        {
            BeginToken = begin,
            EndTokens = [.. ends.Distinct()],
            PadToken = pad,
            Before = before,
            After = after,
            Template = Template(),
            Files = files,
        };

        int? end0() => Role("eos_token");

        JsonField? Parse(string name) => files.TryGetValue(name, out var bytes) ? JsonField.Parse(source + name, bytes) : null;

        int Id(JsonField field) =>
            field.Id() < definition.VocabularySize ? field.Id() : throw field.Refuse("beyond the vocabulary");

        int? Role(string key)
        {
            if (config?.Find(key) is not { } field) return null;
            var content = Content(field);
            return definition.AddedTokens.FirstOrDefault(t => t.Content == content)?.Id
                ?? (definition.Vocabulary.TryGetValue(content, out var id)
                    ? id
                    : throw field.Refuse($"'{content}' is not in the vocabulary"));
        }

        ChatTemplate? Template()
        {
            string text, place;
            if (files.TryGetValue(TokenizerLoader.TemplateFile, out var bytes))
                (text, place) = (Encoding.UTF8.GetString(bytes), source + TokenizerLoader.TemplateFile);
            else if (config?.Find("chat_template") is { } field)
                (text, place) = (TemplateText(field), source + TokenizerLoader.ConfigFile + ": chat_template");
            else return null;
            try
            {
                return ChatTemplate.Parse(text, SpecialTexts(), place);
            }
            catch (ChatTemplateException e)
            {
                throw new InvalidDataException(e.Message, e);
            }
        }

        Dictionary<string, string> SpecialTexts()
        {
            var texts = new Dictionary<string, string>();
            foreach (var key in (string[])
                ["bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token"])
                if (config?.Find(key) is { } field) texts[key] = Content(field);
            return texts;
        }
    }

    /// <summary>The text of the chat template among a tokenizer's files; null where there is none.</summary>
    public static string? TemplateText(IReadOnlyDictionary<string, byte[]> files) =>
        files.TryGetValue(TokenizerLoader.TemplateFile, out var bytes) ? Encoding.UTF8.GetString(bytes)
        : files.TryGetValue(TokenizerLoader.ConfigFile, out var config)
            && JsonField.Parse(TokenizerLoader.ConfigFile, config).Find("chat_template") is { } field ? TemplateText(field)
        : null;

    /// <summary>A token is given as its text or as an object that holds it.</summary>
    private static string Content(JsonField field) =>
        field.Value.ValueKind == System.Text.Json.JsonValueKind.Object ? field.Get("content").Text() : field.Text();

    /// <summary>One template, or a list of named ones of which the default is taken.</summary>
    private static string TemplateText(JsonField field)
    {
        if (field.Value.ValueKind == System.Text.Json.JsonValueKind.String) return field.Text();
        var named = new Dictionary<string, string>();
        foreach (var item in field.Items())
            if (!named.TryAdd(item.Get("name").Text(), item.Get("template").Text()))
                throw item.Refuse($"a second template is named '{item.Get("name").Text()}'");
        return named.TryGetValue("default", out var text)
            ? text
            : throw field.Refuse($"there is no template named default, only {string.Join(", ", named.Keys)}");
    }
}
