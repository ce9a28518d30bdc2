namespace Softly.Tokenization.Templates;

/// <summary>
/// Reads statements: set (also as a block), if, for (with a filter and else), macro, break, continue, and transformers'
/// generation mark, which changes nothing in the text. Others are refused by name.
/// </summary>
internal sealed class TemplateParser : ExpressionParser
{
    private static readonly string[] Supported = ["set", "if", "for", "macro", "break", "continue", "generation", "raw"];
    private int _loops;

    private TemplateParser(List<Token> tokens)
        : base(tokens)
    {
    }

    public static IReadOnlyList<Statement> Parse(string source)
    {
        var parser = new TemplateParser(TemplateLexer.Read(source));
        try
        {
            return parser.ParseBody("", null);
        }
        catch (TemplateFault fault) when (fault.Line == 0)
        {
            fault.Line = parser.Current.Line;
            throw;
        }
    }

    /// <summary>Statements up to one that begins with a name of <paramref name="until"/>, which is left in place.</summary>
    private List<Statement> ParseBody(string opened, Token? start, params ReadOnlySpan<string> until)
    {
        Limits.CheckStack("the statement");
        var body = new List<Statement>();
        while (true)
        {
            var token = Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(token.Line, token.Text));
                    break;
                case TokenKind.OutputStart:
                    body.Add(new OutputStatement(token.Line, ParseTuple()));
                    Expect(TokenKind.OutputEnd, "}}");
                    break;
                case TokenKind.StatementStart:
                    if (Current.Kind == TokenKind.Name && until.Contains(Current.Text)) return body;
                    ParseStatement(body);
                    break;
                default:
                    if (start is null) return body;
                    throw new TemplateFault($"{{% {opened} %}} is not closed; expected {{% {until[^1]} %}}", start.Value.Line);
            }
        }
    }

    private void ParseStatement(List<Statement> body)
    {
        var keyword = Expect(TokenKind.Name, "the name of a statement");
        switch (keyword.Text)
        {
            case "set":
                body.Add(ParseSet(keyword));
                break;
            case "if":
                body.Add(ParseIf(keyword));
                break;
            case "for":
                body.Add(ParseFor(keyword));
                break;
            case "macro":
                body.Add(ParseMacro(keyword));
                break;
            case "break" or "continue":
                if (_loops == 0) throw new TemplateFault($"{keyword.Text} outside a loop", keyword.Line);
                EndStatement();
                body.Add(keyword.Text == "break" ? new BreakStatement(keyword.Line) : new ContinueStatement(keyword.Line));
                break;
            case "generation":
                EndStatement();
                body.AddRange(ParseBody("generation", keyword, "endgeneration"));
                Take();
                EndStatement();
                break;
            case var other when other.StartsWith("end", StringComparison.Ordinal) || other is "else" or "elif":
                throw new TemplateFault($"{{% {other} %}} closes nothing", keyword.Line);
            case var other:
                throw TemplateFault.Unknown("statement", other, Supported, keyword.Line);
        }
    }

    private void EndStatement() => Expect(TokenKind.StatementEnd, "%}");

    private Statement ParseSet(Token keyword)
    {
        var targets = ParseTargets();
        string? attribute = null;
        if (TakeOperator("."))
        {
            if (targets.Count > 1) throw Error("only one attribute can be set at a time");
            attribute = Expect(TokenKind.Name, "a name after '.'").Text;
        }

        if (TakeOperator("="))
        {
            var value = ParseTuple();
            EndStatement();
            return new SetStatement(keyword.Line, targets, attribute, value);
        }

        if (targets.Count > 1 || attribute is not null || Current.Kind != TokenKind.StatementEnd)
            throw Error($"expected '=', found {Current}");
        EndStatement();
        var body = ParseBody("set", keyword, "endset");
        Take();
        EndStatement();
        return new SetBlockStatement(keyword.Line, targets[0], body);
    }

    private List<string> ParseTargets()
    {
        var brackets = TakeOperator("(");
        var targets = new List<string> { Expect(TokenKind.Name, "a name").Text };
        while (TakeOperator(",")) targets.Add(Expect(TokenKind.Name, "a name").Text);
        if (brackets) ExpectOperator(")");
        return targets;
    }

    private IfStatement ParseIf(Token keyword)
    {
        var condition = ParseTuple();
        EndStatement();
        var then = ParseBody("if", keyword, "elif", "else", "endif");
        var next = Take();
        List<Statement> otherwise = [];
        if (next.Text == "elif")
        {
            otherwise.Add(ParseIf(next));
            return new IfStatement(keyword.Line, condition, then, otherwise);
        }

        EndStatement();
        if (next.Text == "else")
        {
            otherwise = ParseBody("if", keyword, "endif");
            Take();
            EndStatement();
        }

        return new IfStatement(keyword.Line, condition, then, otherwise);
    }

    private ForStatement ParseFor(Token keyword)
    {
        var targets = ParseTargets();
        if (!TakeIf(TokenKind.Name, "in")) throw Error($"expected 'in', found {Current}");
        var items = ParseTuple(ParseOr);
        var filter = TakeIf(TokenKind.Name, "if") ? ParseExpression() : null;
        if (Current.Is(TokenKind.Name, "recursive")) throw Error("recursive loops are not supported");
        EndStatement();
        _loops++;
        var body = ParseBody("for", keyword, "else", "endfor");
        _loops--;
        var next = Take();
        EndStatement();
        List<Statement> otherwise = [];
        if (next.Text == "else")
        {
            otherwise = ParseBody("for", keyword, "endfor");
            Take();
            EndStatement();
        }

        return new ForStatement(keyword.Line, targets, items, filter, body, otherwise);
    }

    private MacroStatement ParseMacro(Token keyword)
    {
        var name = Expect(TokenKind.Name, "the macro's name").Text;
        ExpectOperator("(");
        var parameters = new List<(string, Expression?)>();
        while (!TakeOperator(")"))
        {
            if (parameters.Count > 0) ExpectOperator(",");
            var parameter = Expect(TokenKind.Name, "a parameter").Text;
            parameters.Add((parameter, TakeOperator("=") ? ParseExpression() : null));
        }

        EndStatement();
        var loops = _loops;
        _loops = 0;
        var body = ParseBody("macro", keyword, "endmacro");
        _loops = loops;
        Take();
        EndStatement();
        return new MacroStatement(keyword.Line, name, parameters, body);
    }
}
