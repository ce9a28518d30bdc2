namespace Softly.Tokenization.Templates;

/// <summary>The name <c>loop</c> inside a loop.</summary>
internal sealed class LoopValue(IReadOnlyList<object?> items)
{
    private static readonly string[] Known =
    [
        "index", "index0", "revindex", "revindex0", "first", "last", "length",
        "previtem", "nextitem", "depth", "depth0", "cycle", "changed",
    ];

    private IReadOnlyList<object?>? _seen;

    /// <summary>The item at hand, from 0.</summary>
    public int Index { get; set; }

    public object? Attribute(string name, Limits limits) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)items.Count - Index,
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("the item before the first"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new Undefined("the item after the last"),
        "depth" => 1L, // Counts recursive loops only, which there are none of.
        "depth0" => 0L,
        "cycle" => new FunctionValue(name, Cycle),
        "changed" => new FunctionValue(name, arguments => Changed(arguments, limits)),
        _ => throw TemplateFault.Unknown("attribute of the loop", name, Known),
    };

    private object? Cycle(Arguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw new TemplateFault("loop.cycle needs arguments");

    private object? Changed(Arguments arguments, Limits limits)
    {
        var now = arguments.Positional;
        var isSame = _seen?.Count == now.Count && _seen.Zip(now).All(p => Operators.AreEqual(p.First, p.Second, limits));
        _seen = now;
        return !isSame;
    }
}
