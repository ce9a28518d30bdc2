namespace Softly.Tests.Tokenization.Templates;

/// <summary>Methods of texts, lists and mappings. The expected texts are Jinja 3.1.6's.</summary>
public class MethodTests
{
    [Theory]
    [InlineData(
        "{{ 'a,b,,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a,b,c'.split(',', 1) }}",
        "['a', 'b', '', 'c']['a', 'b']['a', 'b,c']")]
    [InlineData("{{ 'a,b,c'.rsplit(',', 1) }}{{ ''.split(',') }}{{ ''.split() }}", "['a,b', 'c'][''][]")]
    [InlineData("{{ ' a b  c '.split(none, 1) }}{{ ' a b  c '.rsplit(none, 1) }}", "['a', 'b  c '][' a b', 'c']")]
    [InlineData("{{ '<think>x</think>y'.split('</think>')[-1] }}{{ 'x'.split('</think>')[0] }}", "yx")]
    [InlineData(
        "[{{ '\n a \n'.strip() }}][{{ '\n a \n'.strip('\n') }}][{{ 'xya'.lstrip('yx') }}][{{ 'a\n\n'.rstrip('\n') }}]",
        "[a][ a ][a][a]")]
    [InlineData("{{ t.startswith('He') }}{{ t.endswith('ld') }}{{ t.startswith(('x', 'H')) }}", "TrueTrueTrue")]
    [InlineData(
        "{{ t.replace('l', 'L') }}{{ t.replace('l', 'L', 2) }}{{ 'ab'.replace('', '-') }}",
        "HeLLo WorLdHeLLo World-a-b-")]
    [InlineData("{{ 'ab'.replace('', '-', 2) }}", "-a-b")]
    [InlineData(
        "{{ t.upper() }}{{ t.lower() }}{{ t.title() }}{{ 'hELLO'.capitalize() }}{{ \"it's ok\".title() }}",
        "HELLO WORLDhello worldHello WorldHelloIt'S Ok")]
    [InlineData("{{ t.find('o') }}{{ t.rfind('o') }}{{ t.find('q') }}{{ u.find('b') }}{{ t.count('l') }}", "47-123")]
    [InlineData("{{ 'aaa'.count('aa') }}", "1")]
    [InlineData("{{ ','.join(['a', 'b']) }}{{ '-'.join('abc') }}", "a,ba-b-c")]
    [InlineData("{{ 'a\nb\r\nc\n'.splitlines() }}{{ 'a\nb'.splitlines(true) }}", "['a', 'b', 'c']['a\\n', 'b']")]
    [InlineData("{{ '12'.isdigit() }}{{ ''.isdigit() }}{{ 'ab'.isalpha() }}{{ 'a1'.isalnum() }}", "TrueFalseTrueTrue")]
    [InlineData("{{ ' '.isspace() }}{{ 'AB1'.isupper() }}{{ 'ab1'.islower() }}", "TrueTrueTrue")]
    [InlineData("{{ 'abc'.removeprefix('a') }}{{ 'abc'.removesuffix('c') }}{{ 'abc'.removeprefix('x') }}", "bcababc")]
    [InlineData(
        "{{ 'a=b=c'.partition('=') }}{{ 'a=b=c'.rpartition('=') }}{{ 'a'.partition('=') }}",
        "('a', '=', 'b=c')('a=b', '=', 'c')('a', '', '')")]
    [InlineData("{{ 'a'.rpartition('=') }}", "('', '', 'a')")]
    [InlineData("{{ d.get('x') }}{{ d.get('q') }}{{ d.get('q', 5) }}{{ d.keys()|list }}", "1None5['x', 'y', 'items_']")]
    [InlineData("{{ d.values()|list }}{{ d.items()|list }}", "[1, [1, 2], 'z'][('x', 1), ('y', [1, 2]), ('items_', 'z')]")]
    [InlineData("{{ l.count(1) }}{{ l.index(2) }}", "12")]
    [InlineData("{{ 'aXbX'.split('X') }}{{ 'ab'.split('ab') }}", "['a', 'b', '']['', '']")]
    [InlineData("[{{ '\u001c\u00a0a\u2003'.strip() }}]", "[a]")]
    [InlineData("{{ u.split('b')[0]|length }}{{ '\U0001f600a\U0001f600'.strip('\U0001f600') }}", "2a")]
    public void A_method_gives_what_it_gives_in_python(string template, string expected) =>
        Assert.Equal(expected, Templated.Render(template));
}
