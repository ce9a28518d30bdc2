namespace Softly.Tests.Tokenization.Templates;

/// <summary>What stands after a bar. The expected texts are Jinja 3.1.6's.</summary>
public class FilterTests
{
    [Theory]
    [InlineData("[{{ '  a b ' | trim }}]", "[a b]")]
    [InlineData("[{{ 'xxaxx' | trim('x') }}]", "[a]")]
    [InlineData(
        "{{ t | upper }}{{ t | lower }}{{ 'hELLO wORLD' | capitalize }}{{ 'hello big-wORLD' | title }}",
        "HELLO WORLDhello worldHello worldHello Big-World")]
    [InlineData("{{ t | replace('o', '0') }}{{ t | replace('o', '0', 1) }}", "Hell0 W0rldHell0 World")]
    [InlineData("{{ l | join('-') }}{{ l | join }}{{ m | join(', ', attribute='role') }}", "3-1-2312user, assistant")]
    [InlineData("{{ l | first }}{{ l | last }}{{ [] | first }}|{{ t | first }}{{ t | last }}", "32|Hd")]
    [InlineData("{{ l | length }}{{ t | count }}{{ d | length }}{{ '' | length }}", "31130")]
    [InlineData("{{ l | sort }}{{ l | sort(reverse=true) }}{{ ['b', 'A', 'c'] | sort }}", "[1, 2, 3][3, 2, 1]['A', 'b', 'c']")]
    [InlineData("{{ ['b', 'A'] | sort(case_sensitive=true) }}", "['A', 'b']")]
    [InlineData("{{ m | map(attribute='role') | list }}{{ ['a'] | map('upper') | list }}", "['user', 'assistant']['A']")]
    [InlineData("{{ [{}] | map(attribute='x', default='q') | list }}", "['q']")]
    [InlineData("{{ m | selectattr('role', 'equalto', 'user') | list | length }}", "1")]
    [InlineData("{{ m | rejectattr('role', 'eq', 'user') | map(attribute='content') | first }}", "yo")]
    [InlineData("{{ [1, 0, 2] | select | list }}{{ [1, 2, 3] | select('odd') | list }}", "[1, 2][1, 3]")]
    [InlineData("{{ [1, 2, 3] | reject('odd') | list }}{{ [1, 2, 3] | select('gt', 1) | list }}", "[2][2, 3]")]
    [InlineData("{{ missing | default('d') }}{{ e | default('d') }}|{{ e | default('d', true) }}", "d|d")]
    [InlineData("{{ n | default('d') }}", "None")]
    [InlineData("{{ '12' | int }}{{ 'x' | int }}{{ 'x' | int(5) }}{{ '3.7' | int }}{{ 3.9 | int }}", "120533")]
    [InlineData("{{ '2.5' | float }}{{ n | int }}", "2.50")]
    [InlineData("{{ -3 | abs }}{{ (-3.5) | abs }}", "33.5")]
    [InlineData("{{ 2.5 | round }} {{ 2.567 | round(2) }} {{ 2.1 | round(0, 'ceil') }}", "2.0 2.57 3.0")]
    [InlineData("{{ 2.9 | round(method='floor') }} {{ 3 | round }}", "2.0 3")]
    [InlineData("{{ [1, 2] | sum }}{{ [{'v': 1}, {'v': 2}] | sum(attribute='v') }}{{ [1] | sum(start=5) }}", "336")]
    [InlineData("{{ [3, 1, 2] | min }}{{ [3, 1, 2] | max }}{{ ['b', 'A'] | min }}", "13A")]
    [InlineData("{{ [1, 2, 1] | unique | list }}{{ ['a', 'A', 'b'] | unique | list }}", "[1, 2]['a', 'b']")]
    [InlineData("{{ t | reverse }}{{ l | reverse | list }}", "dlroW olleH[2, 1, 3]")]
    [InlineData(
        "{{ d | dictsort }}{{ {'b': 1, 'A': 2} | dictsort }}{{ {'b': 1, 'A': 2} | dictsort(by='value') }}",
        "[('items_', 'z'), ('x', 1), ('y', [1, 2])][('A', 2), ('b', 1)][('b', 1), ('A', 2)]")]
    [InlineData("{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|", "a\n    b\n\n    c|  a\n  b|")]
    [InlineData(
        "{{ 'a\n\nb' | indent(1, false, true) }}|{{ 'a\nb' | indent('> ') }}|{{ 'a\nb\n' | indent }}|",
        "a\n \n b|a\n> b|a\n    b\n|")]
    [InlineData("{{ d | items | list }}", "[('x', 1), ('y', [1, 2]), ('items_', 'z')]")]
    [InlineData("{{ 5 | string ~ 'x' }}", "5x")]
    [InlineData("{{ t | list | length }}", "11")]
    [InlineData(
        "{{ {'a': [1, 2.0, n, yes], 'b': 'q\"\\\\\\n\u00e9/<' , 'c': {}, 'd': []} | tojson }}",
        "{\"a\": [1, 2.0, null, true], \"b\": \"q\\\"\\\\\\n\u00e9/<\", \"c\": {}, \"d\": []}")]
    [InlineData(
        "{{ {'a': [1, {'b': 2}], 'e': [], 'f': {}} | tojson(indent=2) }}",
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"e\": [],\n  \"f\": {}\n}")]
    [InlineData("{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }}", "{\"a\": 2, \"b\": 1}")]
    [InlineData(
        "{{ [1, 2] | tojson(separators=(',', ':')) }}{{ '\u00e9\U0001f600' | tojson(ensure_ascii=true) }}",
        "[1,2]\"\\u00e9\\ud83d\\ude00\"")]
    [InlineData("{{ '\u00e9' | tojson }}", "\"\u00e9\"")]
    [InlineData("{{ '\u007f\u0001\u2028' | tojson }}{{ '\u007f' | tojson(true) }}", "\"\u007f\\u0001\u2028\"\"\\u007f\"")]
    [InlineData(
        "{{ 1e100 | tojson }} {{ 1.0 | tojson }} {{ t | tojson }} {{ {1: 2, true: 3} | tojson }}",
        "1e+100 1.0 \"Hello World\" {\"1\": 3}")]
    [InlineData("{{ (1, 2) | tojson }}", "[1, 2]")]
    [InlineData("{{ n | trim }}{{ 5 | trim }}{{ missing | trim }}|", "None5|")]
    [InlineData("{{ ' a ' | trim | upper ~ '!' }}", "A!")]
    [InlineData("{{ ['a', 1, n] | join('-') }}", "a-1-None")]
    [InlineData("{{ l | map('string') | join('+') }}", "3+1+2")]
    [InlineData("{{ [[1, 2], [3]] | map('length') | list }}", "[2, 1]")]
    [InlineData("{{ [1.5, 2] | sum }}", "3.5")]
    [InlineData("{{ m | map(attribute='content') | join('') }}", "hiyo")]
    [InlineData("{{ [{'a': {'b': 5}}] | map(attribute='a.b') | list }}", "[5]")]
    [InlineData("{{ 'x' | string | safe }}", "x")]
    [InlineData("{{ '\u00e9' | upper }}", "\u00c9")]
    [InlineData("{{ m | selectattr('missing') | list }}{{ m | selectattr('missing', 'undefined') | list | length }}", "[]2")]
    [InlineData("{{ 1234567 | tojson }}{{ -5 | tojson }}", "1234567-5")]
    public void A_filter_gives_what_it_gives_in_jinja(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));
}
