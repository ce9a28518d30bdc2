namespace Softly.Tasks.Mathematics;

/// <summary>
/// Whether a given answer is the wanted one. The kind of the wanted answer decides what is compared: numbers, expressions,
/// points, lists, sets, intervals, matrices, relations, words. Numbers are in the other half.
/// </summary>
/// <param name="options">Where people differ.</param>
/// <param name="effort">What it may cost.</param>
internal sealed partial class Comparison(MathOptions options, Effort effort)
{
    private readonly Canon _canon = new(effort);
    private readonly NumericIdentity _identity = new(effort);
    private int _depth;

    /// <summary>The rule that spoke last.</summary>
    public string Rule { get; private set; } = "";

    /// <summary>Whether the given answer counts as the wanted one.</summary>
    public bool Same(Node wanted, Node given)
    {
        effort.Step(5);
        Effort.Depth(++_depth);
        try
        {
            return Decide(Settled(wanted), Settled(given));
        }
        finally
        {
            _depth--;
        }
    }

    private bool Decide(Node wanted, Node given)
    {
        // one answer in two spellings, as in "15 39/40, or 639/40"
        if (!options.Multiset && given is Several listed && wanted is not (Several or Members)
            && Distinct(listed.Items) is [var only])
            given = Settled(only);
        // a residue may go without its modulus; where the reference has one, a given one must be the same
        if (given is Chain { Signs: ["mod"] } residue && wanted is not Chain { Signs: [.., "mod"] }) given = residue.Links[0];
        switch (wanted)
        {
            case Chain { Signs: ["mod"] } wantedResidue:
                return given is Chain { Signs: [.., "mod"] } congruence
                    ? Congruent(wantedResidue.Links[0], wantedResidue.Links[1], congruence.Links[^2], congruence.Links[^1])
                    : Same(wantedResidue.Links[0], given);
            case Several several:
                return Lists(several, given);
            case Members members:
                return Sets(members, given);
            case SuchThat such:
                return given is SuchThat other && Key(such) == Key(other) && By("the same condition") || RealSets(wanted, given);
            case Chain chain:
                return Relations(chain, given);
            case Bracketed bracketed:
                return Brackets(bracketed, Unnamed(given));
            case SetOperation or NamedSet:
                given = Unnamed(given);
                if (wanted == NamedSet.Empty && given is Words none && Spelling.Words(none.Text) is "no solution"
                    or "no solutions" or "no real solution" or "no real solutions" or "empty set" or "none")
                    return By("no solution");
                return Key(wanted) == Key(given) && By("the same set") || RealSets(wanted, given);
            case Matrix matrix:
                return Matrices(matrix, Unnamed(given));
            case Ratio ratio:
                return Ratios(ratio, Unnamed(given));
            case Words words:
                return By("words") && Spelling.Words(words.Text) == Spelling.Words(given is Words said ? said.Text : $"{given}");
            case Compound or Quantity or Degrees:
                return Quantities(wanted, Unnamed(given));
            case Based based:
                return Bases(based, Unnamed(given));
            default:
                return Expressions(wanted, Unnamed(given));
        }
    }

    private bool By(string rule)
    {
        Rule = rule;
        return true;
    }

    private string Key(Node node) => _canon.Key(node);

    /// <summary>Either-or signs spelled out, matrices multiplied by their factors, what is alone unwrapped.</summary>
    private Node Settled(Node node)
    {
        if (node.Has(n => n is PlusMinus)) node = Branches(node);
        if (node.Has(n => n is Call { Function: "det", Arguments: [Matrix] }))
            node = node.Map(n => n is Call { Function: "det", Arguments: [Matrix square] }
                ? MatrixAlgebra.Determinant(square) ?? n : n);
        if (node is Product or Negative or Sum or Quotient or Power && MatrixAlgebra.Of(node) is { } matrix) node = matrix;
        if (node is Product { Factors: [Symbol { Name: var point }, Bracketed { Open: '(', Close: ')' } place] }
            && char.IsAsciiLetterUpper(point[0]))
            node = new Chain([new Symbol(point), place], ["="]); // A(1,2) is the point A = (1,2)
        // that a letter is any whole number goes without saying
        if (node is Several several && several.Items.Any(IsAnyWhole)
            && several.Items.Where(i => !IsAnyWhole(i)).ToArray() is { Length: > 0 } rest)
            node = rest is [var single] ? single : new Several(rest, several.Alternatives, several.Together);
        if (node is SuchThat { Variable: Symbol element, Condition: Chain { Signs: ["in"], Links: [Symbol of, var from] } }
            && element == of) node = from;
        if (node is Chain { Links: [var left, var right], Signs: ["="] } && IsConstant(left) && Statement.IsQuantityName(right))
            node = new Chain([right, left], ["="]);
        return node;
    }

    private static bool IsAnyWhole(Node node) => node is Chain { Signs: ["in"], Links: [Symbol, NamedSet { Name: "Z" }] };

    /// <summary>An answer with ± in it is two answers: with all the upper signs and with all the lower ones.</summary>
    private Node Branches(Node node)
    {
        switch (node)
        {
            case Several several:
                return new Several([.. several.Items.SelectMany(Spread)], several.Alternatives, several.Together);
            case Members members:
                return new Members([.. members.Items.SelectMany(Spread)]);
            case Chain { Signs: ["in"] } chain:
                return new Chain([chain.Links[0], Branches(chain.Links[1])], chain.Signs);
            default:
                return new Several([.. Spread(node)], true);
        }

        IEnumerable<Node> Spread(Node item) => !item.Has(n => n is PlusMinus) ? [item]
            : [Branch(item, true), Branch(item, false)];

        static Node Branch(Node item, bool upper) =>
            item.Map(n => n is PlusMinus p ? p.MinusFirst == upper ? new Negative(p.Value) : p.Value : n);
    }

    /// <summary>What is left of a given answer when the name before it is taken off.</summary>
    private Node Unnamed(Node given)
    {
        if (given is Chain { Signs: ["in"], Links: [var member, var set] } && Statement.IsQuantityName(member))
            return Settled(set);
        if (given is not Chain { IsEquation: true } chain) return given;
        var first = chain.Links[0];
        var last = chain.Links[^1];
        // a chain that begins with a number must not lie: 7 = 8 is no way to say 8
        if (IsConstant(first)) return IsConstant(last) && Expressions(first, last) ? Settled(last) : given;
        if (!Statement.IsAsked(first) || IsExpression(last) && IsExpression(first) && Key(first) == Key(last)) return given;
        return Settled(last);
    }

    private static bool IsExpression(Node node) =>
        !node.Has(n => n is Several or Members or SuchThat or Chain or Bracketed or SetOperation
            or NamedSet or Matrix or Ratio or Words or Ellipsis or Compound or PlusMinus or Based);

    private static bool IsConstant(Node node) => IsExpression(node) && Statement.Infinite(node) == 0
        && !node.Has(n => n is Symbol or Application or Quantity);

    /// <summary>Lists: unordered unless their members have names of their own.</summary>
    private bool Lists(Several wanted, Node given)
    {
        if (AreConditions(wanted) && given is Several conditions && AreConditions(conditions))
        {
            if (wanted.Alternatives && conditions.Together || wanted.Together && conditions.Alternatives)
                return RealSets(wanted, given) || !By("\"and\" is not \"or\"");
            if (RealSetOf(wanted) is not null && RealSetOf(given) is not null) return RealSets(wanted, given);
        }
        if (RealSetOf(wanted) is not null && RealSets(wanted, given)) return true;
        var (labels, values) = Labelled(wanted.Items);
        IReadOnlyList<Node> others;
        var ordered = false;
        switch (given is Chain { Signs: ["="], Links: [Bracketed, Bracketed] } ? Unnamed(given) : given)
        {
            case Several several:
                others = several.Items;
                break;
            case Members members:
                others = members.Items;
                break;
            case Chain { Signs: ["in"], Links: [_, Members inside] }:
                others = inside.Items;
                break;
            case Bracketed { Open: '(', Close: ')' } tuple:
                others = tuple.Items;
                ordered = true;
                break;
            default:
                // one thing repeated is one thing
                return Distinct(values) is [var only] && !options.Multiset ? Same(only, given) : !By("a list is not one answer");
        }
        var (otherLabels, otherValues) = Labelled(others);
        By("a list");
        if (labels.Distinct().Count() > 1)
        {
            // each member has its own name
            if (otherLabels.Any(l => l is not null))
                return Matched(wanted.Items, others, (a, b) => Same(a, b));
            return values.Count == otherValues.Count && values.Zip(otherValues).All(p => Same(p.First, p.Second))
                && By("a list in order");
        }
        if (labels[0] is { } label && otherLabels.Any(l => l is not null && l.Split('_')[0] != label.Split('_')[0]))
            return !By("another name");
        if (ordered)
            return values.Count == otherValues.Count && values.Zip(otherValues).All(p => Same(p.First, p.Second))
                && By("a list in order");
        return Unordered(values, otherValues);
    }

    private static bool AreConditions(Several several) => several.Items.All(i => i is Chain { IsEquation: false });

    /// <summary>
    /// Names and values of members; null where there is no name, or where only the first has one that stands for all.
    /// </summary>
    private (List<string?> Labels, List<Node> Values) Labelled(IReadOnlyList<Node> items)
    {
        var labels = new List<string?>();
        var values = new List<Node>();
        foreach (var item in items)
        {
            var settled = Settled(item);
            if (settled is Chain { IsEquation: true } chain && Statement.IsAsked(chain.Links[0]) && !IsConstant(chain.Links[0]))
            {
                labels.Add(chain.Links[0].ToString());
                values.Add(chain.Links[^1]);
            }
            else
            {
                labels.Add(null);
                values.Add(settled);
            }
        }
        if (labels[0] is { } first && labels.Skip(1).All(l => l is null)) labels = [.. labels.Select(_ => first)];
        return (labels, values);
    }

    private bool Sets(Members wanted, Node given)
    {
        given = given is Several ? given : Unnamed(given);
        By("a set");
        switch (given)
        {
            case Members members:
                return Unordered(wanted.Items, members.Items);
            case Several several:
                return Unordered(wanted.Items, Labelled(several.Items).Values);
            case SetOperation:
                return RealSets(wanted, given);
            default:
                return wanted.Items is [var only] && Same(only, given);
        }
    }

    private bool Unordered(IReadOnlyList<Node> wanted, IReadOnlyList<Node> given)
    {
        if (!options.Multiset)
        {
            wanted = Distinct(wanted);
            given = Distinct(given);
        }
        return Matched(wanted, given, Same);
    }

    private List<Node> Distinct(IReadOnlyList<Node> items)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. items.Where(i => seen.Add(Key(i)))];
    }

    /// <summary>Whether every wanted member finds a given one of its own: augmenting paths in the graph of what agrees.</summary>
    private bool Matched(IReadOnlyList<Node> wanted, IReadOnlyList<Node> given, Func<Node, Node, bool> same)
    {
        if (wanted.Count != given.Count || wanted.Count > 200) return false;
        var count = wanted.Count;
        var agree = new bool?[count, count];
        var taken = Enumerable.Repeat(-1, count).ToArray();
        for (var i = 0; i < count; i++)
            if (!Augment(i, new bool[count])) return false;
        return By($"{count} members matched");

        bool Augment(int i, bool[] seen)
        {
            for (var j = 0; j < count; j++)
            {
                if (seen[j] || !(agree[i, j] ??= same(wanted[i], given[j]))) continue;
                seen[j] = true;
                if (taken[j] >= 0 && !Augment(taken[j], seen)) continue;
                taken[j] = i;
                return true;
            }
            return false;
        }
    }

    private bool Brackets(Bracketed wanted, Node given)
    {
        By("members in order");
        var mayBeVector = wanted is { Open: '(', Close: ')' } || wanted.Items.Count != 2;
        switch (given)
        {
            case Bracketed other:
                if (other.Items.Count != wanted.Items.Count) return false;
                if (wanted.Items.Count == 2 && (wanted.Open != other.Open || wanted.Close != other.Close))
                    return !By("brackets differ");
                return wanted.Items.Zip(other.Items).All(p => Same(p.First, p.Second)) && By("members in order");
            case Several several when mayBeVector && !several.Alternatives:
                var values = Labelled(several.Items).Values;
                return values.Count == wanted.Items.Count && wanted.Items.Zip(values).All(p => Same(p.First, p.Second))
                    && By("members in order");
            case Matrix vector when mayBeVector && (vector.Rows.Count == 1 || vector.Rows[0].Count == 1):
                return vector.Parts.Count == wanted.Items.Count
                    && wanted.Items.Zip(vector.Parts).All(p => Same(p.First, p.Second))
                    && By("members of a vector");
            case Chain chain when !chain.IsEquation:
                return options.RelationForInterval ? RealSets(wanted, given) : !By("a relation is no interval");
            case SuchThat or SetOperation or NamedSet:
                return RealSets(wanted, given);
            default:
                return false;
        }
    }

    private bool Matrices(Matrix wanted, Node given)
    {
        By("a matrix");
        if (given is Bracketed { } tuple && (wanted.Rows.Count == 1 || wanted.Rows[0].Count == 1)
            && (tuple is { Open: '(', Close: ')' } || tuple.Items.Count != 2))
            return tuple.Items.Count == wanted.Parts.Count && wanted.Parts.Zip(tuple.Items).All(p => Same(p.First, p.Second));
        return given is Matrix other && wanted.Rows.Count == other.Rows.Count && wanted.Rows[0].Count == other.Rows[0].Count
            && wanted.Parts.Zip(other.Parts).All(p => Same(p.First, p.Second)) && By("a matrix");
    }

    private List<Stretch>? RealSetOf(Node node) => new RealSet(Order).Of(node);

    /// <summary>Two descriptions of a set of real numbers.</summary>
    private bool RealSets(Node wanted, Node given)
    {
        if (RealSetOf(wanted) is not { } a || RealSetOf(given) is not { } b) return false;
        // two conditions must be about one letter, unless it is bound by a set's braces
        if (wanted is not SuchThat && given is not SuchThat && wanted.Symbols() is { Count: > 0 } ours
            && given.Symbols() is { Count: > 0 } theirs && !ours.SetEquals(theirs)) return !By("another name");
        By("a set of real numbers");
        return a.Count == b.Count && a.Zip(b).All(p => p.First.LowClosed == p.Second.LowClosed
            && p.First.HighClosed == p.Second.HighClosed && Expressions(p.First.Low, p.Second.Low)
            && Expressions(p.First.High, p.Second.High)) && By("a set of real numbers");
    }

    private bool Relations(Chain wanted, Node given)
    {
        if (wanted.IsEquation) return Equations(wanted, given);
        if (wanted is { Signs: ["in"], Links: [var member, var set] })
        {
            if (given is Chain { Signs: ["in"], Links: [var otherMember, var otherSet] })
                return Same(member, otherMember) && Same(set, otherSet);
            if (given is Chain && !options.RelationForInterval) return !By("a relation is no set");
            return given is Chain ? RealSets(wanted, given) : Same(set, given);
        }
        if (given is Bracketed or SetOperation or NamedSet or SuchThat or Chain { Signs: ["in"] } or Several)
            return RealSets(wanted, given);
        if (RealSetOf(wanted) is not null && RealSets(wanted, given)) return true;
        if (given is not Chain other || other.IsEquation) return !By("a relation is not a value");
        if (wanted.Signs.Any(s => Ordering(s) is null) || other.Signs.Any(s => Ordering(s) is null))
            return wanted.Signs.SequenceEqual(other.Signs) && Congruent(wanted, other);
        // each link by itself, in any order
        var ours = Links(wanted);
        var theirs = Links(other);
        return Matched(ours, theirs, (a, b) => Inequality((Chain)a, (Chain)b)) && By("inequalities");
    }

    private static string? Ordering(string sign) => sign is "<" or "<=" or ">" or ">=" or "!=" or "=" ? sign : null;

    private static List<Node> Links(Chain chain) =>
        [.. chain.Signs.Select((s, i) => new Chain([chain.Links[i], chain.Links[i + 1]], [s]))];

    private bool Inequality(Chain a, Chain b)
    {
        if (!a.Links.Concat(b.Links).All(IsExpression)) return Key(a) == Key(b);
        var (sign, other) = (a.Signs[0], b.Signs[0]);
        if (a.Links.Any(l => Statement.Infinite(l) != 0) || b.Links.Any(l => Statement.Infinite(l) != 0))
            return sign == other && Same(a.Links[0], b.Links[0]) && Same(a.Links[1], b.Links[1])
                || sign == RealSet.Flipped(other) && Same(a.Links[0], b.Links[1]) && Same(a.Links[1], b.Links[0]);
        if (AreConstants(a) && AreConstants(b)) return SameLinks(a, b);
        var left = Difference(a.Links, sign.StartsWith('<'));
        var right = Difference(b.Links, other.StartsWith('<'));
        if ((sign.StartsWith('<') ? RealSet.Flipped(sign) : sign) != (other.StartsWith('<') ? RealSet.Flipped(other) : other))
            return false;
        return Proportional(left, right, positive: sign is not ("!=" or "="));
    }

    /// <summary>Whether a relation is one of numbers: moved to one side it would be a multiple of any other.</summary>
    private static bool AreConstants(Chain chain) =>
        chain.Links.All(l => !NumericIdentity.HasOpaque(l)) && NumericIdentity.Free([.. chain.Links]).Count == 0;

    /// <summary>Two relations of two sides each, side by side, or with the sides exchanged.</summary>
    private bool SameLinks(Chain a, Chain b) =>
        (a.Signs[0] == b.Signs[0] && Same(a.Links[0], b.Links[0]) && Same(a.Links[1], b.Links[1])
            || a.Signs[0] == RealSet.Flipped(b.Signs[0]) && Same(a.Links[0], b.Links[1]) && Same(a.Links[1], b.Links[0]))
        && By("the same sides");

    /// <summary>One side less the other; the larger side first for what is less.</summary>
    private static Sum Difference(IReadOnlyList<Node> links, bool swapped) =>
        swapped ? new Sum([links[1], new Negative(links[0])]) : new Sum([links[0], new Negative(links[1])]);

    private bool Proportional(Node a, Node b, bool positive)
    {
        if (_canon.Of(a) is { } x && _canon.Of(b) is { } y)
        {
            if (x.Count == 0 || y.Count == 0 || x.Value is not null || y.Value is not null) return false;
            var factor = x.Leading / y.Leading;
            if ((!positive || factor.Sign > 0) && y.Times(factor).Key == x.Key) return By("equal up to a factor, exactly");
        }
        return _identity.Proportional(a, b, positive) == Finding.Equal && By("equal up to a factor, at random points");
    }

    /// <summary>Congruences: one modulus, and residues that differ by a multiple of it. Other relations side by side.</summary>
    private bool Congruent(Chain wanted, Chain given)
    {
        if (wanted.Signs is ["equiv", "mod"])
            return Same(wanted.Links[0], given.Links[0])
                && Congruent(wanted.Links[1], wanted.Links[2], given.Links[1], given.Links[2]);
        return wanted.Links.Count == given.Links.Count && wanted.Links.Zip(given.Links).All(p => Same(p.First, p.Second));
    }

    /// <summary>Residues that differ by a multiple of the modulus, which must be the same one.</summary>
    private bool Congruent(Node residue, Node modulus, Node given, Node givenModulus)
    {
        if (_canon.Of(modulus)?.Value is not { IsZero: false } number || _canon.Of(givenModulus)?.Value is not { } other)
            return Same(modulus, givenModulus) && Same(residue, given);
        if (number.Abs() != other.Abs()) return !By("another modulus");
        return (_canon.Of(new Sum([residue, new Negative(given)]))?.Value is { } gap && (gap / number).IsWhole
            || Same(residue, given)) && By("a congruence");
    }

    private bool Equations(Chain wanted, Node given)
    {
        var name = wanted.Links[0];
        var value = wanted.Links[^1];
        var named = Statement.IsQuantityName(name);
        if (given is Chain { IsEquation: true } other)
        {
            var otherName = other.Links[0];
            if (named && Statement.IsQuantityName(otherName) && Key(name) == Key(otherName)
                && !Echoes(otherName, other.Links[^1])) return Same(value, other.Links[^1]);
            if (named && IsConstant(otherName) && other.Links.Count == 2 && !IsConstant(other.Links[1]))
                return Equations(wanted, new Chain([other.Links[1], otherName], ["="]));
            if (wanted.Links.Count == 2 && other.Links.Count == 2 && wanted.Links.Concat(other.Links).All(IsExpression))
                return AreConstants(wanted) && AreConstants(other) ? SameLinks(wanted, other)
                    : Proportional(Difference(wanted.Links, false), Difference(other.Links, false), positive: false);
            return Key(wanted) == Key(other) && By("the same equation");
        }
        if (given is Chain { Signs: ["in"] }) return false;
        if (Statement.IsReferenceName(name) && !Echoes(name, value)) return Same(value, given);
        return !By("an equation is not a value");
    }

    /// <summary>Whether an equation only repeats its left side.</summary>
    private bool Echoes(Node name, Node value) => IsExpression(name) && IsExpression(value) && Key(name) == Key(value);
}
