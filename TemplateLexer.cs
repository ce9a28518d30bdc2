using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tokenization.Templates;

internal enum TokenKind
{
    /// <summary>Text between tags, white space control already applied.</summary>
    Text,

    /// <summary>Begins <c>{{ }}</c>.</summary>
    OutputStart,

    /// <summary>Ends it.</summary>
    OutputEnd,

    /// <summary>Begins <c>{% %}</c>.</summary>
    StatementStart,

    /// <summary>Ends it.</summary>
    StatementEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A string, escapes resolved.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction or exponent.</summary>
    Float,

    /// <summary>An operator or bracket.</summary>
    Operator,

    /// <summary>After the last token.</summary>
    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public override string ToString() => Kind == TokenKind.End ? "the end of the template" : $"'{(Text.Length <= 40 ? Text : Text[..40] + "…")}'";
}

/// <summary>
/// Cuts a template into tokens, with Jinja's white space rules as transformers sets them: the line break after a statement or
/// comment goes (<c>trim_blocks</c>), blanks before one that begins a line go (<c>lstrip_blocks</c>), a minus sign takes all
/// white space on its side, a plus sign keeps it.
/// </summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ","];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private bool _startsLine = true;

    private TemplateLexer(string source) => _source = source;

    public static List<Token> Read(string source)
    {
        source = source.ReplaceLineEndings("\n");
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new TemplateLexer(source);
        while (lexer._at < source.Length) lexer.Next();
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void Next()
    {
        var start = TagStart(_at);
        if (start < 0)
        {
            Text(_source[_at..]);
            _at = _source.Length;
            return;
        }

        var kind = _source[start + 1];
        var sign = start + 2 < _source.Length && _source[start + 2] is '-' or '+' ? _source[start + 2] : ' ';
        Text(Before(_source[_at..start], kind, sign));
        _line += _source.AsSpan(_at, start - _at).Count('\n') - _textLines;
        _at = start + (sign == ' ' ? 2 : 3);
        if (kind == '#') Comment();
        else if (kind == '{') Tag(TokenKind.OutputStart, TokenKind.OutputEnd, "}}", trims: false);
        else if (RawStart().Match(_source, _at) is { Success: true } raw) Raw(raw);
        else Tag(TokenKind.StatementStart, TokenKind.StatementEnd, "%}", trims: true);
    }

    private int _textLines;

    private void Text(string text)
    {
        _textLines = text.AsSpan().Count('\n');
        if (text.Length > 0) Add(TokenKind.Text, text);
        _line += _textLines;
    }

    private string Before(string text, char kind, char sign)
    {
        if (sign == '-') return text.TrimEnd();
        if (sign == '+' || kind == '{') return text;
        var lineStart = text.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _startsLine) && text.AsSpan(lineStart).Trim().IsEmpty ? text[..lineStart] : text;
    }

    private int TagStart(int from)
    {
        for (var at = _source.IndexOf('{', from); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
            if (_source[at + 1] is '{' or '%' or '#') return at;
        return -1;
    }

    private void Comment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw Error("the comment is not closed; expected #}");
        var sign = end > _at ? _source[end - 1] : ' ';
        Skip(end + 2);
        AfterTag(sign, trims: true);
    }

    private void Raw(Match start)
    {
        Skip(start.Index + start.Length);
        var end = RawEnd().Match(_source, _at);
        if (!end.Success) throw Error("{% raw %} is not closed; expected {% endraw %}");
        var text = _source[_at..end.Index];
        if (start.Value.EndsWith("-%}", StringComparison.Ordinal)) text = text.TrimStart();
        var sign = end.Groups[1].Value;
        if (sign == "-") text = text.TrimEnd();
        if (text.Length > 0) Add(TokenKind.Text, text);
        Skip(end.Index + end.Length);
        AfterTag(end.Groups[2].Value is [var last] ? last : ' ', trims: true);
    }

    /// <summary>What a closing tag does to the white space after it.</summary>
    private void AfterTag(char sign, bool trims)
    {
        var from = _at;
        if (sign == '-')
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at])) Skip(_at + 1);
        else if (trims && sign != '+' && _at < _source.Length && _source[_at] == '\n') Skip(_at + 1);
        _startsLine = _at > from && _source[_at - 1] == '\n';
    }

    private void Tag(TokenKind startKind, TokenKind endKind, string close, bool trims)
    {
        Add(startKind, startKind == TokenKind.OutputStart ? "{{" : "{%");
        var opened = _line;
        var brackets = new Stack<char>();
        while (true)
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at])) Skip(_at + 1);
            if (_at >= _source.Length) throw new ChatTemplateException(opened, $"the tag is not closed; expected {close}");
            if (brackets.Count == 0)
            {
                var sign = _source[_at] == '-' || (trims && _source[_at] == '+') ? _source[_at] : ' ';
                var end = sign == ' ' ? _at : _at + 1;
                if (string.CompareOrdinal(_source, end, close, 0, close.Length) == 0)
                {
                    Add(endKind, close);
                    _at = end + close.Length;
                    AfterTag(sign, trims);
                    return;
                }
            }

            Inner(brackets);
        }
    }

    private void Inner(Stack<char> brackets)
    {
        var c = _source[_at];
        if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (char.IsLetter(c) || c == '_')
        {
            var end = _at;
            while (end < _source.Length && (char.IsLetterOrDigit(_source[end]) || _source[end] == '_')) end++;
            Add(TokenKind.Name, _source[_at..end]);
            _at = end;
        }
        else if (c is '"' or '\'')
        {
            String(c);
        }
        else
        {
            var found = Array.Find(Operators, o => string.CompareOrdinal(_source, _at, o, 0, o.Length) == 0)
                ?? throw Error($"the character '{c}' is not part of the language");
            if (c is '(' or '[' or '{') brackets.Push(c);
            if (c is ')' or ']' or '}' && (!brackets.TryPop(out var open) || (open, c) is not (('(', ')') or ('[', ']') or ('{', '}'))))
                throw Error($"'{c}' closes nothing");
            Add(TokenKind.Operator, found);
            _at += found.Length;
        }
    }

    private void Number()
    {
        // After a dot comes an index, not a fraction: items.0.name
        var afterDot = _tokens[^1].Is(TokenKind.Operator, ".");
        var match = (afterDot ? IntegerForm() : NumberForm()).Match(_source, _at);
        var text = match.Value.Replace("_", "", StringComparison.Ordinal);
        Add(text.All(char.IsAsciiDigit) ? TokenKind.Integer : TokenKind.Float, text);
        _at += match.Length;
    }

    private void String(char quote)
    {
        var text = new StringBuilder();
        var line = _line;
        for (_at++; ; _at++)
        {
            if (_at >= _source.Length) throw new ChatTemplateException(line, $"the string is not closed; expected {quote}");
            var c = _source[_at];
            if (c == quote) break;
            if (c == '\n') _line++;
            if (c == '\\') Escape(text);
            else text.Append(c);
        }

        _at++;
        _tokens.Add(new Token(TokenKind.String, text.ToString(), line));
    }

    /// <summary>Python's escapes; an unknown one stands for itself, backslash included.</summary>
    private void Escape(StringBuilder text)
    {
        _at++;
        if (_at >= _source.Length) return;
        var c = _source[_at];
        var simple = "ntr\\'\"bfav".IndexOf(c);
        var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (simple >= 0) text.Append("\n\t\r\\'\"\b\f\a\v"[simple]);
        else if (c == '\n') _line++;
        else if (digits == 0) text.Append('\\').Append(c);
        else if (_at + digits < _source.Length && uint.TryParse(_source.AsSpan(_at + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var point)
            && point <= 0x10FFFF)
        {
            text.Append(point <= 0xFFFF ? ((char)point).ToString() : char.ConvertFromUtf32((int)point));
            _at += digits;
        }
        else throw Error($"\\{c} must be followed by {digits} hexadecimal digits of a character");
    }

    private void Skip(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private ChatTemplateException Error(string message) => new(_line, message);

    [GeneratedRegex(@"\G\s*raw\s*-?%\}")]
    private static partial Regex RawStart();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}")]
    private static partial Regex RawEnd();

    [GeneratedRegex(@"\G\d[\d_]*")]
    private static partial Regex IntegerForm();

    [GeneratedRegex(@"\G\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?")]
    private static partial Regex NumberForm();
}
