using CsCheck;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class TableTests
{
    private static Table Rates() =>
        new Table("Rates, in %", Column.Text("model"), Column.Number("pass@1"), Column.Number("pass@32"))
        .Add("warm start", new Estimate(40.1, 38.3, 41.9).Text(), new Estimate(99.1, 97.9, 99.8).Text())
        .Add("SofT-GRPO scored by its winner", new Estimate(60.8, 59.0, 62.6).Text(), "–")
        .Add("a | b <script>alert(1)</script> *x*", "6.0", "78.2");

    [Fact]
    public void Html_looks_as_expected() => Expectation.Matches("table.html", Rates().ToHtml());

    [Fact]
    public void Markdown_looks_as_expected() => Expectation.Matches("table.md", Rates().ToMarkdown());

    [Fact]
    public void Text_looks_as_expected_wide_narrow_and_very_narrow() =>
        Expectation.Matches("table.txt",
            string.Join('\n', new[] { 100, 50, 24 }.Select(width => $"{width} columns:\n" + Rates().ToText(width))));

    [Fact]
    public void Text_never_passes_the_width() =>
        Gen.Select(Gen.Int[20, 120], Gen.String[Gen.Char[" ab[],漢é\n\u001b"], 0, 40].Array[6]).Sample((width, cells) =>
        {
            var table = new Table(cells[0], Column.Text(cells[1]), Column.Number(cells[2])).Add(cells[3], cells[4])
                .Add(cells[5], "1");
            var lines = table.ToText(width).Split('\n');
            Assert.All(lines, line => Assert.InRange(TextWidth.Of(line), 0, width));
            Assert.DoesNotContain('\u001b', table.ToText(width));
        });

    [Fact]
    public void A_table_without_rows_is_its_headers() =>
        Assert.Equal("a  b\n─  ─\n", new Table("", Column.Text("a"), Column.Number("b")).ToText());

    [Fact]
    public void A_row_must_fit_the_columns() =>
        Assert.Throws<ArgumentException>(() => new Table("", Column.Text("a")).Add("1", "2"));

    [Theory]
    [InlineData("57.8 [56.1, 59.8]", 12, "57.8|[56.1, 59.8]")] // an interval stays whole
    [InlineData("a [b", 3, "a|[b")] // a bracket without its partner is a letter
    [InlineData("abcdef", 4, "abcd|ef")]
    [InlineData("", 4, "")]
    public void Wrapping_breaks_at_spaces(string text, int width, string expected) =>
        Assert.Equal(expected, string.Join('|', TextWidth.Wrap(text, width)));
}
