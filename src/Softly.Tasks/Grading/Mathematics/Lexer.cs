using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tasks.Mathematics;

/// <summary>Cuts an answer, cleaned by <see cref="Spelling"/>, into tokens: LaTeX and plain notation alike.</summary>
internal sealed partial class Lexer
{
    private static readonly string[] Faces =
    [
        "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathscr", "mathfrak", "mathtt", "bm", "boldsymbol", "pmb",
        "underline", "mathop", "ensuremath", "displaylines",
    ];
    private static readonly string[] Texts =
        ["text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mbox", "hbox", "emph"];

    /// <summary>Ends behind the last token, so that nobody looks beyond them.</summary>
    private const int Lookahead = 8;

    private readonly string _text;
    private readonly bool _decimalComma;
    private readonly bool _groups;
    private readonly int _depth;
    private readonly Effort _effort;
    private readonly List<Token> _tokens = [];
    private readonly Stack<bool> _separates = new(); // whether tight commas separate, for each open bracket
    private int _at;
    private bool _spaced;

    private Lexer(string text, bool decimalComma, bool groups, int depth, Effort effort)
    {
        _text = text;
        _decimalComma = decimalComma;
        _groups = groups;
        _depth = depth;
        _effort = effort;
    }

    /// <summary>All tokens, the end last.</summary>
    /// <param name="text">A cleaned answer.</param>
    /// <param name="decimalComma">Whether <c>1,5</c> is a number.</param>
    /// <param name="groups">Whether <c>1,234</c> is one number outside of brackets.</param>
    /// <param name="effort">What reading may cost.</param>
    /// <exception cref="UnreadableException">There is a character or an unclosed group that means nothing.</exception>
    public static List<Token> Tokens(string text, bool decimalComma, bool groups, Effort effort)
    {
        var lexer = new Lexer(text, decimalComma, groups, 0, effort);
        lexer.Run();
        for (var i = 0; i < Lookahead; i++) lexer._tokens.Add(new Token(TokenKind.End, "", true));
        return lexer._tokens;
    }

    private void Run()
    {
        Effort.Depth(_depth);
        while (_at < _text.Length)
        {
            _effort.Step();
            if (_tokens.Count > Effort.MaxLength) throw new OverBudgetException("the answer has too many parts");
            var c = _text[_at];
            if (char.IsWhiteSpace(c))
            {
                _spaced = true;
                _at++;
            }
            else if (char.IsAsciiDigit(c) || c == '.' && (char.IsAsciiDigit(Next(1)) || Recurring().IsMatch(_text, _at))) Number();
            else if (c == '\\') Command();
            else if (char.IsLetter(c)) Letters();
            else if (c == '_') Subscript();
            else Mark(c);
        }
    }

    private char Next(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private void Add(TokenKind kind, string text)
    {
        _tokens.Add(new Token(kind, text, _spaced));
        _spaced = false;
    }

    private void Sign(string sign) => Add(TokenKind.Sign, sign);

    private void Mark(char c)
    {
        switch (c)
        {
            case '(' or '[' or '{':
                _separates.Push(c != '{' && !MixedCommas(_at));
                break;
            case ')' or ']' or '}':
                _separates.TryPop(out _);
                break;
            case '<' or '>' when Next(1) == '=':
                Sign(c == '<' ? "<=" : ">=");
                _at += 2;
                return;
            case '=' when Next(1) == '=':
                Sign("=");
                _at += 2;
                return;
            case '-' or '=' when Next(1) == '>':
                Add(TokenKind.Name, c == '-' ? "to" : "implies");
                _at += 2;
                return;
            case '!' when Next(1) == '=' && (_spaced || _tokens is [.., { Kind: TokenKind.Letter }]):
                Sign("!=");
                _at += 2;
                return;
            case '.' when Next(1) == '.':
                while (Next(0) == '.') _at++;
                Add(TokenKind.Name, "ldots");
                return;
            case '%':
                Sign("%");
                _at++;
                return;
            case '#' or '?' or '@' or '"' or Spelling.Group:
                if (c is '"' or Spelling.Group) { _at++; return; }
                throw new UnreadableException($"'{c}' means nothing here");
        }
        if (!"()[]{}+-*/^=<>,;:!'|&~%.".Contains(c)) throw new UnreadableException($"'{c}' means nothing here");
        Sign(c.ToString());
        _at++;
    }

    /// <summary>Whether a bracket holds commas with and without blanks, so that those without may be inside numbers.</summary>
    private bool MixedCommas(int open)
    {
        var depth = 0;
        bool tight = false, wide = false;
        for (var i = open; i < _text.Length; i++)
        {
            if (_text[i] is '(' or '[' or '{') depth++;
            else if (_text[i] is ')' or ']' or '}') { if (--depth == 0) break; }
            else if (_text[i] == ',' && depth == 1)
            {
                if (i + 1 < _text.Length && char.IsWhiteSpace(_text[i + 1])) wide = true;
                else tight = true;
            }
        }
        return tight && wide;
    }

    private void Number()
    {
        if (BasedNumber()) return;
        var start = _at;
        var digits = new StringBuilder();
        while (char.IsAsciiDigit(Next(0)) || Grouped(start))
        {
            if (!char.IsAsciiDigit(Next(0))) _at++;
            digits.Append(_text[_at++]);
        }
        if (digits.Length > Effort.MaxLength) throw new OverBudgetException("a number has too many digits");
        var whole = digits.Length;
        var isDecimal = false;
        var repeats = "";
        var point = Next(0) == '.' || _decimalComma && Next(0) == ',' && char.IsAsciiDigit(Next(1));
        if (point && (char.IsAsciiDigit(Next(1)) || Next(1) == '\\' || Next(1) == '(' || Next(1) is not ('.' or '\0')))
        {
            _at++;
            while (char.IsAsciiDigit(Next(0)) || Next(0) == Spelling.Group && char.IsAsciiDigit(Next(1)))
            {
                if (Next(0) == Spelling.Group) _at++;
                digits.Append(_text[_at++]);
            }
            isDecimal = digits.Length > whole;
            repeats = Repeating(digits, whole);
        }
        var places = digits.Length - whole;
        var value = Rational.Of(BigInteger.Parse(digits.Length == 0 ? "0" : digits.ToString(), CultureInfo.InvariantCulture),
            BigInteger.Pow(10, places));
        if (repeats.Length > 0)
        {
            value += Rational.Of(BigInteger.Parse(repeats, CultureInfo.InvariantCulture),
                BigInteger.Pow(10, places) * (BigInteger.Pow(10, repeats.Length) - 1));
            isDecimal = false;
        }
        else if (Exponent(out var exponent))
        {
            value *= new Rational().Equals(value) ? Rational.One : ((Rational)10).Pow(exponent);
            isDecimal = true;
        }
        var raw = places == 0 ? digits.ToString() : _text[start.._at];
        _tokens.Add(new Token(TokenKind.Number, raw, _spaced, value, isDecimal && repeats.Length == 0));
        _spaced = false;
    }

    /// <summary>Whether a mark between groups of three digits stands here.</summary>
    private bool Grouped(int start)
    {
        var mark = Next(0);
        if (mark == Spelling.Group) return char.IsAsciiDigit(Next(1));
        if (mark != ',' || _decimalComma || _separates.TryPeek(out var separates) && separates) return false;
        if (!_groups && _separates.Count == 0) return false;
        var first = start;
        while (first < _at && char.IsAsciiDigit(_text[first])) first++;
        return first - start is >= 1 and <= 3 && _text[start] != '0' && (first == _at || _text[first] is ',' or Spelling.Group)
            && char.IsAsciiDigit(Next(1)) && char.IsAsciiDigit(Next(2)) && char.IsAsciiDigit(Next(3))
            && !char.IsAsciiDigit(Next(4));
    }

    /// <summary>Digits that repeat for ever: under a line, in brackets, under dots or before three dots.</summary>
    private string Repeating(StringBuilder digits, int whole)
    {
        foreach (var over in new[] { @"\overline", @"\bar", @"\dot", @"\overset{.}", @"\overset{\cdot}" })
        {
            if (!_text.AsSpan(_at).StartsWith(over)) continue;
            var at = _at + over.Length;
            while (at < _text.Length && _text[at] == ' ') at++;
            if (at >= _text.Length) return "";
            var braced = _text[at] == '{';
            var end = braced ? _text.IndexOf('}', at) : at + 1;
            if (end < 0) return "";
            var inner = braced ? _text[(at + 1)..end] : _text[at..end];
            if (inner.Length == 0 || !inner.All(char.IsAsciiDigit)) return "";
            _at = end + (braced ? 1 : 0);
            if (!over.Contains("dot", StringComparison.Ordinal) && !over.Contains("set", StringComparison.Ordinal)) return inner;
            // dots mark the first and the last digit of what repeats
            var between = new StringBuilder(inner);
            var ahead = _at;
            while (ahead < _text.Length && char.IsAsciiDigit(_text[ahead])) between.Append(_text[ahead++]);
            if (!_text.AsSpan(ahead).StartsWith(over)) return inner;
            _at = ahead;
            return between.Append(Repeating(digits, whole)).ToString();
        }
        if (Next(0) == '(' && _text.IndexOf(')', _at) is > 0 and var close && _text[(_at + 1)..close] is { Length: > 0 } run
            && run.All(char.IsAsciiDigit) && (digits.Length > whole || _text[_at - 1] == '.'))
        {
            _at = close + 1;
            return run;
        }
        var dots = Next(0) == '.' && Next(1) == '.' ? 2 : 0;
        foreach (var command in new[] { @"\ldots", @"\dots", @"\cdots" })
            if (_text.AsSpan(_at).StartsWith(command)) dots = command.Length;
        if (dots == 0 || digits.Length - whole < 2) return "";
        var part = digits.ToString(whole, digits.Length - whole);
        for (var period = 1; period <= part.Length / 2; period++)
        {
            var tail = part[^period..];
            var times = 1;
            while ((times + 1) * period <= part.Length && part[^((times + 1) * period)..^(times * period)] == tail) times++;
            if (times < (period == 1 ? 3 : 2)) continue;
            _at += dots;
            while (Next(0) == '.') _at++;
            return tail;
        }
        return "";
    }

    private bool Exponent(out int exponent)
    {
        exponent = 0;
        if (Next(0) is not ('e' or 'E')) return false;
        var sign = Next(1) is '+' or '-' ? 1 : 0;
        var end = _at + 1 + sign;
        while (end < _text.Length && char.IsAsciiDigit(_text[end])) end++;
        if (end == _at + 1 + sign || end - _at > 6 || end < _text.Length && (char.IsLetter(_text[end]) || _text[end] == '.'))
            return false;
        exponent = int.Parse(_text.AsSpan(_at + 1, end - _at - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (Math.Abs(exponent) > 5000) throw new OverBudgetException("a power of ten is too large");
        _at = end;
        return true;
    }

    /// <summary>Digits beyond nine, as in <c>1A_{16}</c>.</summary>
    private bool BasedNumber()
    {
        var end = _at;
        var letters = false;
        while (end < _text.Length && (char.IsAsciiDigit(_text[end]) || _text[end] is >= 'A' and <= 'F'))
            letters |= char.IsLetter(_text[end++]);
        if (!letters || end >= _text.Length || _text[end] != '_') return false;
        var text = _text[(end + 1)..].TrimStart('{', ' ');
        var length = text.TakeWhile(char.IsAsciiDigit).Count();
        if (length != 2 || int.Parse(text.AsSpan(0, 2), CultureInfo.InvariantCulture) is not (> 10 and <= 16)) return false;
        var digits = _text[_at..end];
        _at = end;
        Add(TokenKind.Based, digits);
        return true;
    }

    private void Letters()
    {
        if (_text[_at] is >= 'A' and <= 'F' && BasedNumber()) return;
        var start = _at;
        while (_at < _text.Length && char.IsLetter(_text[_at])) _at++;
        // a hyphen between words belongs to them
        while (Next(0) == '-' && char.IsLetter(Next(1)) && Vocabulary.IsWord(_text[start.._at].Split('-')[^1]))
        {
            var end = _at + 1;
            while (end < _text.Length && char.IsLetter(_text[end])) end++;
            if (!Vocabulary.IsWord(_text[(_at + 1)..end])) break;
            _at = end;
        }
        Word(_text[start.._at]);
    }

    private void Word(string run)
    {
        var lower = run.ToLowerInvariant();
        if (run.Contains('-')) Text(run);
        else if (lower is "and" or "or") Sign("," + lower);
        else if (run is "U" && _tokens is [.., { Kind: TokenKind.Sign, Text: ")" or "]" or "}" }]) Add(TokenKind.Name, "cup");
        else if (run is "x" or "X" && AfterNumber() && PowerOfTen().IsMatch(_text.AsSpan(_at))) Add(TokenKind.Name, "times");
        else if (run.Length == 1) Add(TokenKind.Letter, run);
        else if (run == "in" && AfterBlanks() is '[' or '(' or '{' or '\\' && !AfterNumber()) Add(TokenKind.Name, "in");
        else if (AfterValue() && Units.IsUnit(run)) Text(run);
        else if (Vocabulary.PlainNames.Contains(run)) Name(run);
        else if (Vocabulary.IsWord(run) && !(run.Length < 7 && Prefix(run))) Text(run);
        else if (Prefix(run) || run.StartsWith("pi", StringComparison.Ordinal) && run.Length == 3)
        {
            var cut = Math.Max(2, run.Length - 1);
            Name(run[..cut]);
            Add(TokenKind.Letter, run[cut..]);
        }
        else if (run.All(c => c < 128)) foreach (var letter in run) Add(TokenKind.Letter, letter.ToString());
        else Text(run);
    }

    /// <summary>Whether it is a function's name with one letter behind it, such as sinx.</summary>
    private static bool Prefix(string run) => run.Length > 2 && Vocabulary.Functions.Contains(run[..^1])
        && run[..^1] is not "deg";

    private char AfterBlanks()
    {
        var at = _at;
        while (at < _text.Length && _text[at] == ' ') at++;
        return at < _text.Length ? _text[at] : '\0';
    }

    private bool AfterNumber() => _tokens is [.., { Kind: TokenKind.Number }];

    private bool AfterValue() =>
        _tokens is [.., { Kind: TokenKind.Number } or { Kind: TokenKind.Sign, Text: "}" or ")" or "|" }
            or { Kind: TokenKind.Name, Text: "pi" }];

    /// <summary>Words with nothing between them are one text.</summary>
    private void Text(string words)
    {
        if (_tokens is [.., { Kind: TokenKind.Text } before] && before.Text.Length < 400)
        {
            _tokens[^1] = before with { Text = before.Text + " " + words };
            _spaced = false;
        }
        else Add(TokenKind.Text, words);
    }

    private void Name(string name)
    {
        while (Vocabulary.Aliases.TryGetValue(name, out var other) && other != name) name = other;
        if (name.Length == 1 && !char.IsLetter(name[0]) || name is ",and" or ",or") Sign(name);
        else if (name.Length == 1) Add(TokenKind.Letter, name);
        else Add(TokenKind.Name, name);
    }

    private void Command()
    {
        var next = Next(1);
        if (!char.IsAsciiLetter(next))
        {
            _at += 2;
            switch (next)
            {
                case '\\':
                    if (Next(0) == '[' && _text.IndexOf(']', _at) is > 0 and var end && end - _at < 8) _at = end + 1;
                    Sign(@"\\");
                    return;
                case '{' or '}':
                    if (next == '{') _separates.Push(!MixedCommas(_at - 1)); else _separates.TryPop(out _);
                    Sign(@"\" + next);
                    return;
                case '|':
                    Add(TokenKind.Name, "norm");
                    return;
                case '$':
                    Add(TokenKind.Name, "dollar");
                    return;
                case '%':
                    Sign("%");
                    return;
                default:
                    _spaced = true;
                    return;
            }
        }
        var start = ++_at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at])) _at++;
        var name = _text[start.._at];
        if (Array.IndexOf(Texts, name) >= 0 || Array.IndexOf(Faces, name) >= 0) Face(Argument());
        else if (name is "operatorname")
        {
            if (Next(0) == '*') _at++;
            Name(Argument().Trim());
        }
        else if (name is "mathbb" or "Bbb") Add(TokenKind.Name, "set:" + Argument().Trim());
        else if (name is "begin" or "end")
        {
            var kind = Argument().Trim();
            if (name == "begin" && kind.StartsWith("array", StringComparison.Ordinal) && AfterBlanks() == '{') Argument();
            if (name == "begin") _separates.Push(false); else _separates.TryPop(out _);
            Add(name == "begin" ? TokenKind.Begin : TokenKind.Finish, kind);
        }
        else if (name is "checkmark" or "square" or "blacksquare" or "qed" or "Box") _spaced = true;
        else if (name is "color" or "tag" or "label" or "textcolor") Argument();
        else if (Vocabulary.Commands.Contains(name)) Name(name);
        else
        {
            // a blank may be missing behind a command
            var known = Enumerable.Range(2, Math.Max(0, name.Length - 2)).Reverse().FirstOrDefault(n =>
                Vocabulary.Commands.Contains(name[..n]));
            if (known == 0 && name.StartsWith("quad", StringComparison.Ordinal)) known = 4;
            if (known == 0) throw new UnreadableException($@"\{name} means nothing here");
            _at = start + known;
            if (name[..known] == "quad") _spaced = true;
            else Name(name[..known]);
        }
    }

    /// <summary>What a type-face command holds: words, or mathematics like any other.</summary>
    private void Face(string content)
    {
        var inner = content.Replace(@"\cdot", " ").Trim();
        if (inner.Any(c => !char.IsLetter(c) && c is not (' ' or '.' or '/'))) inner = content.Trim(); // a dot between units only
        if (inner.All(c => c is '.' or ',' or ';' or ':' or '!'))
        {
            if (inner.Contains(',') || inner.Contains(';')) Sign(inner.Contains(';') ? ";" : ",");
            _spaced = true;
            return;
        }
        if (inner[0] is ',' or ';')
        {
            Sign(inner[..1]);
            inner = inner[1..].Trim();
        }
        var wordy = inner.All(c => char.IsLetter(c) || c is ' ' or '.' or '\'' or '-' or '/' or ':' or '?')
            && inner.Any(char.IsLetter) && !inner.Contains(" or ", StringComparison.Ordinal)
            && !inner.Contains(" and ", StringComparison.Ordinal);
        var lower = inner.ToLowerInvariant();
        if (lower is "e" && content.Length == 1) Add(TokenKind.Letter, inner);
        else if (lower is "and" or "or" or "and/or" or "but") Sign(lower == "or" ? ",or" : ",and");
        else if (wordy && !Vocabulary.PlainNames.Contains(inner) && !EndsWithConnective(lower)) Text(inner);
        else
        {
            var lexer = new Lexer(inner, _decimalComma, _groups, _depth + 1, _effort);
            lexer.Run();
            foreach (var token in lexer._tokens) _tokens.Add(token with { Spaced = token.Spaced || _spaced });
            _spaced = false;
        }
    }

    private static bool EndsWithConnective(string lower) => lower.EndsWith(" and", StringComparison.Ordinal)
        || lower.EndsWith(" or", StringComparison.Ordinal) || lower.StartsWith("and ", StringComparison.Ordinal)
        || lower.StartsWith("or ", StringComparison.Ordinal);

    /// <summary>What stands in the braces that follow, or the one character.</summary>
    private string Argument()
    {
        while (Next(0) == ' ') _at++;
        if (Next(0) == '\\' && char.IsAsciiLetter(Next(1)))
        {
            var begin = _at++;
            while (char.IsAsciiLetter(Next(0))) _at++;
            return _text[begin.._at];
        }
        if (Next(0) != '{') return _at < _text.Length ? _text[_at++].ToString() : "";
        var start = _at + 1;
        var depth = 0;
        for (; _at < _text.Length; _at++)
        {
            if (_text[_at] == '\\') _at++;
            else if (_text[_at] == '{') depth++;
            else if (_text[_at] == '}' && --depth == 0) return _text[start.._at++];
        }
        throw new UnreadableException("a brace is not closed");
    }

    private void Subscript()
    {
        _at++;
        while (Next(0) == ' ') _at++;
        if (char.IsAsciiDigit(Next(0)))
        {
            var start = _at;
            while (char.IsAsciiDigit(Next(0))) _at++;
            Add(TokenKind.Subscript, _text[start.._at]);
        }
        else Add(TokenKind.Subscript, Argument());
    }

    [GeneratedRegex(@"\G\.\\(?:overline|bar|dot)\s*\{?\d")]
    private static partial Regex Recurring();

    [GeneratedRegex(@"\G\s*10\s*\^")]
    private static partial Regex PowerOfTen();
}
