using System.Text.Json.Nodes;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization.Templates;

public class ChatTemplateTests
{
    private static readonly Message[] Hello = [new("user", "Hi"), new("assistant", "Yo")];

    [Fact]
    public void Messages_and_special_tokens_are_in_reach()
    {
        var template = ChatTemplate.Parse(
            "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m['content'] }};{% endfor %}"
            + "{% if add_generation_prompt %}>{% endif %}",
            new Dictionary<string, string> { ["bos_token"] = "<s>" });
        Assert.Equal("<s>user:Hi;assistant:Yo;>", template.Render(Hello));
        Assert.Equal("<s>user:Hi;assistant:Yo;", template.Render(Hello, addGenerationPrompt: false));
    }

    [Fact]
    public void Tools_and_documents_are_none_unless_given()
    {
        var template = ChatTemplate.Parse(
            "{{ tools is none and documents is none }}{{ tools | tojson }}{{ documents | tojson }}");
        Assert.Equal("Truenullnull", template.Render(Hello));
        var given = new Dictionary<string, object?>
        {
            ["tools"] = JsonNode.Parse("""[{"name": "f", "n": 1, "x": 1.0, "y": null}]"""),
            ["documents"] = new[] { new Dictionary<string, object?> { ["title"] = "t" } },
        };
        Assert.Equal(
            """False[{"name": "f", "n": 1, "x": 1.0, "y": null}][{"title": "t"}]""", template.Render(Hello, variables: given));
    }

    [Fact]
    public void The_date_comes_from_the_clock_that_is_given()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y, %A %B %-d %y %H:%M:%S %I%p %j %F %%') }}");
        Assert.Equal(
            "05 Feb 2024, Monday February 5 24 14:03:09 02PM 036 2024-02-05 %", template.Render(Hello, clock: new FixedClock()));
    }

    [Fact]
    public void Marks_of_generated_text_change_nothing() =>
        Assert.Equal("a b c", ChatTemplate.Parse("a {% generation %}b {% endgeneration %}c").Render(Hello));

    [Fact]
    public void One_template_serves_several_threads()
    {
        var template = ChatTemplate.Parse(
            "{% set ns = namespace(n=0) %}{% for i in range(500) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}");
        Parallel.For(0, 16, _ => Assert.Equal("124750", template.Render(Hello)));
    }

    [Fact]
    public void A_folder_with_a_broken_template_is_refused_with_file_and_line()
    {
        using var folder = new TemporaryFolder();
        new WordTokenizer(["<pad>", "<end>", "a"]).Save(folder.Path);
        Assert.Throws<InvalidOperationException>(() => TokenizerLoader.FromFolder(folder.Path).EncodeChat(Hello));
        folder.With("chat_template.jinja", "{% for m in messages %}\n{{ m.content | tirm }}{% endfor %}");
        var error = Assert.Throws<InvalidDataException>(() => TokenizerLoader.FromFolder(folder.Path));
        Assert.Contains("chat_template.jinja, line 2: the filter 'tirm'", error.Message);
        folder.With("chat_template.jinja", "{% for m in messages %}\n{{ m.content | trim }} {% endfor %}");
        Assert.Equal([2, 2], TokenizerLoader.FromFolder(folder.Path).EncodeChat([new("user", "a"), new("user", " a ")]));
    }

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone =>
            TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), "test", "test");

        public override DateTimeOffset GetUtcNow() => new(2024, 2, 5, 12, 3, 9, TimeSpan.Zero);
    }
}
