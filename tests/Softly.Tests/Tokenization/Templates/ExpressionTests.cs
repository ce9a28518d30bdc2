namespace Softly.Tests.Tokenization.Templates;

/// <summary>Values of expressions. The expected texts are Jinja 3.1.6's.</summary>
public class ExpressionTests
{
    [Theory]
    [InlineData("{{ missing is defined }} {{ a is defined }} {{ n is none }} {{ n is not none }}", "False True True False")]
    [InlineData("{{ t is string }} {{ l is sequence }} {{ d is mapping }} {{ d is iterable }}", "True True True True")]
    [InlineData("{{ n is iterable }} {{ t is iterable }} {{ missing is iterable }}", "False True True")]
    [InlineData("{{ missing is sequence }}", "True")]
    [InlineData("{{ a is number }} {{ yes is number }} {{ f is float }} {{ a is integer }}", "True True True True")]
    [InlineData("{{ yes is integer }} {{ yes is boolean }} {{ yes is true }} {{ a is true }}", "False True True False")]
    [InlineData("{{ n is false }}", "False")]
    [InlineData("{{ a is odd }} {{ b is even }} {{ 9 is divisibleby 3 }} {{ a is eq 1 }}", "True True True True")]
    [InlineData("{{ a in [1] and a is ge(1) }} {{ 1 is in l }} {{ t is callable }}", "True True False")]
    [InlineData("{{ missing is callable }} {{ range is callable }}", "True True")]
    [InlineData("{{ not a is defined }} {{ a is not defined }} {{ a is defined and b is defined }}", "False False True")]
    [InlineData("{{ namespace is defined }} {{ raise_exception is defined }} {{ strftime is defined }}", "True True False")]
    [InlineData("{{ 'x' if missing is defined and missing.y else 'z' }}", "z")]
    [InlineData("{{ a if a is defined else b }}", "1")]
    [InlineData("{{ 1 if 'a' is string and not 'a' is mapping else 2 }}", "1")]
    public void A_test_answers_as_in_jinja(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));

    [Theory]
    [InlineData("{{ l[0] }}{{ l[-1] }}{{ l[9] }}|", "32|")]
    [InlineData("{{ d.x }}{{ d['x'] }}{{ d.y[1] }}{{ d.q }}|", "112|")]
    [InlineData("{{ m[0].role }}{{ m[-1]['content'] }}", "useryo")]
    [InlineData("{{ l[1:] }}{{ l[:-1] }}{{ l[::-1] }}{{ l[::2] }}{{ l[5:] }}{{ l[-2:] }}", "[1, 2][3, 1][2, 1, 3][3, 2][][1, 2]")]
    [InlineData("{{ t[1:4] }}{{ t[::-1] }}{{ t[-3:] }}{{ t[10:2:-3] }}", "elldlroW olleHrlddoo")]
    [InlineData("{{ u|length }}{{ u[1] }}{{ u[::-1] }}{{ u[2:] }}", "4\U0001f600\u00e9b\U0001f600ab\u00e9")]
    [InlineData("{{ a.b }}|{{ n.x }}|{{ l.foo }}|", "|||")]
    [InlineData("{{ t.0 }}|{{ l.1 }}", "H|1")]
    [InlineData("{{ l[a] }}{{ d['y'][a:] }}", "1[2]")]
    [InlineData("{{ t['upper']() }}", "HELLO WORLD")]
    public void Members_items_and_slices_are_found_as_in_python(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));

    [Theory]
    [InlineData("{{ not a == 2 }}", "True")]
    [InlineData("{{ not (a and e) }}", "True")]
    [InlineData("{{ a or b and e }}", "1")]
    [InlineData("{{ e or 'x' }}|{{ a and e }}|", "x||")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ True == 1 }}", "True False True True")]
    [InlineData("{{ 'a' in t }} {{ 'ell' in t }} {{ 9 not in l }} {{ 'x' in d }}", "False True True True")]
    [InlineData("{{ 'y' if a == 1 else 'n' }}", "y")]
    [InlineData("{{ 'y' if a == 2 }}|", "|")]
    [InlineData("{{ 'a' if n else 'b' if e else 'c' }}", "c")]
    [InlineData("{{ a if b > 1 and a < 2 else b }}", "1")]
    [InlineData("{{ missing }}|{{ missing|length }}|{{ missing == other }}|{{ missing or 'x' }}", "|0|True|x")]
    [InlineData("{{ true and none }} {{ True }} {{ None }} {{ false }}", "None True None False")]
    [InlineData(
        "{{ [1,2] == [1,2] }} {{ [1] == (1,) }} {{ {'a': 1} == {'a': 1.0} }} {{ [1, 2] < [1, 3] }}",
        "True False True True")]
    [InlineData("{{ 'a' < 'b' }} {{ 'a' == 1 }} {{ n == false }}", "True False False")]
    [InlineData("{{ 5 if a else 6 if b else 7 }}", "5")]
    [InlineData("{{ 1 if true }}", "1")]
    [InlineData("{{ 'a' < '\U0001f600' }} {{ '\ufb01' < '\U0001f600' }}", "True True")]
    [InlineData("{{ [] or {} or 'last' }}", "last")]
    [InlineData("{{ 'b' in 'abc' == true }}", "False")]
    [InlineData("{{ '%' }}{{ 'a' == 'a' and 'b' != 'c' }}", "%True")]
    public void Logic_and_comparisons_follow_python(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));

    [Theory]
    [InlineData("{{ 'a' 'b' }}", "ab")]
    [InlineData("{{ [1, 'a', n, True, 1.0, {'k': \"it's\"}] }}", "[1, 'a', None, True, 1.0, {'k': \"it's\"}]")]
    [InlineData("{{ (1, 2) }}{{ (1,) }}{{ () }}", "(1, 2)(1,)()")]
    [InlineData("{{ 1, 2 }}", "(1, 2)")]
    [InlineData("{{ {'a': 1, 'b': [2]} }}", "{'a': 1, 'b': [2]}")]
    [InlineData("{{ 1e-7 }} {{ 1e23 }} {{ 0.00001 }} {{ 0.0001 }} {{ 5e-324 }}", "1e-07 1e+23 1e-05 0.0001 5e-324")]
    [InlineData("{{ 1e15 }} {{ 9007199254740993.0 }} {{ 100.5 }}", "1000000000000000.0 9007199254740992.0 100.5")]
    [InlineData(
        "{{ 1e3 }} {{ 1.5e-7 }} {{ 1e16 }} {{ 123456789012345.6 }} {{ 0.1 + 0.2 }} {{ 1e22 }}",
        "1000.0 1.5e-07 1e+16 123456789012345.6 0.30000000000000004 1e+22")]
    [InlineData("{{ \"it's\" }}{{ 'say \"x\"' }}", "it'ssay \"x\"")]
    [InlineData("{{ [\"it's\", 'q\"', 'b\\'\"', 'n\\n\\u00e9\\x7f'] }}", "[\"it's\", 'q\"', 'b\\'\"', 'n\\n\u00e9\\x7f']")]
    [InlineData(
        "{{ range(3)|list }}{{ range(1, 4)|list }}{{ range(5, 0, -2)|list }}{{ range(0)|list }}",
        "[0, 1, 2][1, 2, 3][5, 3, 1][]")]
    [InlineData("{{ dict(a=1, b=2) }}", "{'a': 1, 'b': 2}")]
    [InlineData("{{ 9007199254740993 }}", "9007199254740993")]
    [InlineData("{{ '\\101\\0' }}|{{ '\\1012' }}", "A\0|A2")]
    [InlineData(
        "{{ ['\\x00', '\u00a0', '\u2028', '\u00e9', '\U0001f600'] }}", "['\\x00', '\\xa0', '\\u2028', '\u00e9', '\U0001f600']")]
    [InlineData("{{ {1: 'a', true: 'b', 1.0: 'c', 1.5: 'd'} }}", "{1: 'c', 1.5: 'd'}")]
    public void Values_print_as_in_python(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));

    [Theory]
    [InlineData("{{ 1 + 2 * 3 }}", "7")]
    [InlineData("{{ (1 + 2) * 3 }}", "9")]
    [InlineData("{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 6 / 2 }}", "3 -4 1 2 3.5 3.0")]
    [InlineData("{{ 2 ** 3 ** 2 }}", "64")]
    [InlineData("{{ -2 ** 2 }}", "4")]
    [InlineData("{{ 2 ** -1 }}", "0.5")]
    [InlineData("{{ 'a' ~ 'b' * 2 }}", "abb")]
    [InlineData("{{ -a|abs }} {{ (-a)|abs }}", "1 1")]
    [InlineData("{{ a + b|abs }}", "3")]
    [InlineData("{{ t|upper ~ 'x' }}", "HELLO WORLDx")]
    [InlineData("{{ -0.0 }} {{ 100.0 }} {{ 1_000 }}", "-0.0 100.0 1000")]
    [InlineData("{{ 3 * 'ab' }}{{ 'ab' * 0 }}{{ l * 2 }}", "ababab[3, 1, 2, 3, 1, 2]")]
    [InlineData("{{ l + [4] }}", "[3, 1, 2, 4]")]
    [InlineData("{{ 'a\\n\\t\\x41\\u00e9\\\\\\'\\\"\\q' }}", "a\n\tA\u00e9\\'\"\\q")]
    [InlineData("{{ {1: 'a', '1': 'b'}[1] }}", "a")]
    [InlineData("{{ +a }}{{ -f }}", "1-1.5")]
    [InlineData("{{ yes + 1 }}", "2")]
    [InlineData("{{ f|int + 1 }}", "2")]
    [InlineData("{{ (a, b)[1] }}", "2")]
    [InlineData("{{ 10 - 2 - 3 }} {{ 100 // 7 // 2 }}", "5 7")]
    [InlineData("{{ 2 * 3 % 4 }}", "2")]
    public void Operators_bind_as_tightly_as_in_jinja(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));
}
