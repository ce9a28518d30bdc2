using System.Text.Json;
using Softly.Tests.Tokenization;
using Softly.Tokenization;

namespace Softly.Tests.Cli;

/// <summary><c>softly tokenize</c> and <c>softly template</c>.</summary>
[Trait("Weight", "Story")]
public sealed class TokenCommandsTests : IDisposable
{
    private const string Template =
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}"
        + "{% if tools %}{{ tools | length }} tools{% endif %}{{ mood }}{% if add_generation_prompt %}[assistant]{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public TokenCommandsTests()
    {
        new WordTokenizer(["<pad>", "<end>", "a", "b", "c"]).Save(_folder.Path);
        _folder.With("chat_template.jinja", Template);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_text_is_shown_in_columns()
    {
        var (code, output, _) = Softly("tokenize --model .", "a c<end>");
        Assert.Equal((0, "1  2  a\n2  4  c\n3  1  <end>  (special)\n3 tokens: 2 4 1\n"), (code, output));
        (code, output, _) = Softly("tokenize --model . --decode 2,4,1 --special");
        Assert.Equal((0, "a c <end>\n"), (code, output));
        (code, _, var error) = Softly("tokenize --model . --decode 2,17");
        Assert.Equal(2, code);
        Assert.Contains("17 is beyond the vocabulary, whose highest id is 4", error);
        (code, _, error) = Softly("tokenize --model .");
        Assert.Equal(2, code);
        Assert.Contains("expected one thing to do", error);
        (code, _, error) = Softly("tokenize --model nowhere x");
        Assert.Equal(2, code);
        Assert.Contains("expected a folder with tokenizer.json", error);
    }

    [Fact]
    public void A_conversation_is_rendered_with_what_is_set()
    {
        _folder.With("tools.json", "[{}, {}]").With("talk.json", """[{"role": "user", "content": "a"}]""");
        var (code, output, _) = Softly("template --model . -m user:b --tools tools.json --set mood=true");
        Assert.Equal(0, code);
        Assert.Equal("[user]b<end>2 toolsTrue[assistant]\n", output);
        (code, output, _) = Softly("template --model . --messages talk.json --no-generation-prompt --json");
        Assert.Equal("[user]a<end>", JsonDocument.Parse(output).RootElement.GetProperty("text").GetString());
        (code, _, var error) = Softly("template --model . -m b");
        Assert.Equal(2, code);
        Assert.Contains("expected role:text", error);
        (code, _, error) = Softly("template --model . --messages tools.jsonx");
        Assert.Equal(2, code);
        Assert.Contains("there is no such file", error);
    }

    [Fact]
    public void A_table_gives_the_number_right_and_names_the_wrong()
    {
        _folder.With("table.jsonl", """
            {"id": "x1", "text": "a b", "ids": [2, 3]}
            {"id": "x2", "text": "a b", "ids": [2, 4], "decoded": "a c"}

            {"ids": [3, 1], "decoded": "b <end>"}
            {"id": "c1", "messages": [{"role": "user", "content": "a"}], "rendered": "[user]a<end>"}
            {"id": "c2", "template": "other", "messages": [], "rendered": ""}
            """);
        var (code, output, _) = Softly("tokenize --model . --table table.jsonl");
        Assert.Equal(1, code);
        Assert.Contains("x2: ids\n  expected 2 4\n  got      2 3\n", output);
        Assert.Contains("table.jsonl: 3 of 4 right (1 rows of other templates left out)\nwrong: x2\n", output);
        (_, output, _) = Softly("template --model . --table table.jsonl --json");
        var said = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("[\"x2\"]", said.GetProperty("wrong").GetRawText());
        // The rows of a name are held against the template where that is asked for.
        (code, output, _) = Softly("template --model . --table table.jsonl --only other");
        Assert.Equal(1, code);
        Assert.Contains("4 of 5 right", output);
    }

    [Fact]
    public void A_word_that_a_closed_vocabulary_does_not_have_is_a_wrong_row_and_the_others_are_checked()
    {
        _folder.With("table.jsonl", """
            {"id": "x1", "text": "a zebra", "ids": [2, 9]}
            {"id": "x2", "text": "a b", "ids": [2, 3], "ids_with_special": [2, 3]}
            {"id": "c1", "messages": [{"role": "user", "content": "a"}], "rendered": "[user]a<end>", "ids": [2]}
            """);
        var (code, output, error) = Softly("tokenize --model . --table table.jsonl");
        Assert.True(code == 1, error);
        Assert.Contains("the word 'zebra' is not in the vocabulary of 5 words", output);
        Assert.Contains("table.jsonl: 1 of 3 right\nwrong: x1, c1\n", output);
    }

    [Theory]
    [InlineData("template --table table.jsonl -m user:a", "--message")]
    [InlineData("template --table table.jsonl --messages talk.json", "--messages")]
    [InlineData("template --table table.jsonl --tools tools.json", "--tools")]
    [InlineData("template --table table.jsonl --set mood=true", "--set")]
    [InlineData("template --table table.jsonl --no-generation-prompt", "--no-generation-prompt")]
    [InlineData("template --table table.jsonl --ids", "--ids")]
    [InlineData("tokenize --table table.jsonl --special", "--special")]
    public void What_a_table_says_itself_is_not_taken_from_options(string line, string option)
    {
        _folder.With("table.jsonl", """{"text": "a", "ids": [2]}""");
        var (code, _, error) = Softly(line + " --model .");
        Assert.Equal(2, code);
        Assert.Equal($"{option}: with --table every row says itself what is encoded or rendered; leave one of them out\n", error);
        (code, _, error) = Softly("template --model . -m user:a --only x");
        Assert.Equal(2, code);
        Assert.Contains("--only chooses rows of a table", error);
    }

    [Theory]
    [InlineData("{\"text\": \"a\", \"ids\": [2]}\n{oops", "table.jsonl:2: not JSON")]
    [InlineData("{\"text\": \"a\", \"ids\": [2.5]}", "table.jsonl:1: ids: 2.5 is no token id")]
    [InlineData("{\"text\": \"\\ud800\", \"ids\": [2]}", "table.jsonl:1: text holds half a surrogate pair")]
    [InlineData("{\"words\": 1}", "table.jsonl:1: expected text and ids, ids and decoded, or messages and rendered; found words")]
    [InlineData("", "table.jsonl: the table is empty")]
    [InlineData("{\"template\": \"x\", \"messages\": [], \"rendered\": \"\"}", "all 1 rows are of other templates (x)")]
    public void A_table_that_cannot_be_read_is_named_with_its_line(string table, string expected)
    {
        _folder.With("table.jsonl", table);
        var (code, _, error) = Softly("template --model . --table table.jsonl");
        Assert.Equal(2, code);
        Assert.Contains(expected, error);
    }

    [Fact]
    public void A_template_beside_the_table_says_whose_rows_they_are()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "templates"));
        _folder.With("templates/ours.jinja", Template + "\n").With("templates/theirs.jinja", "{{ bos_token }}")
            .With("templates/templates.json", """{"theirs": {"bos_token": "<s>", "eos_token": null}}""")
            .With("table.jsonl", """
                {"template": "ours", "messages": [], "kwargs": {"mood": "!"}, "rendered": "!"}
                {"template": "theirs", "messages": [], "rendered": "<s>"}
                """);
        var (code, output, _) = Softly("template --model . --table table.jsonl");
        Assert.Equal((0, "table.jsonl: 1 of 1 right (1 rows of other templates left out)\n"), (code, output));
        (code, output, _) = Softly("template --template templates/theirs.jinja --table table.jsonl");
        Assert.Equal((0, "table.jsonl: 1 of 1 right (1 rows of other templates left out)\n"), (code, output));
    }

    [Fact]
    public void The_tables_of_SmolLM2_are_right()
    {
        var model = Reference.Require("models", "smollm2-135m-instruct");
        foreach (var (command, table) in new[] { ("tokenize", "encode"), ("tokenize", "decode"), ("template", "chat") })
        {
            var path = Reference.Require("golden", "models", "smollm2", table + ".jsonl");
            var (code, output, error) = Command.Run(_folder.Path, command, "--model", model, "--table", path);
            Assert.True(code == 0, output + error);
            Assert.Equal($"{path}: {File.ReadAllLines(path).Length} of {File.ReadAllLines(path).Length} right\n", output);
        }
    }

    [Fact]
    public void Two_begin_tokens_are_warned_of()
    {
        _folder.With("tokenizer.json", """
            {"added_tokens": [{"id": 256, "content": "<s>", "special": true}], "pre_tokenizer": {"type": "ByteLevel",
             "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}, "post_processor": {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {}}], "special_tokens": {"<s>": {"ids": [256]}}},
             "model": {"type": "BPE", "merges": [], "vocab": {"a": 0, "<s>": 256}}}
            """).With("tokenizer_config.json", """{"bos_token": "<s>", "chat_template": "{{ bos_token }}a"}""");
        File.Delete(Path.Combine(_folder.Path, "chat_template.jinja"));
        var (code, _, error) = Softly("template --model . -m user:x --ids --special");
        Assert.Equal(0, code);
        Assert.Contains("the begin token <s> (256) stands twice", error);
        (_, _, error) = Softly("template --model . -m user:x --ids");
        Assert.Equal("", error);
    }

    private (int Code, string Out, string Error) Softly(string line, params string[] more) =>
        Command.Run(_folder.Path, [.. line.Split(' '), .. more]);
}
