using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>A product of atoms with exponents; the atoms sorted.</summary>
internal sealed record Monomial(IReadOnlyList<(string Atom, Rational Exponent)> Factors)
{
    public static Monomial One { get; } = new([]);

    public string Key { get; } = string.Join("*", Factors.Select(f => f.Exponent.IsOne ? f.Atom : $"{f.Atom}^{f.Exponent}"));
}

/// <summary>
/// The canonical form of an expression: a sum of monomials with fractions before them, sorted. Atoms are letters, π, e, i, primes
/// under roots, and functions of canonical forms. Equal forms are equal expressions; different forms may be.
/// </summary>
internal sealed class Form
{
    private readonly SortedDictionary<string, (Monomial Monomial, Rational Coefficient)> _terms = new(StringComparer.Ordinal);

    private Form() { }

    public static Form Zero { get; } = new();
    public static Form One { get; } = Of(1);

    public int Count => _terms.Count;
    public IEnumerable<(Monomial Monomial, Rational Coefficient)> Terms => _terms.Values;

    /// <summary>The fraction that it is; null where it is none.</summary>
    public Rational? Value => Count == 0 ? Rational.Zero
        : Count == 1 && _terms.First().Value is { Monomial.Factors.Count: 0 } only ? only.Coefficient : null;

    /// <summary>The coefficient of the first term; 0 where there is none.</summary>
    public Rational Leading => Count == 0 ? Rational.Zero : _terms.First().Value.Coefficient;

    public string Key => Count == 0 ? "0" : string.Join(" + ", _terms.Select(t =>
        t.Key.Length == 0 ? t.Value.Coefficient.ToString() : t.Value.Coefficient.IsOne ? t.Key : $"{t.Value.Coefficient}*{t.Key}"));

    public static Form Of(Rational value) => Of(Monomial.One, value);

    public static Form Of(string atom) => Of(new Monomial([(atom, Rational.One)]), Rational.One);

    public static Form Of(Monomial monomial, Rational coefficient)
    {
        var form = new Form();
        if (!coefficient.IsZero) form._terms[monomial.Key] = (monomial, coefficient);
        return form;
    }

    public Form Plus(Form other)
    {
        var sum = new Form();
        foreach (var (key, term) in _terms) sum._terms[key] = term;
        foreach (var (key, term) in other._terms) sum.Add(key, term.Monomial, term.Coefficient);
        return sum;
    }

    public Form Times(Rational factor)
    {
        var product = new Form();
        if (!factor.IsZero)
            foreach (var (key, term) in _terms) product._terms[key] = (term.Monomial, term.Coefficient * factor);
        return product;
    }

    private void Add(string key, Monomial monomial, Rational coefficient)
    {
        var total = _terms.TryGetValue(key, out var known) ? known.Coefficient + coefficient : coefficient;
        if (total.Bits > Effort.MaxBits) throw new OverBudgetException("a number has too many digits");
        if (total.IsZero) _terms.Remove(key); else _terms[key] = (monomial, total);
    }

    public Form Times(Form other, Effort effort)
    {
        var product = new Form();
        foreach (var a in Terms)
            foreach (var b in other.Terms)
            {
                effort.Step(3);
                var (monomial, factor) = Canon.Merged(a.Monomial, b.Monomial, effort);
                product.Add(monomial.Key, monomial, a.Coefficient * b.Coefficient * factor);
            }
        return product;
    }
}

/// <summary>Brings expressions to their canonical form.</summary>
internal sealed class Canon(Effort effort)
{
    private const int MaxTerms = 400;
    private const int MaxPower = 64;

    /// <summary>The form; null where the expression has no value, or none that can be written out.</summary>
    public Form? Of(Node node)
    {
        effort.Step();
        switch (node)
        {
            case Number n: return Form.Of(n.Value);
            case Symbol s: return Form.Of(s.Name);
            case Constant { Name: Constant.InfinityName }: return null;
            case Constant c: return Form.Of(c.Name);
            case Sum s: return Fold(s.Terms, Form.Zero, (a, b) => a.Plus(b));
            case Product p: return Fold(p.Factors, Form.One, Times);
            case Negative n: return Of(n.Value)?.Times(-1);
            case Percent p: return Of(p.Value)?.Times(Rational.Of(1, 100));
            case Degrees d: return Of(d.Value);
            case Quotient q: return Of(q.Above) is { } above && Of(q.Below) is { } below && Power(below, -1) is { } inverse
                ? Times(above, inverse) : null;
            case Power p: return Of(p.Base) is { } basis && Of(p.Exponent) is { } exponent ? Power(basis, exponent) : null;
            case Root r: return OfRoot(r);
            case Call c: return OfCall(c);
            case Application a: return Parts(a.Arguments) is { } parts ? Form.Of($"{a.Function}({parts})") : null;
            case Series s: return OfSeries(s);
            case Unevaluated u: return Form.Of($"{u.Kind}({string.Join(";", u.Parts.Select(Key))})");
            default: return null;
        }
    }

    /// <summary>A text that is equal for equal things; for what has no form, as it was read.</summary>
    public string Key(Node node) => node is Chain chain
        ? string.Concat(chain.Links.Select((l, i) => i == 0 ? Key(l) : $" {chain.Signs[i - 1]} {Key(l)}"))
        : Of(node)?.Key ?? node.ToString();

    /// <summary>The product of two monomials, and the fraction that comes out of roots and of powers of i.</summary>
    public static (Monomial Monomial, Rational Factor) Merged(Monomial a, Monomial b, Effort effort)
    {
        if (a.Factors.Count == 0) return (b, Rational.One);
        if (b.Factors.Count == 0) return (a, Rational.One);
        var exponents = new SortedDictionary<string, Rational>(StringComparer.Ordinal);
        foreach (var (atom, exponent) in a.Factors.Concat(b.Factors))
            exponents[atom] = exponents.TryGetValue(atom, out var known) ? known + exponent : exponent;
        return Settled(exponents, effort);
    }

    private static (Monomial Monomial, Rational Factor) Settled(SortedDictionary<string, Rational> exponents, Effort effort)
    {
        var factor = Rational.One;
        var factors = new List<(string, Rational)>();
        foreach (var (atom, exponent) in exponents)
        {
            var left = exponent;
            if (atom == "i" && exponent.IsWhole)
            {
                var quarter = (int)(((exponent.Numerator % 4) + 4) % 4);
                if (quarter >= 2) factor = -factor;
                left = quarter % 2;
            }
            else if (char.IsAsciiDigit(atom[0]))
            {
                // a whole number under a root: what is whole of its exponent comes out
                var whole = exponent.Floor();
                if (!whole.IsZero)
                {
                    factor *= Exact.Power(BigInteger.Parse(atom, System.Globalization.CultureInfo.InvariantCulture), whole)
                        ?? throw new OverBudgetException("a power is too large");
                    left = exponent - whole;
                }
            }
            effort.Step();
            if (!left.IsZero) factors.Add((atom, left));
        }
        return (new Monomial(factors), factor);
    }

    private Form? Fold(IReadOnlyList<Node> nodes, Form start, Func<Form, Form, Form?> with)
    {
        var result = start;
        foreach (var node in nodes)
        {
            if (Of(node) is not { } form || with(result, form) is not { } next) return null;
            result = next;
        }
        return result;
    }

    private Form? Times(Form a, Form b) => (long)a.Count * b.Count > MaxTerms ? null : a.Times(b, effort);

    private string? Parts(IEnumerable<Node> nodes)
    {
        var keys = nodes.Select(n => Of(n)?.Key).ToArray();
        return keys.Any(k => k is null) ? null : string.Join(",", keys);
    }

    private Form? Power(Form basis, Form exponent)
    {
        if (exponent.Value is { } number) return Power(basis, number);
        // b^(n + r) is b^n times b^r for whole n
        Rational whole = 0;
        foreach (var (monomial, coefficient) in exponent.Terms)
            if (monomial.Factors.Count == 0) whole = coefficient.Floor();
        var rest = exponent.Plus(Form.Of(-whole));
        var atom = Form.Of($"({basis.Key})^({rest.Key})");
        return whole.IsZero ? atom : Power(basis, whole) is { } outer ? Times(outer, atom) : null;
    }

    private Form? Power(Form basis, Rational exponent)
    {
        if (exponent.IsOne) return basis;
        if (basis.Value is { } value) return PowerOf(value, exponent);
        if (exponent.IsZero) return Form.One;
        if (basis.Count == 1)
        {
            var (monomial, coefficient) = basis.Terms.First();
            if (exponent.IsWhole || monomial.Factors is [{ Exponent.IsOne: true, Atom: not "i" }] && coefficient.Sign > 0)
            {
                if (PowerOf(coefficient, exponent) is not { } outer) return null;
                var exponents = new SortedDictionary<string, Rational>(StringComparer.Ordinal);
                foreach (var (atom, e) in monomial.Factors) exponents[atom] = e * exponent;
                if (exponents.Values.Any(e => e.Bits > 256)) return null;
                var (raised, factor) = Settled(exponents, effort);
                return Times(outer, Form.Of(raised, factor));
            }
        }
        if (exponent.IsWhole && exponent.Sign > 0 && exponent <= MaxPower)
        {
            var result = Form.One;
            for (var i = 0; i < (int)exponent.Numerator; i++)
            {
                if (Times(result, basis) is not { } next) return null;
                result = next;
            }
            return result;
        }
        // a sum under a root or below the bar is an atom; its common factor stays outside
        var content = basis.Leading;
        if (!exponent.IsWhole && content.Sign < 0) content = -content;
        var primitive = basis.Times(Rational.One / content);
        return PowerOf(content, exponent) is { } front
            ? Times(front, Form.Of(new Monomial([($"({primitive.Key})", exponent)]), Rational.One)) : null;
    }

    private Form? PowerOf(Rational value, Rational exponent)
    {
        if (Exact.Power(value, exponent) is { } exact) return Form.Of(exact);
        if (value.IsZero || exponent.IsWhole || exponent.Bits > 64 || value.Bits > 4096) return null;
        if (value.Sign < 0)
        {
            if (exponent.Denominator != 2) return null;
            var turn = Settled(new SortedDictionary<string, Rational>(StringComparer.Ordinal) { ["i"] = exponent.Numerator }, effort);
            return PowerOf(-value, exponent) is { } size ? Times(size, Form.Of(turn.Monomial, turn.Factor)) : null;
        }
        var exponents = new SortedDictionary<string, Rational>(StringComparer.Ordinal);
        foreach (var (prime, e) in Exact.Factors(value.Numerator, effort)) exponents[prime.ToString()] = e * exponent;
        foreach (var (prime, e) in Exact.Factors(value.Denominator, effort))
            exponents[prime.ToString()] = (exponents.TryGetValue(prime.ToString(), out var known) ? known : 0) - e * exponent;
        exponents.Remove("1");
        var (monomial, factor) = Settled(exponents, effort);
        return Form.Of(monomial, factor);
    }

    private Form? OfRoot(Root root)
    {
        if (Of(root.Radicand) is not { } radicand || Of(root.Index)?.Value is not { IsWhole: true, Sign: > 0 } index || index > 64) return null;
        // odd roots of negative constants are real, as people mean them
        if (radicand.Value is { Sign: < 0 } && !index.Numerator.IsEven)
            return PowerOf(-radicand.Value.Value, Rational.One / index)?.Times(-1);
        return Power(radicand, Rational.One / index);
    }

    private Form? OfCall(Call call)
    {
        var arguments = new List<Form>();
        foreach (var argument in call.Arguments)
        {
            if (argument is Matrix) return Form.Of($"{call.Function}({argument})");
            if (Of(IsAngle(call.Function) ? InRadians(argument) : argument) is not { } form) return null;
            arguments.Add(form);
        }
        if (arguments.All(a => a.Value is not null) && Exact.Call(call.Function, [.. arguments.Select(a => a.Value!.Value)], effort) is { } exact)
            return Form.Of(exact);
        if (call.Function is "log" && arguments is [var of, var numberBase])
        {
            // to a base: a quotient of natural logarithms
            return Logarithm(of) is { } above && Logarithm(numberBase) is { } below && Power(below, -1) is { } inverse
                ? Times(above, inverse) : null;
        }
        if (call.Function == "ln") return Logarithm(arguments[0]);
        if (KnownAngle(call.Function, arguments[0]) is { } known) return known;
        return Form.Of($"{call.Function}({string.Join(",", call.Function is "max" or "min" or "gcd" or "lcm"
            ? arguments.Select(a => a.Key).Order(StringComparer.Ordinal) : arguments.Select(a => a.Key))})");
    }

    private Form? Logarithm(Form of)
    {
        if (of.Count == 1 && of.Terms.First() is { Coefficient.IsOne: true, Monomial.Factors: [{ Atom: "e" } power] }) return Form.Of(power.Exponent);
        if (of.Value is not { Sign: > 0 } value || value.Bits > 4096) return of.Value is { } zero && zero.IsZero ? null : Form.Of($"ln({of.Key})");
        var sum = Form.Zero;
        foreach (var (prime, e) in Exact.Factors(value.Numerator, effort)) if (!prime.IsOne) sum = sum.Plus(Form.Of($"ln({prime})").Times(e));
        foreach (var (prime, e) in Exact.Factors(value.Denominator, effort)) if (!prime.IsOne) sum = sum.Plus(Form.Of($"ln({prime})").Times(-e));
        return sum;
    }

    /// <summary>Sine, cosine and tangent at multiples of 30 and 45 degrees.</summary>
    private Form? KnownAngle(string function, Form angle)
    {
        if (function is not ("sin" or "cos" or "tan")) return null;
        Rational turns;
        if (angle.Count == 0) turns = 0;
        else if (angle.Count == 1 && angle.Terms.First() is { Monomial.Factors: [{ Atom: "pi", Exponent.IsOne: true }] } term)
            turns = term.Coefficient / 2;
        else return null;
        var step = (turns - turns.Floor()) * 24;
        if (!step.IsWhole) return null;
        var k = (int)step.Numerator;
        var sine = Sine(k);
        var cosine = Sine((k + 6) % 24);
        if (function == "sin") return sine;
        if (function == "cos") return cosine;
        return sine is null || cosine is null || Power(cosine, -1) is not { } inverse ? null : Times(sine, inverse);
    }

    /// <summary>The sine of k times 15 degrees, where it is one root.</summary>
    private Form? Sine(int k)
    {
        if (k > 12) return Sine(k - 12)?.Times(-1);
        if (k > 6) k = 12 - k;
        return k switch
        {
            0 => Form.Zero,
            2 => Form.Of(Rational.Of(1, 2)),
            3 => PowerOf(Rational.Of(1, 2), Rational.Of(1, 2)),
            4 => PowerOf(Rational.Of(3, 4), Rational.Of(1, 2)),
            6 => Form.One,
            _ => null,
        };
    }

    private Form? OfSeries(Series series)
    {
        if (Of(series.From) is not { } from || (series.To is Constant ? null : Of(series.To)) is var to && to is null) 
            return Form.Of(SeriesKey(series));
        if (from.Value is not { IsWhole: true } first || to!.Value is not { IsWhole: true } last || last - first > 2000
            || series.Body.Has(n => n is Symbol { Name: var name } && name != series.Variable && name.Contains('_')))
            return Form.Of(SeriesKey(series));
        if (first > last + 1) return null;
        var result = series.IsProduct ? Form.One : Form.Zero;
        for (var k = first; k <= last; k += 1)
        {
            var value = k;
            var body = series.Body.Map(n => n is Symbol s && s.Name == series.Variable
                || n is Constant c && c.Name == series.Variable ? new Number(value) : n);
            if (Of(body) is not { } term) return null;
            if ((series.IsProduct ? Times(result, term) : result.Plus(term)) is not { } next) return null;
            result = next;
        }
        return result;
    }

    private string SeriesKey(Series series)
    {
        var body = series.Body.Map(n => n is Symbol s
            ? s.Name == series.Variable ? new Symbol("#") : new Symbol(s.Name) : n);
        return $"{(series.IsProduct ? "product" : "sum")}({series.Variable};{Key(series.From)};{Key(series.To)};{Key(body)})";
    }

    /// <summary>Whether a function takes an angle.</summary>
    public static bool IsAngle(string function) => function is "sin" or "cos" or "tan" or "cot" or "sec" or "csc";

    /// <summary>Degrees as radians, wherever they stand in an angle.</summary>
    public static Node InRadians(Node angle) => angle.Map(n => n is Degrees d
        ? new Quotient(new Product([d.Value, Constant.Pi]), new Number(180)) : n);
}
