using System.Text.Json;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization.Templates;

/// <summary>Templates of published models against texts that Jinja itself made, set up as transformers does it.</summary>
public class TemplateTableTests
{
    public static TheoryData<string> Names =>
        ["qwen3", "qwen2_5", "llama3_1_short", "llama3_2", "deepseek_v3", "r1_distill_qwen"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_published_template_renders_every_conversation_as_jinja_does(string name)
    {
        var template = ChatTemplate.Parse(
            File.ReadAllText(Reference.Require("tokenizers", "templates", $"{name}.jinja")), SpecialTexts(name), $"{name}.jinja");
        ChatTable.Check(template, Reference.Require("tokenizers", "chat.jsonl"), name);
    }

    [Fact]
    public void Every_row_of_the_table_is_of_a_known_template()
    {
        var rows = File.ReadAllLines(Reference.Require("tokenizers", "chat.jsonl"));
        Assert.All(rows, row => Assert.Contains(
            JsonDocument.Parse(row).RootElement.GetProperty("template").GetString()!, Names.Select(n => n.Data)));
    }

    private static Dictionary<string, string> SpecialTexts(string name)
    {
        var path = Reference.Require("tokenizers", "templates", "templates.json");
        var all = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        return all.GetProperty(name).EnumerateObject()
            .Where(p => p.Name.EndsWith("_token", StringComparison.Ordinal) && p.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(p => p.Name, p => p.Value.GetString()!);
    }
}
