using System.Text.RegularExpressions;

namespace Softly.Tokenization.Templates;

/// <summary>
/// Cuts a template into tokens, with Jinja's white space rules as transformers sets them: the line break after a statement or
/// comment goes (<c>trim_blocks</c>), blanks before one that begins a line go (<c>lstrip_blocks</c>), a minus sign takes all
/// white space on its side, a plus sign keeps it.
/// </summary>
internal sealed partial class TemplateLexer : TagLexer
{
    private bool _startsLine = true;

    private TemplateLexer(string source)
        : base(source)
    {
    }

    /// <exception cref="TemplateFault">Something is not closed or not part of the language.</exception>
    public static List<Token> Read(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new TemplateLexer(source);
        while (lexer.At < source.Length) lexer.ReadPart();
        lexer.Add(TokenKind.End, "");
        return lexer.Tokens;
    }

    /// <summary>The text up to the next tag, and the tag.</summary>
    private void ReadPart()
    {
        var start = TagStart();
        if (start < 0)
        {
            AddText(Source[At..]);
            Skip(Source.Length);
            return;
        }

        var kind = Source[start + 1];
        var sign = start + 2 < Source.Length && Source[start + 2] is '-' or '+' ? Source[start + 2] : ' ';
        AddText(Before(Source[At..start], kind, sign));
        Skip(start + (sign == ' ' ? 2 : 3));
        if (kind == '#') ReadComment();
        else if (kind == '{') ReadTag(TokenKind.OutputStart, TokenKind.OutputEnd, "}}");
        else if (RawStart().Match(Source, At) is { Success: true } raw) ReadRaw(raw);
        else ReadTag(TokenKind.StatementStart, TokenKind.StatementEnd, "%}");
    }

    private int TagStart()
    {
        for (var at = Source.IndexOf('{', At); at >= 0 && at + 1 < Source.Length; at = Source.IndexOf('{', at + 1))
            if (Source[at + 1] is '{' or '%' or '#') return at;
        return -1;
    }

    private void AddText(string text)
    {
        if (text.Length > 0) Add(TokenKind.Text, text);
    }

    /// <summary>What an opening tag leaves of the text before it.</summary>
    private string Before(string text, char kind, char sign)
    {
        if (sign == '-') return TextMethods.Strip(text, null, atStart: false, atEnd: true);
        if (sign == '+' || kind == '{') return text;
        var lineStart = text.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _startsLine) && text[lineStart..].All(PythonText.IsSpace) ? text[..lineStart] : text;
    }

    /// <summary>What a closing tag does to the white space after it.</summary>
    private void After(char sign, bool isOutput = false)
    {
        var from = At;
        var to = At;
        if (sign == '-')
            while (to < Source.Length && PythonText.IsSpace(Source[to])) to++;
        else if (!isOutput && sign != '+' && At < Source.Length && Source[At] == '\n') to++;
        Skip(to);
        _startsLine = At > from && Source[At - 1] == '\n';
    }

    private void ReadComment()
    {
        var end = Source.IndexOf("#}", At, StringComparison.Ordinal);
        if (end < 0) throw Error("the comment is not closed; expected #}");
        var sign = end > At ? Source[end - 1] : ' ';
        Skip(end + 2);
        After(sign);
    }

    private void ReadRaw(Match start)
    {
        var opened = Line;
        Skip(start.Index + start.Length);
        var end = RawEnd().Match(Source, At);
        if (!end.Success) throw new TemplateFault("{% raw %} is not closed; expected {% endraw %}", opened);
        var text = Source[At..end.Index];
        // Unlike other tags, the opening one keeps the line break after it.
        var trims = start.Value.EndsWith("-%}", StringComparison.Ordinal);
        var trimmed = TextMethods.Strip(text, null, atStart: trims, atEnd: false);
        _startsLine = trimmed.Length < text.Length && text[^(trimmed.Length + 1)] == '\n';
        AddText(Before(trimmed, '%', end.Groups[1].Value is [var first] ? first : ' '));
        Skip(end.Index + end.Length);
        After(end.Groups[2].Value is [var last] ? last : ' ');
    }

    private void ReadTag(TokenKind startKind, TokenKind endKind, string close)
    {
        var isOutput = startKind == TokenKind.OutputStart;
        Add(startKind, isOutput ? "{{" : "{%");
        var opened = Line;
        var brackets = new Stack<char>();
        while (true)
        {
            while (At < Source.Length && PythonText.IsSpace(Source[At])) Skip(At + 1);
            if (At >= Source.Length) throw new TemplateFault($"the tag is not closed; expected {close}", opened);
            if (brackets.Count == 0)
            {
                var sign = Source[At] == '-' || (!isOutput && Source[At] == '+') ? Source[At] : ' ';
                var end = sign == ' ' ? At : At + 1;
                if (string.CompareOrdinal(Source, end, close, 0, close.Length) == 0)
                {
                    Add(endKind, close);
                    Skip(end + close.Length);
                    After(sign, isOutput);
                    return;
                }
            }

            ReadToken(brackets);
        }
    }

    [GeneratedRegex(@"\G\s*raw\s*-?%\}")]
    private static partial Regex RawStart();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}")]
    private static partial Regex RawEnd();
}
