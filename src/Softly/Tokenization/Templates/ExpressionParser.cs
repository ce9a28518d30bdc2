using System.Globalization;
using System.Text;

namespace Softly.Tokenization.Templates;

/// <summary>Reads expressions by Jinja's order of precedence, loosest first. Holds the place in the tokens.</summary>
internal class ExpressionParser(List<Token> tokens)
{
    private int _at;

    protected Token Current => tokens[_at];

    protected Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    protected Token Take() => tokens[_at == tokens.Count - 1 ? _at : _at++];

    protected bool TakeIf(TokenKind kind, string text)
    {
        if (!Current.Is(kind, text)) return false;
        Take();
        return true;
    }

    protected bool TakeOperator(string text) => TakeIf(TokenKind.Operator, text);

    protected Token Expect(TokenKind kind, string what) =>
        Current.Kind == kind ? Take() : throw Error($"expected {what}, found {Current}");

    protected void ExpectOperator(string text)
    {
        if (!TakeOperator(text)) throw Error($"expected '{text}', found {Current}");
    }

    protected TemplateFault Error(string message) => new(message, Current.Line);

    /// <summary>One expression; with commas a tuple.</summary>
    protected Expression ParseTuple() => ParseTuple(ParseExpression);

    /// <summary>As <see cref="ParseTuple()"/>, of expressions of one form.</summary>
    protected Expression ParseTuple(Func<Expression> parseItem)
    {
        var first = parseItem();
        if (!Current.Is(TokenKind.Operator, ",")) return first;
        var items = new List<Expression> { first };
        while (TakeOperator(","))
        {
            if (Current.Kind is TokenKind.StatementEnd or TokenKind.OutputEnd || Current.Is(TokenKind.Operator, ")")) break;
            items.Add(parseItem());
        }

        return new ListExpression(first.Line, items, IsTuple: true);
    }

    /// <summary><c>a if b else c</c></summary>
    protected Expression ParseExpression()
    {
        Limits.CheckStack("the expression");
        var value = ParseOr();
        while (TakeIf(TokenKind.Name, "if"))
        {
            var condition = ParseOr();
            var otherwise = TakeIf(TokenKind.Name, "else") ? ParseExpression() : null;
            value = new ConditionalExpression(value.Line, condition, value, otherwise);
        }

        return value;
    }

    /// <summary>An expression without <c>if</c>, which in a loop's head begins the filter.</summary>
    protected Expression ParseOr()
    {
        var left = ParseAnd();
        while (TakeIf(TokenKind.Name, "or")) left = new LogicalExpression(left.Line, false, left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (TakeIf(TokenKind.Name, "and")) left = new LogicalExpression(left.Line, true, left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        Limits.CheckStack("the expression");
        var line = Current.Line;
        return TakeIf(TokenKind.Name, "not") ? new UnaryExpression(line, "not", ParseNot()) : ParseCompare();
    }

    private Expression ParseCompare()
    {
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
            {
                rest.Add((Take().Text, ParseSum()));
            }
            else if (TakeIf(TokenKind.Name, "in"))
            {
                rest.Add(("in", ParseSum()));
            }
            else if (Current.Is(TokenKind.Name, "not") && Ahead.Is(TokenKind.Name, "in"))
            {
                Take();
                Take();
                rest.Add(("not in", ParseSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new CompareExpression(first.Line, first, rest);
            }
        }
    }

    private Expression ParseSum() => ParseLeft(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseLeft(ParseProduct, "~");

    private Expression ParseProduct() => ParseLeft(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseLeft(() => ParseUnary(), "**");

    private Expression ParseLeft(Func<Expression> parseOperand, params ReadOnlySpan<string> operators)
    {
        var left = parseOperand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Text))
            left = new BinaryExpression(left.Line, Take().Text, left, parseOperand());
        return left;
    }

    private Expression ParseUnary(bool withFilters = true)
    {
        Limits.CheckStack("the expression");
        var line = Current.Line;
        var value = Current is { Kind: TokenKind.Operator, Text: "-" or "+" }
            ? new UnaryExpression(line, Take().Text, ParseUnary(withFilters: false))
            : ParsePostfix(ParsePrimary());
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParsePrimary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TokenKind.String:
                var text = new StringBuilder(token.Text);
                while (Current.Kind == TokenKind.String) text.Append(Take().Text);
                return new Literal(token.Line, text.ToString());
            case TokenKind.Integer:
                if (!long.TryParse(token.Text, out var whole)) throw Error($"{token.Text} is too large");
                return new Literal(token.Line, whole);
            case TokenKind.Float:
                return new Literal(token.Line, double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                if (TakeOperator(")")) return new ListExpression(token.Line, [], IsTuple: true);
                var inner = ParseTuple();
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListExpression(token.Line, ParseUntil("]", ParseExpression));
            case TokenKind.Operator when token.Text == "{":
                return new DictExpression(token.Line, ParseUntil("}", ParseEntry));
            default:
                throw new TemplateFault($"expected an expression, found {token}", token.Line);
        }
    }

    private (Expression, Expression) ParseEntry()
    {
        var key = ParseExpression();
        ExpectOperator(":");
        return (key, ParseExpression());
    }

    private List<T> ParseUntil<T>(string close, Func<T> parseItem)
    {
        var items = new List<T>();
        while (!TakeOperator(close))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator(close)) break;
            }

            items.Add(parseItem());
        }

        return items;
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator("."))
            {
                var member = Take();
                value = member.Kind switch
                {
                    TokenKind.Name => new AttributeExpression(line, value, member.Text),
                    TokenKind.Integer => new ItemExpression(line, value, new Literal(line, long.Parse(member.Text))),
                    _ => throw new TemplateFault($"expected a name after '.', found {member}", line),
                };
            }
            else if (TakeOperator("["))
            {
                value = ParseSubscript(value, line);
            }
            else if (Current.Is(TokenKind.Operator, "("))
            {
                value = new CallExpression(line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseSubscript(Expression owner, int line)
    {
        var parts = new Expression?[3];
        var count = 0;
        while (true)
        {
            if (!(Current is { Kind: TokenKind.Operator, Text: ":" or "]" })) parts[count] = ParseExpression();
            if (TakeOperator("]")) break;
            ExpectOperator(":");
            if (++count > 2) throw Error("a slice has at most three parts");
        }

        return count > 0 ? new SliceExpression(line, owner, parts[0], parts[1], parts[2])
            : new ItemExpression(line, owner, parts[0] ?? throw Error("expected an index between the brackets"));
    }

    private ArgumentList ParseArguments()
    {
        ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        ParseUntil(")", () =>
        {
            if (Current is { Kind: TokenKind.Operator, Text: "*" or "**" })
                throw Error($"{Current} before an argument is not supported");
            if (Current.Kind == TokenKind.Name && Ahead.Is(TokenKind.Operator, "="))
            {
                var name = Take().Text;
                Take();
                named.Add((name, ParseExpression()));
            }
            else if (named.Count > 0)
            {
                throw Error("an argument without a name after one with a name");
            }
            else
            {
                positional.Add(ParseExpression());
            }

            return 0;
        });
        return new ArgumentList(positional, named);
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (TakeOperator("|"))
            {
                var name = Expect(TokenKind.Name, "the name of a filter").Text;
                if (!Filters.Known.ContainsKey(name)) throw TemplateFault.Unknown("filter", name, Filters.Known.Keys, line);
                var arguments = Current.Is(TokenKind.Operator, "(") ? ParseArguments() : ArgumentList.Empty;
                value = new FilterExpression(line, value, name, arguments);
            }
            else if (TakeIf(TokenKind.Name, "is"))
            {
                value = ParseTest(value, line);
            }
            else if (Current.Is(TokenKind.Operator, "("))
            {
                value = new CallExpression(line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private TestExpression ParseTest(Expression value, int line)
    {
        var isNegated = TakeIf(TokenKind.Name, "not");
        var name = Expect(TokenKind.Name, "the name of a test").Text;
        if (!ValueTests.Known.ContainsKey(name)) throw TemplateFault.Unknown("test", name, ValueTests.Known.Keys, line);
        var arguments = ArgumentList.Empty;
        if (Current.Is(TokenKind.Operator, "("))
        {
            arguments = ParseArguments();
        }
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
            || Current is { Kind: TokenKind.Operator, Text: "[" or "{" }
            || (Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and" or "if" or "in" or "not" or "is")))
        {
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        }

        return new TestExpression(line, value, name, arguments, isNegated);
    }
}
