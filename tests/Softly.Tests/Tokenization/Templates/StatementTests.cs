namespace Softly.Tests.Tokenization.Templates;

/// <summary>Loops, choices, names and macros. The expected texts are Jinja 3.1.6's.</summary>
public class StatementTests
{
    [Theory]
    [InlineData(
        "{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}"
        + "{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }} {% endfor %}",
        "1032TrueFalse31 2121FalseFalse31 3210FalseTrue31 ")]
    [InlineData("{% for i in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for i in l if i > 1 %}{{ i }}{{ loop.length }}{% endfor %}", "3222")]
    [InlineData("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "x=1;y=[1, 2];items_=z;")]
    [InlineData("{% for k in d %}{{ k }}{% endfor %}", "xyitems_")]
    [InlineData("{% for c in 'abc' %}{{ c }}-{% endfor %}", "a-b-c-")]
    [InlineData("{% for i in l %}{{ loop.previtem }}<{{ loop.nextitem }} {% endfor %}", "<1 3<2 1< ")]
    [InlineData(
        "{% for i in l %}{% for j in l %}{{ loop.depth }}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
        "1112131 1112132 1112133 ")]
    [InlineData("{% set x = 1 %}{% for i in l %}{{ x }}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}", "1212121")]
    [InlineData("{% if yes %}{% set x = 5 %}{% endif %}{{ x }}", "5")]
    [InlineData("{% set ns = namespace(x=0) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}", "6")]
    [InlineData("{% set x, y = 1, 2 %}{{ x }}{{ y }}", "12")]
    [InlineData("{% set x %}a{{ b }}{% endset %}{{ x }}{{ x|length }}", "a22")]
    [InlineData("{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "32")]
    [InlineData("{% for i in l %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endfor %}", "3")]
    [InlineData(
        "{% macro g(x, y='d') %}[{{ x }}{{ y }}]{% endmacro %}{{ g(1) }}{{ g(1, 2) }}{{ g(y=3, x=4) }}{{ g() }}",
        "[1d][12][43][d]")]
    [InlineData("{% macro g(x) %}{{ b }}{{ x }}{% endmacro %}{% set b = 7 %}{{ g(1) }}", "71")]
    [InlineData("{% if e %}1{% elif n %}2{% elif yes %}3{% else %}4{% endif %}", "3")]
    [InlineData("{% if e %}1{% else %}4{% endif %}", "4")]
    [InlineData("{% for i in missing %}x{% endfor %}|", "|")]
    [InlineData("{% for i in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba")]
    [InlineData("{% for i in [1,1,2,2,1] %}{{ loop.changed(i) }} {% endfor %}", "True False True False True ")]
    [InlineData("{% set loop_messages = m %}{% for message in loop_messages %}{{ message.role }}{% endfor %}", "userassistant")]
    [InlineData("{% set a = 9 %}{{ a }}", "9")]
    [InlineData("{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "321")]
    [InlineData("{% for i, j in [(1, 2), (3, 4)] %}{{ i }}{{ j }}{% endfor %}", "1234")]
    [InlineData("{% for i in 1, 2 %}{{ i }}{% endfor %}", "12")]
    [InlineData("{% for a in l %}{{ a }}{% endfor %}{{ a }}", "3121")]
    [InlineData("{% set d2 = dict(d, z=3) %}{{ d2.z }}", "3")]
    [InlineData("{% set x = [1, 2] + [3] %}{{ x|join(',') }}", "1,2,3")]
    [InlineData("{% for i in l %}{% set ns = namespace(v=i) %}{% set ns.v = ns.v * 2 %}{{ ns.v }}{% endfor %}", "624")]
    [InlineData("{% set x = 1 %}{% macro h() %}{% set x = 2 %}{{ x }}{% endmacro %}{{ h() }}{{ x }}", "21")]
    [InlineData("{% for x in l|sort %}{{ x }}{% endfor %}", "123")]
    [InlineData("{%- for (k, v) in d|items %}{{ k }}{% endfor %}", "xyitems_")]
    [InlineData("{% for i in l %}{% else %}x{% endfor %}|", "|")]
    [InlineData("{% set q = 1 %}{% set z %}{% set q = 2 %}{{ q }}{% endset %}{{ z }}{{ q }}", "21")]
    [InlineData(
        "{% for m2 in m %}{% set c = m2.content %}{% if loop.first %}{% set c = c + '!' %}{% endif %}{{ c }}{% endfor %}",
        "hi!yo")]
    public void Statements_do_what_they_do_in_jinja(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));
}
