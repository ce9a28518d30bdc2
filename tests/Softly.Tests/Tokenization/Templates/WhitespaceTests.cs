namespace Softly.Tests.Tokenization.Templates;

/// <summary>White space around tags: what transformers makes of Jinja's settings. The expected texts are Jinja 3.1.6's.</summary>
public class WhitespaceTests
{
    [Theory]
    [InlineData("{% if yes %}\nx\n{% endif %}\ny\n", "x\ny")]
    [InlineData("  {% if yes %}  x{% endif %}", "  x")]
    [InlineData("a\n  {% if yes %}\n  b\n  {% endif %}\nc", "a\n  b\nc")]
    [InlineData("a\n  {{- a }}\n  b", "a1\n  b")]
    [InlineData("a\n  {{ a -}}\n  b", "a\n  1b")]
    [InlineData("x {%- if yes -%} y {%- endif -%} z", "xyz")]
    [InlineData("a\n  {%+ if yes %}b{% endif %}", "a\n  b")]
    [InlineData("{% if yes +%}\nb{% endif %}", "\nb")]
    [InlineData("a {# c #} b", "a  b")]
    [InlineData("a\n  {# c #}\nb", "a\nb")]
    [InlineData("a {#- c -#} b", "ab")]
    [InlineData("{% raw %}\n {{ x }} {% y %}{% endraw %}\nz", "\n {{ x }} {% y %}z")]
    [InlineData("{%- raw -%}  {{ x }}  {%- endraw -%}  z", "{{ x }}z")]
    [InlineData("a\n\n", "a\n")]
    [InlineData("a\r\nb\rc", "a\nb\nc")]
    [InlineData("{% for i in l %}\n{{ i }}\n{% endfor %}\n", "3\n1\n2\n")]
    [InlineData("\n  {% set q = 1 %}\n  {{ q }}\n", "\n  1")]
    [InlineData("  x {% if yes %}y{% endif %}\n  {% if yes %}z{% endif %}", "  x yz")]
    [InlineData("{{ '{{' }} { } {a}", "{{ { } {a}")]
    [InlineData("a{#-#}b", "ab")]
    [InlineData("  {{ a }}\n\n{% if yes %}\n\n q{% endif %}", "  1\n\n\n q")]
    [InlineData("{% set x %}\n  in\n{% endset %}[{{ x }}]", "[  in\n]")]
    [InlineData("x\n  {% raw %}\n q\n  {% endraw %}\nr", "x\n\n q\nr")]
    [InlineData("{{ a\n}}\n{{ b }}", "1\n2")]
    [InlineData("\u00a0 {% if yes %}x{% endif %}", "x")]
    [InlineData("a\u2028b\u0085c\u000cd", "a\u2028b\u0085c\u000cd")]
    public void White_space_stays_and_goes_as_in_jinja(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));
}
