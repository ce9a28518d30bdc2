using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tokenization.Templates;

/// <summary>Cuts what stands inside a tag: names, numbers, texts, operators. Holds the place in the template.</summary>
internal partial class TagLexer(string source)
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=",
        "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",",
    ];

    protected string Source => source;

    protected List<Token> Tokens { get; } = [];

    protected int At { get; set; }

    protected int Line { get; private set; } = 1;

    /// <summary>One token of a tag.</summary>
    protected void ReadToken(Stack<char> brackets)
    {
        var c = source[At];
        if (char.IsAsciiDigit(c))
        {
            Number();
        }
        else if (char.IsLetter(c) || c == '_')
        {
            var end = At;
            while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] == '_')) end++;
            Add(TokenKind.Name, source[At..end]);
            At = end;
        }
        else if (c is '"' or '\'')
        {
            String(c);
        }
        else
        {
            var found = Array.Find(Operators, o => string.CompareOrdinal(source, At, o, 0, o.Length) == 0)
                ?? throw Error($"the character '{c}' is not part of the language");
            if (c is '(' or '[' or '{') brackets.Push(c);
            if (c is ')' or ']' or '}' && !(brackets.TryPop(out var open) && (open, c) is ('(', ')') or ('[', ']') or ('{', '}')))
                throw Error($"'{c}' closes nothing");
            Add(TokenKind.Operator, found);
            At += found.Length;
        }
    }

    private void Number()
    {
        // After a dot comes an index, not a fraction: items.0.name
        var afterDot = Tokens[^1].Is(TokenKind.Operator, ".");
        var match = (afterDot ? IntegerForm() : NumberForm()).Match(source, At);
        var text = match.Value.Replace("_", "", StringComparison.Ordinal);
        Add(text.All(char.IsAsciiDigit) ? TokenKind.Integer : TokenKind.Float, text);
        At += match.Length;
    }

    private void String(char quote)
    {
        var text = new StringBuilder();
        var line = Line;
        for (At++; ; At++)
        {
            if (At >= source.Length) throw new TemplateFault($"the text is not closed; expected {quote}", line);
            var c = source[At];
            if (c == quote) break;
            if (c == '\n') Line++;
            if (c == '\\') Escape(text);
            else text.Append(c);
        }

        At++;
        Tokens.Add(new Token(TokenKind.String, text.ToString(), line));
    }

    /// <summary>Python's escapes; an unknown one stands for itself, backslash included.</summary>
    private void Escape(StringBuilder text)
    {
        At++;
        if (At >= source.Length) return;
        var c = source[At];
        var simple = "ntr\\'\"bfav".IndexOf(c);
        var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (simple >= 0) text.Append("\n\t\r\\'\"\b\f\a\v"[simple]);
        else if (c == '\n') Line++;
        else if (c is >= '0' and <= '7') EscapeByOctal(text);
        else if (digits == 0) text.Append('\\').Append(c);
        else EscapeByNumber(text, c, digits);
    }

    private void EscapeByOctal(StringBuilder text)
    {
        var point = source[At] - '0';
        for (var more = 0; more < 2 && At + 1 < source.Length && source[At + 1] is >= '0' and <= '7'; more++)
            point = (point * 8) + source[++At] - '0';
        text.Append((char)point);
    }

    private void EscapeByNumber(StringBuilder text, char kind, int digits)
    {
        var number = source.AsSpan(At + 1, Math.Min(digits, source.Length - At - 1));
        var isNumber = uint.TryParse(number, NumberStyles.AllowHexSpecifier, null, out var point);
        if (number.Length < digits || !isNumber || point > 0x10FFFF)
            throw Error($"\\{kind} must be followed by {digits} hexadecimal digits of a character");
        text.Append(point <= 0xFFFF ? ((char)point).ToString() : char.ConvertFromUtf32((int)point));
        At += digits;
    }

    protected void Skip(int to)
    {
        Line += source.AsSpan(At, to - At).Count('\n');
        At = to;
    }

    protected void Add(TokenKind kind, string text) => Tokens.Add(new Token(kind, text, Line));

    protected TemplateFault Error(string message) => new(message, Line);

    [GeneratedRegex(@"\G\d[\d_]*")]
    private static partial Regex IntegerForm();

    [GeneratedRegex(@"\G\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?")]
    private static partial Regex NumberForm();
}
