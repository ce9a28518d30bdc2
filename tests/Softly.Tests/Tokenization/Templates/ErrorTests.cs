using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Tokenization.Templates;

public class ErrorTests
{
    [Theory]
    [InlineData("a\n{{ x | trimm }}", 2, "the filter 'trimm' is not supported; the nearest that is: 'trim'")]
    [InlineData("\n\n{% if x is defind %}{% endif %}", 3, "the test 'defind' is not supported; the nearest that is: 'defined'")]
    [InlineData("{% include 'x' %}", 1, "the statement 'include' is not supported; supported: break, continue, for")]
    [InlineData("{% fro x in y %}", 1, "the statement 'fro' is not supported; the nearest that is: 'for'")]
    [InlineData("{{ rnge(3) }}", 1, "the function 'rnge' is not supported; the nearest that is: 'range'")]
    [InlineData("{{ 'x'.strp() }}", 1, "the method 'strp' is not supported; the nearest that is: 'strip'")]
    [InlineData(
        "{% for i in l %}{{ loop.frist }}{% endfor %}",
        1,
        "the attribute of the loop 'frist' is not supported; the nearest that is: 'first'")]
    [InlineData(
        "{{ d | tojson(indnt=2) }}", 1, "the argument of 'tojson' 'indnt' is not supported; the nearest that is: 'indent'")]
    [InlineData("{% for i in l recursive %}{% endfor %}", 1, "recursive loops are not supported")]
    public void An_unsupported_construct_is_named_with_the_nearest_supported(string template, int line, string message)
    {
        var error = Templated.Fail(template);
        Assert.Equal(line, error.Line);
        Assert.StartsWith($"chat template, line {line}: {message}", error.Message);
    }

    [Theory]
    [InlineData("a\n{% if x %}\nb", 2, "{% if %} is not closed; expected {% endif %}")]
    [InlineData("\n{% for i in l %}{% if i %}{% endif %}", 2, "{% for %} is not closed; expected {% endfor %}")]
    [InlineData("{% endif %}", 1, "{% endif %} closes nothing")]
    [InlineData("{% for i in l %}{% endif %}{% endfor %}", 1, "{% endif %} closes nothing")]
    [InlineData("a\n{{ x", 2, "the tag is not closed; expected }}")]
    [InlineData("a\n{% x\n\n", 2, "the tag is not closed; expected %}")]
    [InlineData("{# x", 1, "the comment is not closed")]
    [InlineData("\n{% raw %}x", 2, "{% raw %} is not closed")]
    [InlineData("{{ 'x }}", 1, "the text is not closed; expected '")]
    [InlineData("{{ (1 }}", 1, "'}' closes nothing")]
    [InlineData("{{ }}", 1, "expected an expression, found '}}'")]
    [InlineData("{{ 1 + }}", 1, "expected an expression, found '}}'")]
    [InlineData("{{ a b }}", 1, "expected }}, found 'b'")]
    [InlineData("{{ 1 ? 2 }}", 1, "the character '?' is not part of the language")]
    [InlineData("{% set x 1 %}", 1, "expected '=', found '1'")]
    [InlineData("{% break %}", 1, "break outside a loop")]
    [InlineData("{{ 99999999999999999999 }}", 1, "99999999999999999999 is too large")]
    [InlineData("{{ '\\xzz' }}", 1, "\\x must be followed by 2 hexadecimal digits")]
    [InlineData("{{ l[1:2:3:4] }}", 1, "a slice has at most three parts")]
    [InlineData("{{ f(a=1, 2) }}", 1, "an argument without a name after one with a name")]
    [InlineData("{{ x[] }}", 1, "expected an index")]
    public void A_broken_template_is_refused_when_it_is_read(string template, int line, string message)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template));
        Assert.Equal(line, error.Line);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData("a\n{{ missing.x }}", 2, "'missing' is undefined")]
    [InlineData("{{ d.q.x }}", 1, "'q' of a mapping is undefined")]
    [InlineData("{{ n.split('x') }}", 1, "'split' of none is undefined")]
    [InlineData("{{ missing + 1 }}", 1, "'missing' is undefined")]
    [InlineData("{{ missing | tojson }}", 1, "'missing' is undefined")]
    [InlineData("{{ missing < 1 }}", 1, "'missing' is undefined")]
    [InlineData("{{ missing[1:] }}", 1, "'missing' is undefined")]
    [InlineData("{{\n'a' +\nn }}", 2, "'+' cannot join text and none; '~' can")]
    [InlineData("{{ a + 'x' }}", 1, "'+' cannot join a number and text; '~' can")]
    [InlineData("{{ 1 in 5 }}", 1, "'in' cannot look into a number")]
    [InlineData("{{ 1 in 'x' }}", 1, "'in' looks for text in text, not for a number")]
    [InlineData("{{ 1 < 'x' }}", 1, "a number and text have no order")]
    [InlineData("{{ [1, 'x'] | sort }}", 1, "have no order")]
    [InlineData("{{ 1 / 0 }}", 1, "division by zero")]
    [InlineData("{{ 1 % 0 }}", 1, "division by zero")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 1, "the result of '+' is too large")]
    [InlineData("{{ 10 ** 30 }}", 1, "the result of '**' is too large")]
    [InlineData("{% for x in n %}{% endfor %}", 1, "none has no items to go through")]
    [InlineData("{% for x, y in l %}{% endfor %}", 1, "a number has no items to go through")]
    [InlineData("{% set x, y = l %}", 1, "3 values for the 2 names x, y")]
    [InlineData("{% set d.x = 1 %}", 1, "'d' is not a namespace")]
    [InlineData("{{ l.append(1) }}", 1, "'append' would change a list")]
    [InlineData("{{ d.update({}) }}", 1, "'update' would change a mapping")]
    [InlineData("{{ t() }}", 1, "text cannot be called")]
    [InlineData("{{ n | length }}", 1, "none has no length")]
    [InlineData("{{ 'x'.split('') }}", 1, "the separator is empty")]
    [InlineData("{{ t.startswith() }}", 1, "'startswith' needs the argument 'prefix'")]
    [InlineData("{{ t.strip(1) }}", 1, "'strip': the argument 'chars' must be text, not a number")]
    [InlineData("{{ t.upper(1) }}", 1, "'upper' takes no arguments, not 1")]
    [InlineData("{{ {[1]: 2} }}", 1, "a list cannot be a key of a mapping")]
    [InlineData("{{ namespace() }}", 1, "a namespace cannot be printed")]
    [InlineData("{{ range }}", 1, "a function cannot be printed")]
    [InlineData("{{ l[::0] }}", 1, "the step of a slice is zero")]
    [InlineData("{{ strftime_now('%Q') }}", 1, "'%Q' is not supported")]
    [InlineData("{% macro f(x) %}{% endmacro %}{{ f(1, 2) }}", 1, "the macro 'f' takes 1 arguments, not 2")]
    [InlineData("{% if yes %}\n{{ raise_exception('no ' ~ t) }}{% endif %}", 2, "the template refuses: no Hello World")]
    public void A_failing_rendering_says_where_and_why(string template, int line, string message)
    {
        var error = Templated.Fail(template);
        Assert.Equal(line, error.Line);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_variable_of_an_unknown_type_is_refused_by_name()
    {
        var variables = new Dictionary<string, object?> { ["clock"] = TimeProvider.System };
        var error = Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("x").Render([], variables: variables));
        Assert.Contains("'clock'", error.Message);
    }

    [Fact]
    public void Nothing_of_the_host_can_be_reached()
    {
        foreach (var owner in (string[])["messages", "messages[0]", "''", "l", "d", "range", "namespace()"])
            foreach (var name in (string[])["__class__", "__init__", "GetType", "Length", "Items", "__globals__"])
            {
                var template = ChatTemplate.Parse("{% set l = [1] %}{% set d = {} %}{{ " + owner + "." + name + " }}");
                Assert.Equal("", template.Render([new Message("user", "x")]));
            }
    }
}
