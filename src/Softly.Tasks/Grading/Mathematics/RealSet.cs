namespace Softly.Tasks.Mathematics;

/// <summary>A stretch of the real line; infinite ends are open.</summary>
internal readonly record struct Stretch(Node Low, bool LowClosed, Node High, bool HighClosed);

/// <summary>Sets of real numbers as disjoint stretches in order: intervals, unions, single points, conditions on one letter.</summary>
/// <param name="order">Compares two ends; null where it cannot tell.</param>
internal sealed class RealSet(Func<Node, Node, int?> order)
{
    private static readonly Node Above = Constant.Infinity;
    private static readonly Node Below = new Negative(Constant.Infinity);

    /// <summary>The stretches of what describes a set; null where it describes none, or its ends cannot be ordered.</summary>
    public List<Stretch>? Of(Node node)
    {
        switch (node)
        {
            case NamedSet { Name: "R" }:
                return [new Stretch(Below, false, Above, false)];
            case NamedSet { Name: "emptyset" }:
                return [];
            case NamedSet { Name: "R^+" or "R_+" or "R_{+}" }:
                return [new Stretch(new Number(0), false, Above, false)];
            case NamedSet { Name: "R^-" or "R_-" }:
                return [new Stretch(Below, false, new Number(0), false)];
            case Bracketed { Items: [var low, var high] } b:
                if (Statement.Infinite(low) < 0 && b.Open == '[' || Statement.Infinite(high) > 0 && b.Close == ']') return null;
                return order(low, high) is <= 0 ? [new Stretch(low, b.Open == '[', high, b.Close == ']')] : null;
            case Members m when m.Items.All(IsEnd):
                return Union(m.Items.Select(i => new Stretch(i, true, i, true)));
            case SetOperation { Sign: '∪' } u:
                return Of(u.Left) is { } a && Of(u.Right) is { } b2 ? Union(a.Concat(b2)) : null;
            case SetOperation { Sign: '∩' } i:
                return Of(i.Left) is { } c && Of(i.Right) is { } d ? Intersection(c, d) : null;
            case SetOperation { Sign: '\\' } without:
                return Of(without.Left) is { } e && Of(without.Right) is { } f && Complement(f) is { } outside ? Intersection(e, outside) : null;
            case Chain { Signs: ["in"], Links: [_, var set] }:
                return Of(set);
            case Chain chain:
                return OfChain(chain);
            case SuchThat s:
                return OfCondition(s.Condition);
            case Several { Alternatives: true } s:
                return OneLetter(s.Items) ? UnionOf(s.Items) : null;
            default:
                return null;
        }
    }

    /// <summary>A condition in which commas and "and" mean that all hold.</summary>
    private List<Stretch>? OfCondition(Node condition)
    {
        if (condition is not Several { Alternatives: false } all) return Of(condition);
        if (!OneLetter(all.Items)) return null;
        List<Stretch>? result = null;
        foreach (var item in all.Items)
        {
            if (Of(item) is not { } set) return null;
            result = result is null ? set : Intersection(result, set);
            if (result is null) return null;
        }
        return result;
    }

    private static bool OneLetter(IReadOnlyList<Node> items) =>
        items.All(i => i is Chain) && items.Select(i => i.Symbols()).Aggregate((a, b) => [.. a.Union(b)]).Count == 1;

    private List<Stretch>? UnionOf(IReadOnlyList<Node> items)
    {
        var all = new List<Stretch>();
        foreach (var item in items)
        {
            if (Of(item) is not { } set) return null;
            all.AddRange(set);
        }
        return Union(all);
    }

    /// <summary>A chain such as a &lt; x ≤ b, x > a or x ≠ a.</summary>
    private List<Stretch>? OfChain(Chain chain)
    {
        if (chain is { Links: [var l, var r], Signs: [var sign] })
        {
            if (IsEnd(l) && Statement.IsQuantityName(r) && !IsEnd(r)) (l, r, sign) = (r, l, Flipped(sign));
            if (!Statement.IsQuantityName(l) || IsEnd(l) || !IsEnd(r)) return null;
            return sign switch
            {
                "<" => [new Stretch(Below, false, r, false)],
                "<=" => [new Stretch(Below, false, r, true)],
                ">" => [new Stretch(r, false, Above, false)],
                ">=" => [new Stretch(r, true, Above, false)],
                "!=" => [new Stretch(Below, false, r, false), new Stretch(r, false, Above, false)],
                "=" => [new Stretch(r, true, r, true)],
                _ => null,
            };
        }
        if (chain is not { Links: [var low, var middle, var high], Signs: [var first, var second] }) return null;
        if (first.StartsWith('>') && second.StartsWith('>'))
            (low, high, first, second) = (high, low, Flipped(second), Flipped(first));
        if (!first.StartsWith('<') || !second.StartsWith('<') || !IsEnd(low) || !IsEnd(high)
            || !Statement.IsQuantityName(middle)) return null;
        return order(low, high) is <= 0
            ? [new Stretch(low, first == "<=" && Statement.Infinite(low) == 0, high, second == "<=" && Statement.Infinite(high) == 0)] : null;
    }

    public static string Flipped(string sign) => sign switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => sign };

    private static bool IsEnd(Node node) => Statement.Infinite(node) != 0 || node.Symbols().Count == 0
        && !node.Has(n => n is Bracketed or Members or Several or Chain or Words or Matrix or SetOperation or NamedSet or Ellipsis or Application);

    private List<Stretch>? Union(IEnumerable<Stretch> stretches)
    {
        var left = stretches.ToList();
        if (left.Count > 50) return null;
        var result = new List<Stretch>();
        while (left.Count > 0)
        {
            // the leftmost one, then everything that touches it
            var first = left[0];
            foreach (var other in left)
            {
                if (order(other.Low, first.Low) is not { } o) return null;
                if (o < 0 || o == 0 && other.LowClosed && !first.LowClosed) first = other;
            }
            left.Remove(first);
            if (result.Count > 0)
            {
                var last = result[^1];
                if (order(first.Low, last.High) is not { } gap) return null;
                if (gap < 0 || gap == 0 && (first.LowClosed || last.HighClosed))
                {
                    if (order(first.High, last.High) is not { } reach) return null;
                    if (reach > 0) last = last with { High = first.High, HighClosed = first.HighClosed };
                    else if (reach == 0) last = last with { HighClosed = last.HighClosed || first.HighClosed };
                    result[^1] = last;
                    continue;
                }
            }
            result.Add(first);
        }
        return result;
    }

    private List<Stretch>? Intersection(List<Stretch> a, List<Stretch> b)
    {
        var result = new List<Stretch>();
        foreach (var x in a)
            foreach (var y in b)
            {
                if (order(x.Low, y.Low) is not { } low || order(x.High, y.High) is not { } high) return null;
                var (from, fromClosed) = low > 0 ? (x.Low, x.LowClosed) : low < 0 ? (y.Low, y.LowClosed) : (x.Low, x.LowClosed && y.LowClosed);
                var (to, toClosed) = high < 0 ? (x.High, x.HighClosed) : high > 0 ? (y.High, y.HighClosed) : (x.High, x.HighClosed && y.HighClosed);
                if (order(from, to) is not { } length) return null;
                if (length < 0 || length == 0 && fromClosed && toClosed) result.Add(new Stretch(from, fromClosed, to, toClosed));
            }
        return Union(result);
    }

    private static List<Stretch> Complement(List<Stretch> set)
    {
        var result = new List<Stretch>();
        var (from, closed) = (Below, false);
        foreach (var s in set)
        {
            if (Statement.Infinite(s.Low) == 0) result.Add(new Stretch(from, closed, s.Low, !s.LowClosed));
            (from, closed) = (s.High, !s.HighClosed);
        }
        if (Statement.Infinite(from) <= 0) result.Add(new Stretch(from, closed, Above, false));
        return result;
    }
}
