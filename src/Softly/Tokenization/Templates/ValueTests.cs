namespace Softly.Tokenization.Templates;

/// <summary>What may stand after <c>is</c>.</summary>
internal static class ValueTests
{
    public static IReadOnlyDictionary<string, Builtin> Known { get; } = new Dictionary<string, Builtin>
    {
        ["defined"] = new("", c => c.Subject is not Undefined),
        ["undefined"] = new("", c => c.Subject is Undefined),
        ["none"] = new("", c => c.Subject is null),
        ["true"] = new("", c => c.Subject is true),
        ["false"] = new("", c => c.Subject is false),
        ["boolean"] = new("", c => c.Subject is bool),
        ["integer"] = new("", c => c.Subject is long),
        ["float"] = new("", c => c.Subject is double),
        ["number"] = new("", c => c.Subject is long or double or bool),
        ["string"] = new("", c => c.Subject is string),
        ["mapping"] = new("", c => c.Subject is DictValue),
        ["sequence"] = new("", c => c.Subject is string or ListValue or DictValue or Undefined),
        ["iterable"] = new("", c => c.Subject is string or ListValue or DictValue or Undefined),
        ["callable"] = new("", c => c.Subject is FunctionValue or Undefined),
        ["odd"] = new("", c => Rest(c, 2) == 1),
        ["even"] = new("", c => Rest(c, 2) == 0),
        ["divisibleby"] = new("num", c => Rest(c, c.Integer(0, 0)) == 0),
        ["lower"] = new("", c => c.SubjectText is var t && t.Any(char.IsLower) && !t.Any(char.IsUpper)),
        ["upper"] = new("", c => c.SubjectText is var t && t.Any(char.IsUpper) && !t.Any(char.IsLower)),
        ["in"] = new("seq", c => Operators.Contains(c.Get(0), c.Subject, c.Limits)),
        ["sameas"] = new("other", c => IsSame(c)),
        ["eq"] = Comparison("=="),
        ["equalto"] = Comparison("=="),
        ["ne"] = Comparison("!="),
        ["lt"] = Comparison("<"),
        ["lessthan"] = Comparison("<"),
        ["le"] = Comparison("<="),
        ["gt"] = Comparison(">"),
        ["greaterthan"] = Comparison(">"),
        ["ge"] = Comparison(">="),
    };

    private static Builtin Comparison(string symbol) =>
        new("other", c => Operators.Compare(symbol, c.Subject, c.Get(0), c.Limits));

    private static long Rest(Call call, long divisor) => Operators.Binary("%", call.Subject, divisor, call.Limits) as long? ?? -1;

    private static bool IsSame(Call call) => (call.Subject, call.Get(0)) switch
    {
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        var (a, b) => ReferenceEquals(a, b),
    };
}
