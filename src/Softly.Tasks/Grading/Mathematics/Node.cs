namespace Softly.Tasks.Mathematics;

/// <summary>
/// A piece of an answer as it was read; immutable. Its text is one plain notation, whatever the answer was written in.
/// </summary>
internal abstract record Node
{
    /// <summary>What it is made of, in reading order.</summary>
    public virtual IReadOnlyList<Node> Parts => [];

    /// <summary>The same kind of thing made of other parts, as many and in the same order.</summary>
    public virtual Node With(IReadOnlyList<Node> parts) => this;

    /// <summary>Whether it or anything in it is so.</summary>
    public bool Has(Func<Node, bool> what) => what(this) || Parts.Any(p => p.Has(what));

    /// <summary>Everything in it rebuilt from the leaves up.</summary>
    public Node Map(Func<Node, Node> change)
    {
        if (Parts.Count == 0) return change(this);
        var parts = Parts.Select(p => p.Map(change)).ToArray();
        return change(parts.SequenceEqual(Parts, ReferenceEqualityComparer.Instance) ? this : With(parts));
    }

    /// <summary>The letters in it that stand for something.</summary>
    public SortedSet<string> Symbols()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        Collect(this);
        return names;

        void Collect(Node node)
        {
            if (node is Symbol symbol) names.Add(symbol.Name);
            foreach (var part in node.Parts) Collect(part);
        }
    }

    /// <summary>Texts joined by a mark.</summary>
    protected static string Join(string mark, IEnumerable<Node> nodes) => string.Join(mark, nodes);
}

/// <summary>A number written out. A decimal was written with a point, or as a power of ten times such.</summary>
internal sealed record Number(Rational Value, bool IsDecimal = false) : Node
{
    public override string ToString() => $"{Value}";
}

/// <summary>A letter, with its subscript and primes if it has any.</summary>
internal sealed record Symbol(string Name) : Node
{
    public override string ToString() => Name;
}

/// <summary>π, e, i or infinity.</summary>
internal sealed record Constant(string Name) : Node
{
    public const string InfinityName = "infinity";
    public static Constant Pi { get; } = new("pi");
    public static Constant Euler { get; } = new("e");
    public static Constant Imaginary { get; } = new("i");
    public static Constant Infinity { get; } = new(InfinityName);

    public override string ToString() => Name;
}

/// <summary>A set with a name: the empty one, or a blackboard letter.</summary>
internal sealed record NamedSet(string Name) : Node
{
    public static NamedSet Empty { get; } = new("emptyset");
    public static NamedSet Reals { get; } = new("R");

    public override string ToString() => Name;
}

/// <summary>Dots that stand for what is left out.</summary>
internal sealed record Ellipsis : Node
{
    public override string ToString() => "...";
}

/// <summary>Terms that are added.</summary>
internal sealed record Sum(IReadOnlyList<Node> Terms) : Node
{
    public override IReadOnlyList<Node> Parts => Terms;
    public override Node With(IReadOnlyList<Node> parts) => new Sum(parts);
    public override string ToString() => $"({Join(" + ", Terms)})";
}

/// <summary>Factors that are multiplied.</summary>
internal sealed record Product(IReadOnlyList<Node> Factors) : Node
{
    public override IReadOnlyList<Node> Parts => Factors;
    public override Node With(IReadOnlyList<Node> parts) => new Product(parts);
    public override string ToString() => Join("*", Factors);
}

/// <summary>A fraction.</summary>
internal sealed record Quotient(Node Above, Node Below) : Node
{
    public override IReadOnlyList<Node> Parts => [Above, Below];
    public override Node With(IReadOnlyList<Node> parts) => new Quotient(parts[0], parts[1]);
    public override string ToString() => $"({Above})/({Below})";
}

/// <summary>A power.</summary>
internal sealed record Power(Node Base, Node Exponent) : Node
{
    public override IReadOnlyList<Node> Parts => [Base, Exponent];
    public override Node With(IReadOnlyList<Node> parts) => new Power(parts[0], parts[1]);
    public override string ToString() => $"({Base})^({Exponent})";
}

/// <summary>A root; real for odd roots of negative constants.</summary>
internal sealed record Root(Node Radicand, Node Index) : Node
{
    public override IReadOnlyList<Node> Parts => [Radicand, Index];
    public override Node With(IReadOnlyList<Node> parts) => new Root(parts[0], parts[1]);
    public override string ToString() => Index is Number { Value: var n } && n == 2 ? $"sqrt({Radicand})"
        : $"root({Radicand}, {Index})";
}

/// <summary>Something with a minus before it.</summary>
internal sealed record Negative(Node Value) : Node
{
    public override IReadOnlyList<Node> Parts => [Value];
    public override Node With(IReadOnlyList<Node> parts) => new Negative(parts[0]);
    public override string ToString() => $"-{Value}";
}

/// <summary>Something with ± before it, or ∓ where the minus stands above.</summary>
internal sealed record PlusMinus(Node Value, bool MinusFirst) : Node
{
    public override IReadOnlyList<Node> Parts => [Value];
    public override Node With(IReadOnlyList<Node> parts) => new PlusMinus(parts[0], MinusFirst);
    public override string ToString() => $"{(MinusFirst ? "∓" : "±")}{Value}";
}

/// <summary>A hundredth of something.</summary>
internal sealed record Percent(Node Value) : Node
{
    public override IReadOnlyList<Node> Parts => [Value];
    public override Node With(IReadOnlyList<Node> parts) => new Percent(parts[0]);
    public override string ToString() => $"{Value}%";
}

/// <summary>A number of degrees.</summary>
internal sealed record Degrees(Node Value) : Node
{
    public override IReadOnlyList<Node> Parts => [Value];
    public override Node With(IReadOnlyList<Node> parts) => new Degrees(parts[0]);
    public override string ToString() => $"{Value} degrees";
}

/// <summary>A known function of some arguments.</summary>
internal sealed record Call(string Function, IReadOnlyList<Node> Arguments) : Node
{
    public override IReadOnlyList<Node> Parts => Arguments;
    public override Node With(IReadOnlyList<Node> parts) => new Call(Function, parts);
    public override string ToString() => $"{Function}({Join(", ", Arguments)})";
}

/// <summary>A function that has only a name, such as f(x).</summary>
internal sealed record Application(string Function, IReadOnlyList<Node> Arguments) : Node
{
    public override IReadOnlyList<Node> Parts => Arguments;
    public override Node With(IReadOnlyList<Node> parts) => new Application(Function, parts);
    public override string ToString() => $"{Function}({Join(", ", Arguments)})";
}

/// <summary>A sum or product over whole numbers.</summary>
internal sealed record Series(bool IsProduct, string Variable, Node From, Node To, Node Body) : Node
{
    public override IReadOnlyList<Node> Parts => [From, To, Body];
    public override Node With(IReadOnlyList<Node> parts) => new Series(IsProduct, Variable, parts[0], parts[1], parts[2]);
    public override string ToString() => $"{(IsProduct ? "product" : "sum")}({Variable} = {From}..{To}, {Body})";
}

/// <summary>An integral or a limit: read, but not worked out.</summary>
internal sealed record Unevaluated(string Kind, IReadOnlyList<Node> Parts0) : Node
{
    public override IReadOnlyList<Node> Parts => Parts0;
    public override Node With(IReadOnlyList<Node> parts) => new Unevaluated(Kind, parts);
    public override string ToString() => $"{Kind}({Join("; ", Parts0)})";
}

/// <summary>Several things in brackets: a point, or an interval.</summary>
internal sealed record Bracketed(char Open, IReadOnlyList<Node> Items, char Close) : Node
{
    public bool IsInterval => Items.Count == 2;
    public override IReadOnlyList<Node> Parts => Items;
    public override Node With(IReadOnlyList<Node> parts) => new Bracketed(Open, parts, Close);
    public override string ToString() => $"{Open}{Join(", ", Items)}{Close}";
}

/// <summary>A set by its members.</summary>
internal sealed record Members(IReadOnlyList<Node> Items) : Node
{
    public override IReadOnlyList<Node> Parts => Items;
    public override Node With(IReadOnlyList<Node> parts) => new Members(parts);
    public override string ToString() => $"{{{Join(", ", Items)}}}";
}

/// <summary>A set by a condition.</summary>
internal sealed record SuchThat(Node Variable, Node Condition) : Node
{
    public override IReadOnlyList<Node> Parts => [Variable, Condition];
    public override Node With(IReadOnlyList<Node> parts) => new SuchThat(parts[0], parts[1]);
    public override string ToString() => $"{{{Variable} | {Condition}}}";
}

/// <summary>Several answers without brackets; alternatives if an "or" stands between them, together if an "and" does.</summary>
internal sealed record Several(IReadOnlyList<Node> Items, bool Alternatives = false, bool Together = false) : Node
{
    public override IReadOnlyList<Node> Parts => Items;
    public override Node With(IReadOnlyList<Node> parts) => new Several(parts, Alternatives, Together);
    public override string ToString() => Join(Alternatives ? " or " : ", ", Items);
}

/// <summary>Sets put together by ∪, ∩ or \.</summary>
internal sealed record SetOperation(char Sign, Node Left, Node Right) : Node
{
    public override IReadOnlyList<Node> Parts => [Left, Right];
    public override Node With(IReadOnlyList<Node> parts) => new SetOperation(Sign, parts[0], parts[1]);
    public override string ToString() => $"({Left} {Sign} {Right})";
}

/// <summary>Things with relations between them, such as a &lt; b &lt; c.</summary>
internal sealed record Chain(IReadOnlyList<Node> Links, IReadOnlyList<string> Signs) : Node
{
    public bool IsEquation => Signs.All(s => s == "=");
    public override IReadOnlyList<Node> Parts => Links;
    public override Node With(IReadOnlyList<Node> parts) => new Chain(parts, Signs);
    public override string ToString() => $"{Links[0]}{string.Concat(Signs.Zip(Links.Skip(1), (s, l) => $" {s} {l}"))}";
}

/// <summary>Rows of a matrix; a column vector has rows of one.</summary>
internal sealed record Matrix(IReadOnlyList<IReadOnlyList<Node>> Rows) : Node
{
    public override IReadOnlyList<Node> Parts => [.. Rows.SelectMany(r => r)];

    public override Node With(IReadOnlyList<Node> parts)
    {
        var at = 0;
        return new Matrix([.. Rows.Select(r => (IReadOnlyList<Node>)[.. r.Select(_ => parts[at++])])]);
    }

    public override string ToString() => $"[{string.Join("; ", Rows.Select(r => Join(", ", r)))}]";
}

/// <summary>Something said in words.</summary>
internal sealed record Words(string Text) : Node
{
    public override string ToString() => $"\"{Text}\"";
}

/// <summary>Something with a unit, or with any words behind it.</summary>
internal sealed record Quantity(Node Value, string Unit) : Node
{
    public override IReadOnlyList<Node> Parts => [Value];
    public override Node With(IReadOnlyList<Node> parts) => new Quantity(parts[0], Unit);
    public override string ToString() => $"{Value} [{Unit}]";
}

/// <summary>Quantities that count together, such as 7 hours 30 minutes.</summary>
internal sealed record Compound(IReadOnlyList<Node> Quantities) : Node
{
    public override IReadOnlyList<Node> Parts => Quantities;
    public override Node With(IReadOnlyList<Node> parts) => new Compound(parts);
    public override string ToString() => Join(" and ", Quantities);
}

/// <summary>Digits in a base other than ten.</summary>
internal sealed record Based(string Digits, int Base) : Node
{
    public override string ToString() => $"{Digits}_{Base}";
}

/// <summary>A ratio, or a time of day where it can be one.</summary>
internal sealed record Ratio(IReadOnlyList<Node> Terms, bool MayBeTime) : Node
{
    public override IReadOnlyList<Node> Parts => Terms;
    public override Node With(IReadOnlyList<Node> parts) => new Ratio(parts, MayBeTime);
    public override string ToString() => Join(" : ", Terms);
}
