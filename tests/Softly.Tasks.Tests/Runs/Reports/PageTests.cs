using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class PageTests
{
    private const string Bad = "<script>alert(\"1\")</script>";

    [Fact]
    public void Text_is_never_markup()
    {
        var html = new Page(Bad).Heading(Bad).Paragraph(Bad).Note(Bad).Bullets(Bad).Code(Bad).Labelled(Bad, Bad)
            .Table(new Table(Bad, Column.Text(Bad)).Add(Bad)).Details(Bad, page => page.Paragraph(Bad))
            .ThoughtSteps([ThoughtStep.Of(Bad), new([new(Bad, 0.6), new(Bad, 0.4)])]).ToHtml();
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("alert(\"", html);
        Assert.Contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;", html);
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere()
    {
        var html = new Page("p").Paragraph("text").Charts(new Chart { Title = "c", Series = [] }).ToHtml();
        Assert.DoesNotContain("http://", html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("https://", html);
        Assert.DoesNotContain("url(", html);
        Assert.DoesNotContain("src=", html);
        Assert.Contains("default-src 'none'", html);
    }

    [Theory]
    [InlineData("a `b` c", "a <code>b</code> c")]
    [InlineData("**a** `<b>`", "<strong>a</strong> <code>&lt;b&gt;</code>")]
    [InlineData("a ` b", "a ` b")]
    [InlineData("`a` ` b", "<code>a</code> ` b")]
    [InlineData("by 4.3 [3.1, −5.5]", "by 4.3 [3.1,&nbsp;−5.5]")]
    public void Marks_work_in_pairs(string text, string expected) => Assert.Equal(expected, Markup.Inline(text));

    [Fact]
    public void Thoughts_show_words_and_weights()
    {
        var steps = SampleQuickstart.Rollout(soft: true).Thoughts!;
        Expectation.Matches("thoughts.html", Thoughts.ToHtml(steps));
        Expectation.Matches("thoughts.txt", Thoughts.ToText(steps, 60) + "\n");
    }

    [Fact]
    public void Thoughts_show_what_cannot_be_seen_and_leave_out_the_light()
    {
        ThoughtStep[] steps = [ThoughtStep.Of(" "), ThoughtStep.Of(""), ThoughtStep.Of("\n"), new([]),
            new([new("a", double.NaN), new("b", 0.001)])];
        Assert.Equal("␣ ∅ ␊ {} {a –}", Thoughts.ToText(steps));
        Assert.DoesNotContain("NaN", Thoughts.ToHtml(steps));
    }
}
