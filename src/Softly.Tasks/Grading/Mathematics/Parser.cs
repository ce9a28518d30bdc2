using System.Globalization;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// Reads an answer: several statements, each a chain of relations between sets, ratios, sums, products and powers, from the
/// loosest to the tightest. Brackets, functions, matrices and the like are in the other half.
/// </summary>
internal sealed partial class Parser
{
    private static readonly Dictionary<string, string> RelationNames = new()
    {
        ["le"] = "<=", ["ge"] = ">=", ["ne"] = "!=", ["in"] = "in", ["notin"] = "notin", ["subset"] = "subset",
        ["supset"] = "supset",
        ["approx"] = "~", ["sim"] = "~", ["equiv"] = "equiv", ["cong"] = "cong", ["to"] = "to", ["propto"] = "propto",
        ["parallel"] = "parallel", ["perp"] = "perp",
    };

    private readonly List<Token> _tokens;
    private readonly MathOptions _options;
    private readonly Effort _effort;
    private int _at;
    private int _depth;
    private int _bars; // absolute values that are open
    private bool _setHead; // left of the bar or colon of a set
    private int _itemStart;

    private Parser(List<Token> tokens, MathOptions options, Effort effort, int depth)
    {
        _tokens = tokens;
        _options = options;
        _effort = effort;
        _depth = depth;
    }

    private Token Now => _tokens[Math.Min(_at, _tokens.Count - 1)];

    /// <summary>Reads an answer that <see cref="Spelling.Clean"/> has seen.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="groups">Whether <c>1,234</c> is one number outside of brackets.</param>
    /// <param name="options">How to read decimal commas and words.</param>
    /// <param name="effort">What reading may cost.</param>
    /// <exception cref="UnreadableException">It is no mathematics that this reads.</exception>
    /// <exception cref="OverBudgetException">It is too long or too deep.</exception>
    public static Node Read(string text, bool groups, MathOptions options, Effort effort) =>
        Read(text, groups, options, effort, 0);

    private static Node Read(string text, bool groups, MathOptions options, Effort effort, int depth)
    {
        Effort.Depth(depth);
        var parser = new Parser(Lexer.Tokens(text, options.DecimalComma, groups, effort), options, effort, depth);
        var node = parser.Statements();
        if (parser.Now.Kind != TokenKind.End) throw parser.Unexpected();
        return node;
    }

    private Node Inner(string text) => Read(Spelling.Clean(text), true, _options, _effort, _depth + 1);

    private UnreadableException Unexpected() =>
        new(Now.Kind == TokenKind.End ? "the answer ends where something must follow" : $"'{Now.Text}' does not belong here");

    private bool Take(string sign)
    {
        if (!Now.Is(sign)) return false;
        _at++;
        return true;
    }

    private bool TakeName(string name)
    {
        if (!Now.Names(name)) return false;
        _at++;
        return true;
    }

    private void Need(string sign)
    {
        if (!Take(sign)) throw Unexpected();
    }

    private void Enter()
    {
        _effort.Step();
        Effort.Depth(++_depth);
    }

    /// <summary>What semicolons, commas, "and" and "or" separate.</summary>
    private Node Statements()
    {
        var start = _at;
        var groups = new List<List<Node>> { Items() };
        while (Take(";")) groups.Add(Items());
        groups.RemoveAll(g => g.Count == 0);
        if (groups.Count == 0) throw Unexpected();
        if (groups is [var only]) return Joined(only, Says(",or", start), Says(",and", start));
        return new Several([.. groups.Select(g => g is [var one] ? one : new Bracketed('(', g, ')'))]);
    }

    private bool Says(string word, int start)
    {
        for (var i = start; i < _at; i++) if (_tokens[i].Is(word)) return true;
        return false;
    }

    private static Node Joined(List<Node> items, bool alternatives = false, bool together = false)
    {
        if (items is [var one]) return one;
        if (items.All(i => i is Quantity) && items.Count <= 3 && !alternatives)
        {
            var units = items.Select(i => Units.Of(((Quantity)i).Unit)).ToArray();
            if (units.All(u => u is { } known && known.Measures == units[0]!.Value.Measures)
                && units.Zip(units.Skip(1)).All(p => p.First!.Value.Size > p.Second!.Value.Size))
                return new Compound(items);
        }
        return new Several(items, alternatives, together && !alternatives);
    }

    private List<Node> Items()
    {
        var items = new List<Node>();
        while (true)
        {
            while (Take(",") || Take(",and") || Take(",or") || Take(@"\\") || Take("&")) { }
            if (Now.Kind == TokenKind.End || Closes() || Now.Is(";")) return items;
            _itemStart = _at;
            items.Add(Relation());
            if (!Now.Is(",") && !Now.Is(",and") && !Now.Is(",or") && !Now.Is(@"\\") && !Now.Is("&")) return items;
        }
    }

    private bool Closes() => Now.Kind == TokenKind.Sign && Now.Text is ")" or "]" or "}" or @"\}"
        || Now.Kind == TokenKind.Name && Now.Text is "rfloor" or "rceil" or "rangle" || Now.Kind == TokenKind.Finish;

    private string? RelationSign()
    {
        if (Now.Kind == TokenKind.Sign && Now.Text is "=" or "<" or ">" or "<=" or ">=" or "!=") return Now.Text;
        if (Now.Kind == TokenKind.Name && RelationNames.TryGetValue(Now.Text, out var sign)) return sign;
        if (Now.Names("not") && _at + 1 < _tokens.Count)
        {
            if (_tokens[_at + 1].Is("=")) return "!=" + "\0";
            if (_tokens[_at + 1].Names("in")) return "notin" + "\0";
        }
        if (Now.Is("~")) return "~";
        return null;
    }

    private Node Relation()
    {
        Enter();
        try
        {
            if (Now.Is("=") || Now.Names("approx")) _at++; // an answer may begin with its sign
            var links = new List<Node> { SetExpression() };
            var signs = new List<string>();
            while (RelationSign() is { } sign)
            {
                _at += sign.EndsWith('\0') ? 2 : 1;
                signs.Add(sign.TrimEnd('\0'));
                links.Add(SetExpression());
            }
            if (TakeName("implies") && Now.Kind != TokenKind.End && !Closes()) return Relation();
            if (Now.Names("pmod") || Now.Is("(") && _tokens[_at + 1].Names("mod") || Now.Names("mod"))
            {
                var modulus = Modulus();
                if (signs.Count > 0 && !signs.Contains("equiv") && !signs.Contains("=")) return links[0];
                links.Add(modulus);
                signs.Add("mod");
            }
            // what is only near is no part of the answer, unless there is nothing else
            var near = signs.IndexOf("~");
            if (near == 0 && signs.Count == 1 && Statement.IsQuantityName(links[0])) signs[0] = "=";
            else if (near >= 0)
            {
                links.RemoveRange(near + 1, links.Count - near - 1);
                signs.RemoveRange(near, signs.Count - near);
            }
            return signs.Count == 0 ? links[0] : new Chain(links, signs);
        }
        finally
        {
            _depth--;
        }
    }

    private Node Modulus()
    {
        var bracket = Take("(");
        _at++;
        var modulus = Sum();
        if (bracket) Need(")");
        return modulus;
    }

    private Node SetExpression()
    {
        var left = Proportion();
        for (var nested = 0; Now.Kind == TokenKind.Name && Now.Text is "cup" or "cap" or "setminus"; nested++)
        {
            Effort.Depth(_depth + nested);
            var sign = Now.Text == "cup" ? '∪' : Now.Text == "cap" ? '∩' : '\\';
            _at++;
            left = new SetOperation(sign, left, Proportion());
        }
        return left;
    }

    private Node Proportion()
    {
        var start = _at;
        var first = Sum();
        if (!(Now.Is(":") || Now is { Kind: TokenKind.Text, Text: "to" }) || _setHead) return first;
        var terms = new List<Node> { first };
        var mayBeTime = _at == start + 1 && first is Number { Value: { IsWhole: true } hour } && hour <= 24;
        string? unit = null;
        while (Now.Is(":") || Now is { Kind: TokenKind.Text, Text: "to" })
        {
            var minute = _tokens[++_at];
            var term = Sum();
            mayBeTime &= term is Number or Quantity { Value: Number } && minute is { Kind: TokenKind.Number, Text.Length: 2 }
                && minute.Value < 60;
            if (term is Quantity q) (term, unit) = (q.Value, q.Unit); // it is of the whole
            terms.Add(term);
        }
        var ratio = new Ratio(terms, mayBeTime);
        return unit is null ? ratio : new Quantity(ratio, unit);
    }

    private Node Sum()
    {
        Enter();
        try
        {
            var terms = new List<Node>();
            while (true)
            {
                _effort.Step();
                if (Now.Is("+") || Now.Is("-") || Now.Names("pm") || Now.Names("mp")) terms.Add(SignedTerm());
                else if (terms.Count == 0) terms.Add(Product());
                else break;
            }
            return terms is [var one] ? one : new Sum(terms);
        }
        finally
        {
            _depth--;
        }
    }

    private Node SignedTerm()
    {
        var sign = Now.Text;
        _at++;
        if (sign == "+" && (Now.Is("/") && _tokens[_at + 1].Is("-")))
        {
            _at += 2;
            sign = "pm";
        }
        if (Now.Is("+") || Now.Is("-") || Now.Names("pm") || Now.Names("mp"))
        {
            Enter();
            var inner = SignedTerm();
            _depth--;
            return Signed(sign, inner);
        }
        return Signed(sign, Product());
    }

    private static Node Signed(string sign, Node value) => sign switch
    {
        "+" => value,
        "-" => value is Quantity q ? new Quantity(new Negative(q.Value), q.Unit)
            : value is Number n ? new Number(-n.Value, n.IsDecimal) : new Negative(value),
        _ => new PlusMinus(value, sign == "mp"),
    };

    private Node Product()
    {
        Enter();
        try
        {
            var left = Unary();
            for (var nested = 0; ; nested++)
            {
                _effort.Step();
                if (left is not Mathematics.Product and not Number) Effort.Depth(_depth + nested);
                if (left is Quantity part && Now.Names("cdot") && _tokens[_at + 1].Kind == TokenKind.Text)
                {
                    left = new Quantity(part.Value, $"{part.Unit} {_tokens[_at + 1].Text}");
                    _at += 2;
                }
                else if (TakeName("times"))
                {
                    var right = Unary();
                    left = Crossed(left, right) ?? Times(left, right, isWritten: true);
                }
                else if (Take("*") || TakeName("cdot")) left = Times(left, Unary(), isWritten: true);
                else if (Take("/") || TakeName("div"))
                {
                    if (left is Quantity rate && Now.Kind == TokenKind.Text)
                    {
                        left = new Quantity(rate.Value, $"{rate.Unit}/{Now.Text}");
                        _at++;
                    }
                    else left = new Quotient(left, Unary());
                }
                else if (Now.Names("mod") && !(left is Sum) && _tokens[_at + 1].Kind != TokenKind.End)
                {
                    _at++;
                    left = new Call("mod", [left, Unary()]);
                }
                else if (Now is { Kind: TokenKind.Text, Text: "to" } && _tokens[_at + 1].Kind == TokenKind.Number) return left;
                else if (Now.Kind == TokenKind.Text) left = WithUnit(left);
                else if (FractionOfUnits() is { } unit) left = new Quantity(left, unit);
                else if (Now.Names("dollar"))
                {
                    _at++;
                    left = new Quantity(left, "dollar");
                }
                else if (left is Quantity quantity && Now.Kind == TokenKind.Number) left = Compounded(quantity);
                else if (BeginsFactor()) left = Times(left, Postfix(Primary()), isWritten: false);
                else return left;
            }
        }
        finally
        {
            _depth--;
        }
    }

    private static Node Times(Node left, Node right, bool isWritten)
    {
        if (isWritten && left is Number { Value: var mantissa } number && right is Power { Base: Number { Value: var ten } } power
            && ten == 10 && power.Exponent is Number { Value: { IsWhole: true } exponent })
        {
            if (exponent.Abs() > 5000) throw new OverBudgetException("a power of ten is too large");
            return new Number(mantissa * ((Rational)10).Pow((int)exponent.Numerator), number.IsDecimal);
        }
        return left switch
        {
            Quantity q when right is not Quantity => new Quantity(Times(q.Value, right, isWritten), q.Unit),
            Product product => new Product([.. product.Factors, right]),
            _ => new Product([left, right]),
        };
    }

    /// <summary>The cross product of two arrows, names in order: exchanging them changes the sign. Else null.</summary>
    private static Node? Crossed(Node left, Node right)
    {
        if (left is Product { Factors: [.., Symbol last] } product)
            return Crossed(last, right) is { } crossed ? new Product([.. product.Factors.SkipLast(1), crossed]) : null;
        if (left is not Symbol { Name: var a } || right is not Symbol { Name: var b } || !IsArrow(a) || !IsArrow(b)) return null;
        return string.CompareOrdinal(a, b) <= 0 ? new Application("cross", [left, right])
            : new Negative(new Application("cross", [right, left]));

        static bool IsArrow(string name) => name.StartsWith("vec(", StringComparison.Ordinal)
            || name.StartsWith("overrightarrow(", StringComparison.Ordinal);
    }

    private Node WithUnit(Node value)
    {
        var unit = Now.Text;
        _at++;
        if (unit.StartsWith("for all", StringComparison.Ordinal) || unit.StartsWith("for every", StringComparison.Ordinal)
            || unit.StartsWith("for any", StringComparison.Ordinal))
        {
            SkipCondition();
            return value;
        }
        if (Take("^")) unit += "^" + Exponent();
        while (Now.Is("/") && _tokens[_at + 1] is { Kind: TokenKind.Text }
            or { Kind: TokenKind.Letter, Text: "h" or "s" or "m" or "L" })
        {
            unit += "/" + _tokens[_at + 1].Text;
            _at += 2;
            if (Take("^")) unit += "^" + Exponent();
        }
        var words = unit.Split(' ', 2);
        if (Vocabulary.Scale(words[0]) is { } scale)
        {
            value = new Product([value, new Number(scale)]);
            if (words.Length == 1) return value;
            unit = words[1];
        }
        if (Units.IsPercent(unit)) return new Percent(value);
        if (Units.IsDegrees(unit)) return new Degrees(value);
        return new Quantity(value, unit);
    }

    /// <summary>
    /// What holds for all needs no saying, up to what begins another answer; letters behind a comma are more of what it is about.
    /// </summary>
    private void SkipCondition()
    {
        for (var open = 0; Now.Kind != TokenKind.End && (open > 0 || !Closes()); _at++)
        {
            if (Now.Is("(") || Now.Is("[") || Now.Is("{") || Now.Is(@"\{")) open++;
            else if (Closes()) open--;
            else if (open == 0 && (Now.Is(";") || Now.Is(",and") || Now.Is(",or") || Now.Is(",") && !IsMoreLetters())) return;
        }

        bool IsMoreLetters() => _tokens[_at + 1].Kind == TokenKind.Letter && _at > 0
            && _tokens[_at - 1].Kind is TokenKind.Letter or TokenKind.Text
            && (_tokens[_at + 2].Kind == TokenKind.End || _tokens[_at + 2].Is(",")
                || RelationNames.ContainsKey(_tokens[_at + 2].Text) || _tokens[_at + 2].Text is "<" or ">" or "<=" or ">=");
    }

    /// <summary>Words above and below a bar, behind a number.</summary>
    private string? FractionOfUnits()
    {
        if (!Now.Names("frac") || !Braced(_at + 1) || !Braced(_at + 4)) return null;
        _at += 7;
        return $"{_tokens[_at - 5].Text}/{_tokens[_at - 2].Text}";

        bool Braced(int at) => _tokens.Count > at + 2 && _tokens[at].Is("{") && _tokens[at + 1].Kind == TokenKind.Text
            && _tokens[at + 2].Is("}");
    }

    private Node Compounded(Quantity first)
    {
        Enter();
        var next = Product();
        _depth--;
        IReadOnlyList<Node> rest = next is Compound more ? more.Quantities : [next];
        return Joined([first, .. rest]) as Compound ?? throw new UnreadableException("two quantities stand side by side");
    }

    private bool BeginsFactor()
    {
        switch (Now.Kind)
        {
            case TokenKind.Number:
                // a power may stand apart, as in (n-2) 2^n; a number alone may belong to something else, as in (a) 3
                return _at > 0 && _tokens[_at - 1] switch
                {
                    { Kind: TokenKind.Sign, Text: "!" } => true,
                    { Kind: TokenKind.Sign, Text: ")" or "}" } => !Now.Spaced || _tokens[_at + 1].Is("^"),
                    { Kind: TokenKind.Letter } or { Kind: TokenKind.Sign, Text: "]" } => !Now.Spaced,
                    _ => false,
                };
            case TokenKind.Letter or TokenKind.Based:
                return true;
            case TokenKind.Begin:
                return true;
            case TokenKind.Name:
                return !RelationNames.ContainsKey(Now.Text)
                    && Now.Text is not ("cup" or "cap" or "setminus" or "pm" or "mp" or "implies" or "mod" or "pmod" or "over"
                        or "choose"
                        or "rfloor" or "rceil" or "rangle" or "not" or "therefore" or "because" or "ldots")
                    && !(Now.Text == "norm" && _bars > 0);
            case TokenKind.Sign:
                return Now.Text is "[" or "{" or @"\{" || Now.Text == "(" && !_tokens[_at + 1].Names("mod")
                    || Now.Text == "|" && _bars == 0 && !_setHead;
            default:
                return false;
        }
    }

    private Node Unary()
    {
        if (Now.Is("+") || Now.Is("-") || Now.Names("pm") || Now.Names("mp"))
        {
            Enter();
            var sign = Now.Text;
            _at++;
            var value = Signed(sign, Unary());
            _depth--;
            return value;
        }
        return Postfix(Primary());
    }

    private Node Postfix(Node node)
    {
        Enter();
        for (var nested = 0; ; nested++)
        {
            Effort.Depth(_depth + nested);
            if (Now.Is("^"))
            {
                _at++;
                node = Raised(node);
            }
            else if (Now.Is("'") && node is Symbol or Constant)
            {
                _at++;
                node = new Symbol(node + "'");
            }
            else if (Now.Is("!"))
            {
                _at++;
                node = Take("!") ? new Call("doublefactorial", [node]) : new Call("factorial", [node]);
            }
            else if (Now.Is("%"))
            {
                _at++;
                node = new Percent(node);
            }
            else if (Now.Names("circ") && node is Number)
            {
                _at++;
                node = new Degrees(node);
            }
            else if (Now.Kind == TokenKind.Subscript) node = InBase(node);
            else break;
        }
        _depth--;
        return node;
    }

    private Node Raised(Node node)
    {
        if (TakeName("circ") || Now.Is("{") && _tokens[_at + 1].Names("circ") && _tokens[_at + 2].Is("}") && (_at += 3) > 0)
        {
            if (Now is { Kind: TokenKind.Letter or TokenKind.Text, Text: "C" or "F" })
                return new Quantity(node, _tokens[_at++].Text == "C" ? "degrees celsius" : "degrees fahrenheit");
            return new Degrees(node);
        }
        var primes = 0;
        while (Take("'") || TakeName("prime")) primes++;
        if (primes > 0 && node is not (Symbol or Constant or Application)) throw Unexpected();
        if (primes > 0) return new Symbol(node + new string('\'', primes));
        if (node is Symbol && Take("*")) return new Symbol(node + "^*");
        var exponent = Exponent();
        if (exponent is Symbol { Name: "prime" }) return new Symbol(node + "'");
        if (node is Matrix matrix && exponent is Symbol { Name: "T" or "top" }) return Statement.Transposed(matrix);
        return new Power(node, exponent);
    }

    private Node Exponent()
    {
        Enter();
        try
        {
            if (Now.Is("-") || Now.Is("+"))
            {
                var sign = Now.Text;
                _at++;
                return Signed(sign, Exponent());
            }
            if (Now.Kind == TokenKind.Number)
            {
                var number = Now;
                _at++;
                var value = new Number(number.Value, number.IsDecimal);
                return Take("^") ? new Power(value, Exponent()) : value;
            }
            var node = Primary();
            return Take("^") ? Raised(node) : node;
        }
        finally
        {
            _depth--;
        }
    }

    private Node InBase(Node node)
    {
        var text = Now.Text.Trim().Trim('(', ')');
        if (node is not Number { Value: { IsWhole: true, Sign: >= 0 } digits }
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var numberBase)
            || numberBase is < 2 or > 36)
            throw new UnreadableException($"the subscript '{text}' means nothing here");
        _at++;
        var written = digits.Numerator.ToString(CultureInfo.InvariantCulture);
        if (numberBase < 10 && written.Any(c => c - '0' >= numberBase))
            throw new UnreadableException($"{written} has digits that base {numberBase} lacks");
        return numberBase == 10 ? node : new Based(written, numberBase);
    }
}
