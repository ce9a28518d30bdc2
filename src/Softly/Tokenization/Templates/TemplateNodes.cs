namespace Softly.Tokenization.Templates;

/// <summary>A node of a parsed template. Immutable, so that one template serves any number of renderings at once.</summary>
/// <param name="Line">Where it begins, from 1.</param>
internal abstract record Node(int Line);

/// <summary>Something that writes or changes the scope.</summary>
internal abstract record Statement(int Line) : Node(Line);

internal sealed record TextStatement(int Line, string Text) : Statement(Line);

internal sealed record OutputStatement(int Line, Expression Value) : Statement(Line);

internal sealed record IfStatement(
    int Line, Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Else) : Statement(Line);

internal sealed record ForStatement(
    int Line,
    IReadOnlyList<string> Targets,
    Expression Items,
    Expression? Filter,
    IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Else) : Statement(Line);

/// <summary>Sets names, or one attribute of a namespace.</summary>
internal sealed record SetStatement(
    int Line, IReadOnlyList<string> Targets, string? Attribute, Expression Value) : Statement(Line);

internal sealed record SetBlockStatement(int Line, string Target, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record MacroStatement(
    int Line,
    string Name,
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);

/// <summary>Something that has a value.</summary>
internal abstract record Expression(int Line) : Node(Line);

internal sealed record Literal(int Line, object? Value) : Expression(Line);

internal sealed record NameExpression(int Line, string Name) : Expression(Line);

internal sealed record ListExpression(int Line, IReadOnlyList<Expression> Items, bool IsTuple = false) : Expression(Line);

internal sealed record DictExpression(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

internal sealed record AttributeExpression(int Line, Expression Owner, string Name) : Expression(Line);

internal sealed record ItemExpression(int Line, Expression Owner, Expression Key) : Expression(Line);

internal sealed record SliceExpression(
    int Line, Expression Owner, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

internal sealed record CallExpression(int Line, Expression Callee, ArgumentList Arguments) : Expression(Line);

internal sealed record FilterExpression(int Line, Expression Value, string Name, ArgumentList Arguments) : Expression(Line);

internal sealed record TestExpression(
    int Line, Expression Value, string Name, ArgumentList Arguments, bool IsNegated) : Expression(Line);

internal sealed record UnaryExpression(int Line, string Operator, Expression Operand) : Expression(Line);

internal sealed record BinaryExpression(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

/// <summary><c>and</c> and <c>or</c>, which look at the right side only where they must.</summary>
internal sealed record LogicalExpression(int Line, bool IsAnd, Expression Left, Expression Right) : Expression(Line);

/// <summary>A chain such as <c>a &lt; b &lt;= c</c>.</summary>
internal sealed record CompareExpression(
    int Line, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Line);

internal sealed record ConditionalExpression(
    int Line, Expression Condition, Expression Then, Expression? Else) : Expression(Line);

/// <summary>What stands in the brackets of a call.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList Empty { get; } = new([], []);
}
