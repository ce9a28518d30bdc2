using System.Globalization;

namespace Softly.Tasks.Mathematics;

/// <summary>Numbers, letters, brackets, functions and everything else that stands by itself.</summary>
internal sealed partial class Parser
{
    private static readonly HashSet<string> Unknown = ["f", "g", "h", "F", "G", "H"];
    private static readonly HashSet<string> Manifold = ["gcd", "lcm", "max", "min"];

    private static readonly Dictionary<string, string> Inverses = new()
    {
        ["sin"] = "arcsin", ["cos"] = "arccos", ["tan"] = "arctan", ["cot"] = "arccot", ["sec"] = "arcsec", ["csc"] = "arccsc",
        ["sinh"] = "arsinh", ["cosh"] = "arcosh", ["tanh"] = "artanh",
    };

    private Node Primary()
    {
        Enter();
        try
        {
            switch (Now.Kind)
            {
                case TokenKind.Number:
                    return Numeral();
                case TokenKind.Letter:
                    return Letter();
                case TokenKind.Name:
                    return Named();
                case TokenKind.Text:
                    return Said();
                case TokenKind.Begin:
                    return Table();
                case TokenKind.Based:
                    var digits = Now.Text;
                    _at += 2;
                    return new Based(digits, int.Parse(_tokens[_at - 1].Text, CultureInfo.InvariantCulture));
                case TokenKind.Sign when Now.Text is "(" or "[" or "]":
                    return Brackets();
                case TokenKind.Sign when Now.Text == "{":
                    return Braces();
                case TokenKind.Sign when Now.Text == @"\{":
                    return SetOf();
                case TokenKind.Sign when Now.Text == "|":
                    return Between("|", "abs");
                default:
                    throw Unexpected();
            }
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>A number, with the proper fraction behind it if it is a mixed one.</summary>
    private Number Numeral()
    {
        var token = Now;
        _at++;
        var number = new Number(token.Value, token.IsDecimal);
        if (!token.Value.IsWhole || token.IsDecimal) return number;
        if (Now.Names("frac"))
        {
            var start = _at++;
            var above = TexArgument();
            var below = TexArgument();
            if (above is Number { Value: { IsWhole: true, Sign: > 0 } a } && below is Number { Value: { IsWhole: true } b } && a < b)
                return new Number(token.Value + a / b);
            _at = start;
            // what TexArgument cut off a number stays cut, which reads the same
            return number;
        }
        if (Now is { Kind: TokenKind.Number, Spaced: true, Value: { IsWhole: true, Sign: > 0 } over } && _tokens[_at + 1].Is("/")
            && _tokens[_at + 2] is { Kind: TokenKind.Number, Value: { IsWhole: true } under } && over < under)
        {
            _at += 3;
            return new Number(token.Value + over / under);
        }
        return number;
    }

    private Node Letter()
    {
        var start = _at;
        var letter = Now.Text;
        _at++;
        var name = WithSubscript(letter);
        if (name == letter && Now.Kind == TokenKind.Subscript) throw Unexpected();
        while (Now.Is("'"))
        {
            _at++;
            name += "'";
        }
        if (Unknown.Contains(letter) && Now.Is("^") && (_tokens[_at + 1].Is("{") && _tokens[_at + 2].Is("-")
            && _tokens[_at + 3] is { Kind: TokenKind.Number, Text: "1" } && _tokens[_at + 4].Is("}") && _tokens[_at + 5].Is("(")))
        {
            _at += 5;
            name += "^-1";
        }
        if (Now.Is("(") && (Unknown.Contains(letter) || Defines(start))) return new Application(name, Arguments());
        return name switch
        {
            "e" => Constant.Euler,
            "i" => Constant.Imaginary,
            _ => new Symbol(name),
        };
    }

    /// <summary>Whether an item begins as a definition does: a name, letters in brackets, a sign of equality.</summary>
    private bool Defines(int start)
    {
        if (start != _itemStart) return false;
        for (var i = _at + 1; i < _tokens.Count; i++)
        {
            var token = _tokens[i];
            if (token.Is(")")) return _tokens[i + 1].Is("=");
            if (token.Kind is not (TokenKind.Letter or TokenKind.Number or TokenKind.Subscript) && !token.Is(",")
                && !Vocabulary.Letters.Contains(token.Text)) return false;
        }
        return false;
    }

    private string WithSubscript(string name)
    {
        if (Now.Kind != TokenKind.Subscript) return name;
        var raw = Spelling.Words(Now.Text).Replace(" ", "");
        // words keeps no case; subscripts do
        raw = string.Concat(Spelling.Clean(Now.Text).Where(c => !char.IsWhiteSpace(c) && c is not ('{' or '}' or '\\')))
            .Replace("mathrm", "").Replace("text", "");
        _at++;
        return raw.Length == 0 ? name : $"{name}_{raw}";
    }

    private List<Node> Arguments()
    {
        Need("(");
        var items = Enclosed(Items);
        Need(")");
        return items;
    }

    /// <summary>Reads inside of brackets, where bars and colons have their own meaning again.</summary>
    private T Enclosed<T>(Func<T> read)
    {
        var (bars, head, start) = (_bars, _setHead, _itemStart);
        (_bars, _setHead) = (0, false);
        var result = read();
        (_bars, _setHead, _itemStart) = (bars, head, start);
        return result;
    }

    private Node Brackets()
    {
        var open = Now.Text[0];
        _at++;
        var items = Enclosed(() =>
        {
            var all = Items();
            while (Take(";")) all.AddRange(Items());
            return all;
        });
        char close;
        if (Take(")")) close = ')';
        else if (Take("]")) close = ']';
        else if (open is ']' or '(' && Take("[")) close = ')'; // as the French write what is open
        else throw Unexpected();
        if (open == ']') open = '(';
        if (items.Count == 0) throw new UnreadableException("there is nothing between two brackets");
        if (items is [var one])
            return open == '(' == (close == ')') ? one : throw new UnreadableException("an interval has one end only");
        return new Bracketed(open, items, close);
    }

    private Node Braces()
    {
        _at++;
        var inner = Enclosed(() =>
        {
            if (Now.Is("}")) throw new UnreadableException("there is nothing between two braces");
            var left = Statements();
            if (TakeName("over")) return new Quotient(left, Statements());
            if (TakeName("choose")) return new Call("binom", [left, Statements()]);
            return left;
        });
        Need("}");
        return inner;
    }

    private Node SetOf()
    {
        _at++;
        if (Take(@"\}")) return NamedSet.Empty;
        var set = Enclosed<Node>(() =>
        {
            _setHead = true;
            var first = Items();
            _setHead = false;
            if (first is [var variable] && (Take("|") || Take(":")))
                return new SuchThat(variable, Joined(Items()));
            while (Take(";")) first.AddRange(Items());
            return new Members(first);
        });
        Need(@"\}");
        // braces around one thing beside a factor only group it
        if (set is Members { Items: [var grouped] } && (BeginsFactor() || _at > 0 && JustMultiplied())) return grouped;
        return set;
    }

    private bool JustMultiplied()
    {
        var depth = 0;
        for (var i = _at - 1; i >= 0; i--)
        {
            if (_tokens[i].Is(@"\}")) depth++;
            else if (_tokens[i].Is(@"\{") && --depth == 0)
                return i > 0 && (_tokens[i - 1].Is(@"\}") || _tokens[i - 1].Kind is TokenKind.Number or TokenKind.Letter);
        }
        return false;
    }

    private Call Between(string bar, string function)
    {
        _at++;
        var bars = _bars++;
        var inner = Sum();
        _bars = bars;
        if (bar == "|") Need("|");
        else if (!TakeName(bar)) throw Unexpected();
        return new Call(function, [inner]);
    }

    private Node Named()
    {
        var name = Now.Text;
        if (Vocabulary.Functions.Contains(name)) return Function();
        _at++;
        switch (name)
        {
            case "pi":
                return Constant.Pi;
            case "infty":
                return Constant.Infinity;
            case "emptyset":
                return NamedSet.Empty;
            case "frac":
                var above = TexArgument();
                return new Quotient(above, TexArgument());
            case "binom":
                var from = TexArgument();
                return new Call("binom", [from, TexArgument()]);
            case "sqrt" or "cbrt":
                return RootOf(name);
            case "lfloor":
                return Until("rfloor", "floor");
            case "lceil":
                return Until("rceil", "ceil");
            case "langle":
                var items = Enclosed(Items);
                if (!TakeName("rangle")) throw Unexpected();
                return new Bracketed('(', items, ')');
            case "norm":
                _at--;
                return Between("norm", "norm");
            case "dollar":
                return new Quantity(Unary(), "dollar");
            case "sum" or "prod":
                return SeriesOf(name == "prod");
            case "int" or "iint" or "oint":
                return IntegralOf(name);
            case "lim":
                var towards = Now.Kind == TokenKind.Subscript ? Inner(_tokens[_at++].Text) : throw Unexpected();
                return new Unevaluated("limit", [towards, Product()]);
            case "ldots":
                return new Ellipsis();
            case "overline" or "bar" or "vec" or "hat" or "tilde" or "dot" or "widehat" or "overrightarrow":
                return new Symbol($"{name}({Raw()})");
            case "therefore":
                return Relation();
        }
        if (name.StartsWith("set:", StringComparison.Ordinal))
            return new NamedSet(name[4..] + (Now.Is("^") || Now.Kind == TokenKind.Subscript ? SetPower() : ""));
        if (!Vocabulary.Letters.Contains(name)) throw new UnreadableException($"'{name}' does not belong here");
        var start = _at - 1;
        var symbol = WithSubscript(name);
        return Now.Is("(") && Defines(start) ? new Application(symbol, Arguments()) : new Symbol(symbol);
    }

    private string SetPower()
    {
        if (Now.Kind == TokenKind.Subscript) return "_" + _tokens[_at++].Text;
        _at++;
        if (Take("+")) return "^+";
        if (Take("*")) return "^*";
        if (!Now.Is("{")) return "^" + Exponent();
        _at++;
        var sign = Take("+") ? "^+" : Take("-") ? "^-" : Take("*") ? "^*" : "^" + Sum();
        Need("}");
        return sign;
    }

    private Call Until(string end, string function)
    {
        var inner = Enclosed(Sum);
        if (!TakeName(end)) throw Unexpected();
        return new Call(function, [inner]);
    }

    /// <summary>What a command takes without braces is one token, and of a number one digit.</summary>
    private Node TexArgument()
    {
        if (Now is { Kind: TokenKind.Number, IsDecimal: false, Text.Length: > 1 } number && number.Text.All(char.IsAsciiDigit))
        {
            _tokens[_at] = number with { Text = number.Text[1..], Value = Parsed(number.Text[1..]), Spaced = false };
            return new Number(Parsed(number.Text[..1]));
        }
        if (Now.Kind == TokenKind.Number)
        {
            _at++;
            return new Number(_tokens[_at - 1].Value, _tokens[_at - 1].IsDecimal);
        }
        return Primary();

        static Rational Parsed(string digits) => Rational.TryParse(digits, out var value) ? value : Rational.Zero;
    }

    private Root RootOf(string name)
    {
        Node index = new Number(name == "cbrt" ? 3 : 2);
        if (name == "sqrt" && Take("["))
        {
            index = Enclosed(Sum);
            Need("]");
        }
        if (Now.Kind == TokenKind.Number)
        {
            var number = Now;
            _at++;
            return new Root(new Number(number.Value, number.IsDecimal), index);
        }
        return new Root(Primary(), index);
    }

    private Series SeriesOf(bool isProduct)
    {
        string? variable = null;
        Node? from = null, to = null;
        while (Now.Kind == TokenKind.Subscript || Now.Is("^"))
        {
            if (Now.Kind == TokenKind.Subscript)
            {
                if (Inner(Now.Text) is not Chain { IsEquation: true, Links: [var index, var first] })
                    throw new UnreadableException("a sum runs over something other than a range");
                variable = index.ToString();
                from = first;
                _at++;
            }
            else
            {
                _at++;
                to = Exponent();
            }
        }
        if (variable is null || from is null || to is null) throw new UnreadableException("a sum has no range");
        return new Series(isProduct, variable, from, to, Product());
    }

    private Unevaluated IntegralOf(string kind)
    {
        var parts = new List<Node>();
        while (Now.Kind == TokenKind.Subscript || Now.Is("^"))
        {
            if (Now.Kind == TokenKind.Subscript) parts.Add(Inner(_tokens[_at++].Text));
            else
            {
                _at++;
                parts.Add(Exponent());
            }
        }
        parts.Add(Sum());
        return new Unevaluated(kind == "int" ? "integral" : kind, parts);
    }

    private Node Function()
    {
        var name = Now.Text;
        _at++;
        Node? exponent = null, numberBase = null;
        while (Now.Is("^") || Now.Kind == TokenKind.Subscript)
        {
            if (Now.Kind == TokenKind.Subscript)
            {
                if (name != "log") throw Unexpected();
                numberBase = Inner(_tokens[_at++].Text);
            }
            else
            {
                _at++;
                exponent = Exponent();
            }
        }
        if (exponent is Number { Value: var minusOne } && minusOne == -1 && Inverses.TryGetValue(name, out var inverse))
            (name, exponent) = (inverse, null);
        var arguments = FunctionArguments();
        if (arguments.Count > 1 && !Manifold.Contains(name)) throw new UnreadableException($"{name} has several arguments");
        if (numberBase is not null) arguments = [arguments[0], numberBase];
        else if (name == "log" && !_options.LogIsNatural) arguments = [arguments[0], new Number(10)];
        else if (name == "log") name = "ln";
        Node call = name == "exp" ? new Power(Constant.Euler, arguments[0]) : new Call(name, arguments);
        return exponent is null ? call : new Power(call, exponent);
    }

    private List<Node> FunctionArguments()
    {
        if (Now.Is("(") || Now.Is("[") || Now.Is(@"\{") || Now.Is("{"))
        {
            var node = Primary();
            return node switch
            {
                Bracketed b => [.. b.Items],
                Members m => [.. m.Items],
                Several s => [.. s.Items],
                _ => [node],
            };
        }
        if (Now.Is("-"))
        {
            _at++;
            return [new Negative(FunctionArguments()[0])];
        }
        var factors = new List<Node> { Postfix(Primary()) };
        if (factors[0] is not Call { Function: var inner } || !Vocabulary.Functions.Contains(inner))
        {
            while (BeginsFactor() && !(Now.Kind == TokenKind.Name && Vocabulary.Functions.Contains(Now.Text))
                && !Now.Is("(") && !Now.Is("[") && !Now.Is(@"\{") && !Now.Names("dollar") && Now.Kind != TokenKind.Begin)
                factors.Add(Postfix(Primary()));
        }
        Node argument = factors is [var one] ? one : new Product(factors);
        if (Now.Is("/") && argument.Has(n => n == Constant.Pi) && _tokens[_at + 1].Kind == TokenKind.Number)
        {
            _at++;
            argument = new Quotient(argument, Numeral());
        }
        return [argument];
    }

    /// <summary>Words: an answer in themselves, or a label before one.</summary>
    private Node Said()
    {
        var text = Now.Text;
        _at++;
        var ends = Now.Kind is TokenKind.End or TokenKind.Text or TokenKind.Finish || Closes() || RelationSign() is not null
            || Now.Kind == TokenKind.Sign && Now.Text is "," or ",and" or ",or" or ";" or @"\\" or "&" or "|" or ":";
        if (ends)
        {
            if (_options.NumberWords && Vocabulary.NumberWord(text) is { } value) return new Number(value);
            if (text.Length == 1 && char.IsLetter(text[0]))
            {
                var symbol = WithSubscript(text);
                return new Symbol(symbol);
            }
            return new Words(text);
        }
        if (Now.Kind == TokenKind.Subscript) return new Symbol(WithSubscript(text));
        var label = Spelling.Words(text);
        if (text.EndsWith(':') || label is "approximately" or "about" or "exactly" or "answer" or "answer is" or "is" or "rs" or "usd")
            return Product();
        if (text.Length == 1) return new Symbol(text);
        throw new UnreadableException($"the words '{text}' stand before a formula");
    }

    private Node Table()
    {
        var kind = Now.Text.TrimEnd('*');
        _at++;
        var rows = new List<IReadOnlyList<Node>>();
        var row = new List<Node>();
        while (Now.Kind != TokenKind.Finish)
        {
            if (Now.Kind == TokenKind.End) throw Unexpected();
            if (Take("&") || Take(",")) continue;
            if (Take(@"\\"))
            {
                if (row.Count > 0) rows.Add(row);
                row = [];
            }
            else row.Add(Enclosed(Relation));
        }
        _at++;
        if (row.Count > 0) rows.Add(row);
        if (rows.Count == 0 || rows.Any(r => r.Count != rows[0].Count)) throw new UnreadableException("the rows of a matrix differ in length");
        if (kind is "cases" or "aligned" or "gathered" && rows[0].Count == 1) return Joined([.. rows.Select(r => r[0])]);
        var matrix = new Matrix(rows);
        return kind == "vmatrix" ? new Call("det", [matrix]) : matrix;
    }

    /// <summary>The tokens of a braced argument as they stand.</summary>
    private string Raw()
    {
        if (Now.Kind == TokenKind.End) throw Unexpected();
        if (!Now.Is("{")) return _tokens[_at++].Text;
        var depth = 0;
        var text = "";
        do
        {
            if (Now.Kind == TokenKind.End) throw Unexpected();
            if (Now.Is("{")) depth++;
            else if (Now.Is("}")) depth--;
            else text += Now.Text;
            _at++;
        }
        while (depth > 0);
        return text;
    }
}
