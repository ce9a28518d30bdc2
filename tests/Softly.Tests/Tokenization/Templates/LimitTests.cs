using System.Diagnostics;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization.Templates;

/// <summary>Templates come with downloaded models: none may hang the process, fill its memory or end its stack.</summary>
public class LimitTests
{
    private const string Sixty = "{% for i in range(60) %}", Many = "{% for i in range(99999) %}", End = "{% endfor %}";
    private const string Doubled = "{% set n = namespace(s=[1]) %}" + Sixty + "{% set n.s = [n.s, n.s] %}" + End;
    private const string Deep = "{% set n = namespace(s=[]) %}" + Many + "{% set n.s = [n.s] %}" + End;

    [Theory]
    [InlineData(Many + Many + End + End, "too much work")]
    [InlineData("{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}", "nested too deeply")]
    [InlineData("{% macro f(x) %}{% if x %}{{ f(x - 1) }}{{ f(x - 1) }}{% endif %}{% endmacro %}{{ f(60) }}", "too much work")]
    [InlineData("{{ range(100001) }}", "range() of more than 100,000 numbers")]
    [InlineData("{{ range(-9223372036854775807, 9223372036854775807) }}", "range() of more than 100,000 numbers")]
    [InlineData("{{ 'x' * 9223372036854775807 }}", "a text of more than 8,388,608 characters")]
    [InlineData("{{ [1] * 9223372036854775807 }}", "a list of more than 1,048,576 items")]
    [InlineData("{% set n = namespace(s='xx') %}" + Sixty + "{% set n.s = n.s ~ n.s %}" + End, "a text of more than")]
    [InlineData("{% set n = namespace(s=[1]) %}" + Sixty + "{% set n.s = n.s + n.s %}" + End, "a list of more than")]
    [InlineData("{% for i in range(90000) %}{{ 'x' * 1000 }}{% endfor %}", "more than")]
    [InlineData("{{ ('x' * 4000000).replace('', 'yyyyyyyy') }}", "a text of more than")]
    [InlineData("{{ ('x' * 4000000) | list }}", "a list of more than")]
    [InlineData("{{ ('x' * 4000000).split('x') }}", "a list of more than")]
    [InlineData("{{ (['x' * 1000] * 100000) | join }}", "a text of more than")]
    [InlineData("{{ ('\n' * 1000000) | indent(1000, blank=true) }}", "a text of more than")]
    [InlineData(Doubled + "{{ n.s | tojson }}", "more than")]
    [InlineData(Doubled + "{{ n.s }}", "more than")]
    [InlineData(Doubled + "{% set m = n %}" + Doubled + "{{ m.s == n.s }}", "too much work")]
    [InlineData(Deep + "{{ n.s | tojson }}", "nested too deeply")]
    [InlineData(Deep + "{{ n.s }}", "nested too deeply")]
    [InlineData("{{ range(99999) | unique }}", "too much work")]
    [InlineData("{% set s = 'x' * 8000000 %}" + Many + "{% set y = s.find('y') %}" + End, "too much work")]
    [InlineData("{% set s = 'x' * 8000000 %}" + Many + "{% set y = s[5] %}" + End, "too much work")]
    public void A_rendering_without_end_or_measure_is_stopped(string template, string message)
    {
        var clock = Stopwatch.StartNew();
        Assert.Contains(message, Templated.Fail(template).Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "", "]")]
    [InlineData("not ", "1", "")]
    [InlineData("-", "1", "")]
    [InlineData("1 if 0 else ", "1", "")]
    [InlineData("1 + ", "1", "")]
    [InlineData("{1: ", "1", "}")]
    [InlineData("", "a", "[0]")]
    [InlineData("", "a", "|trim")]
    public void An_expression_that_is_nested_too_deeply_is_refused(string before, string inner, string after)
    {
        var text = string.Concat(Enumerable.Repeat(before, 50_000)) + inner + string.Concat(Enumerable.Repeat(after, 50_000));
        Assert.Contains("nested too deeply", OnSmallStack(() => Templated.Fail("{{ " + text + " }}").Message));
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% for i in [1] %}", "{% endfor %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    [InlineData("{% if 0 %}", "{% elif 0 %}{% endif %}")]
    public void Statements_that_are_nested_too_deeply_are_refused(string before, string after)
    {
        var text = string.Concat(Enumerable.Repeat(before, 30_000)) + string.Concat(Enumerable.Repeat(after, 30_000));
        Assert.Contains("nested too deeply", OnSmallStack(() => Templated.Fail(text).Message));
    }

    [Fact]
    public void A_huge_template_is_refused() =>
        Assert.Contains("characters", Templated.Fail(new string('x', (1 << 20) + 1)).Message);

    [Fact]
    public void A_conversation_of_a_million_tokens_is_within_the_limits()
    {
        var turn = new Message("user", new string('x', 4000));
        var template = ChatTemplate.Parse(
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content | trim + '<|im_end|>\n' }}{% endfor %}");
        var text = template.Render([.. Enumerable.Repeat(turn, 1000)]);
        Assert.Equal(1000 * (4000 + "<|im_start|>user\n<|im_end|>\n".Length), text.Length);
    }

    /// <summary>On a stack of 1 MiB: how deep a larger one reaches depends on the compiler's mood.</summary>
    private static string OnSmallStack(Func<string> work)
    {
        var result = "";
        Exception? fault = null;
        var thread = new Thread(
            () =>
            {
                try { result = work(); }
                catch (Exception e) { fault = e; }
            },
            maxStackSize: 1 << 20);
        thread.Start();
        thread.Join();
        return fault is null ? result : throw new InvalidOperationException("the work failed on its own thread", fault);
    }
}
