using System.Diagnostics.CodeAnalysis;

namespace Softly.Tokenization.Templates;

/// <summary>
/// What a template computes with, and all it can reach: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>,
/// <see cref="string"/> and the types of this file. No .NET object of the caller's is ever among them.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        ListValue list => list.Items.Count > 0,
        DictValue dict => dict.Entries.Count > 0,
        _ => true,
    };

    /// <summary>What a value is called in errors.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long or double => "a number",
        string => "text",
        ListValue => "a list",
        DictValue => "a mapping",
        Undefined undefined => undefined.What,
        NamespaceValue => "a namespace",
        LoopValue => "the loop",
        _ => "a function",
    };

    /// <summary>The items that a loop goes through: of a list, the keys of a mapping, the characters of a text.</summary>
    public static IReadOnlyList<object?> Iterate(object? value, Limits limits)
    {
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case DictValue dict:
                limits.Spend(dict.Entries.Count);
                return [.. dict.Entries.Keys];
            case string text:
                limits.CheckItems(text.Length);
                return PythonText.Characters(text);
            case Undefined:
                return [];
            default:
                throw new TemplateFault($"{Kind(value)} has no items to go through");
        }
    }
}

/// <summary>The value of a name or key that is not there. Prints as nothing; using it otherwise is an error.</summary>
/// <param name="what">Says what is missing.</param>
internal sealed class Undefined(string what)
{
    public string What => what;

    public TemplateFault Fault() => new($"{what} is undefined");
}

/// <summary>A list, or a tuple, which differs in how it prints and compares. Never changes.</summary>
internal sealed class ListValue(IReadOnlyList<object?> items, bool isTuple = false)
{
    public IReadOnlyList<object?> Items => items;

    public bool IsTuple => isTuple;
}

/// <summary>A mapping in the order of its making. Never changes once made.</summary>
internal sealed class DictValue
{
    public OrderedDictionary<object, object?> Entries { get; } = new(KeyComparer.Instance);

    /// <summary>Adds or replaces an entry while the mapping is made.</summary>
    public void Set(object? key, object? value)
    {
        if (key is not (string or long or double or bool))
            throw new TemplateFault($"{Values.Kind(key)} cannot be a key of a mapping");
        Entries[key] = value;
    }

    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return key is string or long or double or bool && Entries.TryGetValue(key, out value);
    }

    /// <summary>Keys are the same as Python sees it: 1, 1.0 and true are one key.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? x, object? y) => object.Equals(Plain(x), Plain(y));

        public int GetHashCode([DisallowNull] object obj) => Plain(obj)!.GetHashCode();

        private static object? Plain(object? key) => key switch
        {
            bool flag => flag ? 1L : 0L,
            double number when number == Math.Floor(number) && Math.Abs(number) < 1L << 62 => (long)number,
            _ => key,
        };
    }
}

/// <summary>What <c>namespace()</c> makes: the only value whose parts can be set, also from inside a loop.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Names { get; } = [];
}

/// <summary>Something that can be called: a function, a method with its subject, a macro.</summary>
internal sealed class FunctionValue(string name, Func<Arguments, object?> body)
{
    public string Name => name;

    public object? Call(Arguments arguments) => body(arguments);
}

/// <summary>The arguments of a call.</summary>
internal sealed record Arguments(IReadOnlyList<object?> Positional, IReadOnlyList<(string Name, object? Value)> Named)
{
    public static Arguments Empty { get; } = new([], []);
}
