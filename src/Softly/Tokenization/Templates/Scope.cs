namespace Softly.Tokenization.Templates;

/// <summary>The names in reach. A loop's body and a macro have a scope of their own, which sees the ones around it.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _names = [];

    /// <summary>How many scopes are around this one.</summary>
    public int Depth { get; } = outer is null ? 0 : outer.Depth + 1;

    public void Set(string name, object? value) => _names[name] = value;

    /// <summary>Sets one name, or as many names as the value has items.</summary>
    public void Set(IReadOnlyList<string> names, object? value, Limits limits)
    {
        if (names is [var only])
        {
            Set(only, value);
            return;
        }

        var items = Values.Iterate(value, limits);
        if (items.Count != names.Count)
            throw new TemplateFault($"{items.Count} values for the {names.Count} names {string.Join(", ", names)}");
        for (var i = 0; i < names.Count; i++) Set(names[i], items[i]);
    }

    /// <summary>The value of a name; <see cref="Undefined"/> where there is none.</summary>
    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names.TryGetValue(name, out var value)) return value;
        return new Undefined($"'{name}'");
    }

    private Scope? Outer => outer;
}
