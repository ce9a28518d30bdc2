using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>Numbers, expressions, quantities, ratios and bases.</summary>
internal sealed partial class Comparison
{
    /// <summary>Whether two expressions have one value everywhere.</summary>
    private bool Expressions(Node wanted, Node given)
    {
        By("values");
        if (given is Quantity or Degrees or Compound) return Plain(given) is { } bare && Expressions(wanted, bare);
        if (given is Product { Factors: [..,
            Power { Base: Symbol { Name: "m" }, Exponent: Number { Value: var dimension } }] } area
            && (dimension == 2 || dimension == 3) && IsConstant(wanted)) // an area or a volume in metres
            return Expressions(wanted, area.Factors.Count == 2 ? area.Factors[0] : new Product([.. area.Factors.SkipLast(1)]));
        if (given is Members { Items: [var only] }) return Expressions(wanted, only);
        if (given is Ratio { Terms: [var above, var below] } && wanted is Quotient or Number { Value.IsWhole: false })
            given = new Quotient(above, below);
        if (given is Words { Text: { Length: <= 3 } run } && run.All(char.IsAsciiLetter) && wanted is Product)
            given = new Product([.. run.Select(c => new Symbol(c.ToString()))]); // letters that happen to be a word
        if (given is Based based)
            return options.BaseValueEquivalence && Valued(based) is { } converted && Expressions(wanted, new Number(converted));
        if (Statement.Infinite(wanted) is not 0 and var sign) return Statement.Infinite(given) == sign;
        if (ConstantTerm(given) is "c" && ConstantTerm(wanted) is "C" && !Holds(wanted, "c") && !Holds(given, "C"))
            given = given.Map(n => n is Symbol { Name: "c" } ? new Symbol("C") : n); // a constant of integration
        if (!IsExpression(wanted) || !IsExpression(given))
            return wanted.GetType() == given.GetType() && Key(wanted) == Key(given) && By("the same");
        if (options.PercentSignOptional)
        {
            if (wanted is Percent a && given is not Percent) wanted = a.Value;
            else if (given is Percent b && wanted is not Percent) given = b.Value;
        }
        var x = _canon.Of(wanted);
        var y = _canon.Of(given);
        if (x is not null && y is not null && x.Key == y.Key) return By("equal canonical forms");
        if (Near(wanted, given, x, y) is { } near) return near;
        if (x?.Value is not null && y?.Value is not null) return !By("different fractions");
        var finding = _identity.Compare(wanted, given);
        By(finding switch
        {
            Finding.Equal => "equal at random points to 25 digits",
            Finding.Different => "different at a point",
            _ => "it could not be shown that they are equal",
        });
        return finding == Finding.Equal;
    }

    /// <summary>The letter C or c that a sum has for a term and nowhere else; null where there is none.</summary>
    private static string? ConstantTerm(Node node) =>
        node is Sum { Terms: var terms } && terms.OfType<Symbol>().LastOrDefault(s => s.Name is "C" or "c") is { } constant
            && terms.Count(t => Holds(t, constant.Name)) == 1 ? constant.Name : null;

    private static bool Holds(Node node, string letter) => node.Has(n => n is Symbol s && s.Name == letter);

    /// <summary>
    /// A decimal beside an exact value that is none: compared to so many digits. Null where that is not the case.
    /// </summary>
    private bool? Near(Node wanted, Node given, Form? x, Form? y)
    {
        var (first, second) = (IsDecimal(wanted), IsDecimal(given));
        if (first == second) return null;
        var (exact, form) = first ? (given, y) : (wanted, x);
        var written = (first ? x : y)?.Value;
        if (written is not { } number || !IsConstant(exact)) return null;
        if (form?.Value is { } fraction)
        {
            if (Terminates(fraction)) return null;
            return By($"compared to {options.FloatDecimals} digits") && Close(fraction - number, fraction);
        }
        var value = new Evaluator(256, new Dictionary<string, Rational>(), _ => null, effort).Of(exact).Ball;
        if (!value.IsReal || value.Re.ContainsZero || value.RelativeRadius > 1e-25) return false;
        var ball = value.Re;
        var middle = ball.Exponent >= 0 ? (Rational)(ball.Middle << Math.Min(ball.Exponent, Effort.MaxBits))
            : ball.Exponent > -Effort.MaxBits ? Rational.Of(ball.Middle, BigInteger.One << -ball.Exponent) : 0;
        return By($"compared to {options.FloatDecimals} digits") && Close(middle - number, middle);
    }

    private bool Close(Rational difference, Rational value)
    {
        var digits = options.FloatDecimals;
        if (value.IsZero) return difference.IsZero;
        if (value.Abs() < Rational.Of(1, 1000))
        {
            // so many significant digits
            if (difference.Abs() > value.Abs()) return false;
            var size = BigInteger.Log10(BigInteger.Abs(value.Numerator)) - BigInteger.Log10(value.Denominator);
            digits -= (int)Math.Floor(size + 1e-9) + 1;
        }
        return difference.Abs() <= Rational.Of(1, 2) / ((Rational)10).Pow(digits);
    }

    private static bool IsDecimal(Node node) => node switch
    {
        Number n => n.IsDecimal,
        Negative n => IsDecimal(n.Value),
        Percent p => IsDecimal(p.Value),
        _ => false,
    };

    /// <summary>Whether a fraction is a decimal of at most as many digits as are compared.</summary>
    private bool Terminates(Rational value) => (value * ((Rational)10).Pow(options.FloatDecimals)).IsWhole;

    /// <summary>A quantity without its unit; null where the words behind the number change what it says.</summary>
    private static Node? Plain(Node node) => node switch
    {
        Degrees d => d.Value,
        Quantity q => Units.IsDoubtful(q.Unit) ? null : q.Value,
        Compound => null,
        _ => node,
    };

    private bool Quantities(Node wanted, Node given)
    {
        By("a quantity");
        if (wanted is Compound compound)
        {
            if (Total(compound) is not { } total) return given is Compound same && Key(wanted) == Key(same);
            return given switch
            {
                Compound other => Total(other) is { } sum && sum == total && By("a quantity in its units"),
                Quantity single => Units.Of(single.Unit) is { } unit
                    && Units.Of(((Quantity)compound.Quantities[0]).Unit) is { } kind
                    && unit.Measures == kind.Measures && Expressions(new Number(total / unit.Size), single.Value),
                _ => false,
            };
        }
        var unitWanted = wanted is Degrees ? "degree" : ((Quantity)wanted).Unit;
        var value = wanted is Degrees degrees ? degrees.Value : ((Quantity)wanted).Value;
        if (given is Compound parts)
            return Units.Of(unitWanted) is { } whole && Units.Of(((Quantity)parts.Quantities[0]).Unit) is { } first
                && whole.Measures == first.Measures && Total(parts) is { } sum
                && Expressions(value, new Number(sum / whole.Size));
        var unitGiven = given switch { Degrees => "degree", Quantity q => q.Unit, _ => null };
        if (unitGiven is not null && Units.Clash(unitWanted, unitGiven)) return !By("another unit");
        if (unitGiven is not null && Units.Of(unitWanted) is { } ours && Units.Of(unitGiven) is { } theirs
            && ours.Measures == theirs.Measures && ours.Size != theirs.Size)
            return Plain(given) is { } other
                && Same(value, new Product([other, new Number(theirs.Size / ours.Size)])) && By("a quantity in another unit");
        if (value is Ratio && unitGiven is not null
            && Spelling.Words(unitWanted).Replace(".", "") != Spelling.Words(unitGiven).Replace(".", ""))
            return !By("another time of day");
        // a letter behind the number is the unit if the wanted answer has that unit
        if (given is Product { Factors: [.., Symbol { Name: var letter }] } product && letter == unitWanted)
            given = product.Factors.Count == 2 ? product.Factors[0] : new Product([.. product.Factors.SkipLast(1)]);
        return Plain(given) is { } bare && Same(value, bare);
    }

    /// <summary>The sum of a compound quantity in basic units.</summary>
    private Rational? Total(Compound compound)
    {
        Rational total = 0;
        foreach (var part in compound.Quantities)
        {
            if (part is not Quantity quantity || Units.Of(quantity.Unit) is not { } unit
                || _canon.Of(quantity.Value)?.Value is not { } value)
                return null;
            total += value * unit.Size;
        }
        return total;
    }

    private bool Ratios(Ratio wanted, Node given)
    {
        By("a ratio");
        if (given is Quantity { Value: Ratio timed }) given = timed;
        if (given is Ratio other)
        {
            if (wanted.Terms.Count != other.Terms.Count) return false;
            if (wanted.Terms.Zip(other.Terms).All(p => Same(p.First, p.Second))) return By("a ratio, term by term");
            if (wanted.MayBeTime && other.MayBeTime) return !By("another time, or another ratio");
            // a : b = c : d where ad = bc, pair by pair
            return Enumerable.Range(1, wanted.Terms.Count - 1).All(i => IsExpression(wanted.Terms[i])
                && IsExpression(other.Terms[i])
                && Expressions(new Quotient(wanted.Terms[0], wanted.Terms[i]), new Quotient(other.Terms[0], other.Terms[i])))
                && By("a ratio");
        }
        return wanted.Terms is [var above, var below] && IsExpression(above) && IsExpression(below)
            && Expressions(new Quotient(above, below), given);
    }

    private bool Bases(Based wanted, Node given)
    {
        By("digits and base");
        if (given is Based other)
        {
            if (wanted.Base == other.Base) return wanted.Digits.TrimStart('0') == other.Digits.TrimStart('0');
            return options.BaseValueEquivalence && Valued(wanted) == Valued(other);
        }
        if (Plain(given) is not Number { Value: { IsWhole: true } value, IsDecimal: false }) return false;
        return options.BaseSubscriptOptional && value.ToString() == wanted.Digits.TrimStart('0')
            || options.BaseValueEquivalence && Valued(wanted) == value;
    }

    private static Rational? Valued(Based number)
    {
        Rational value = 0;
        foreach (var digit in number.Digits)
        {
            var d = char.IsAsciiDigit(digit) ? digit - '0' : digit - 'A' + 10;
            if (d >= number.Base) return null;
            value = value * number.Base + d;
        }
        return value;
    }

    /// <summary>How two ends compare; null where that cannot be told.</summary>
    private int? Order(Node a, Node b)
    {
        var (x, y) = (Statement.Infinite(a), Statement.Infinite(b));
        if (x != 0 || y != 0) return x.CompareTo(y);
        if (!IsConstant(a) || !IsConstant(b)) return null;
        if (_canon.Of(a) is { } left && _canon.Of(b) is { } right)
        {
            if (left.Key == right.Key) return 0;
            if (left.Value is { } p && right.Value is { } q) return p.CompareTo(q);
        }
        var evaluator = new Evaluator(256, new Dictionary<string, Rational>(), _ => null, effort);
        var (u, v) = (evaluator.Of(a).Ball, evaluator.Of(b).Ball);
        if (!u.IsReal || !v.IsReal) return null;
        if (!Ball.Separated(u.Re, v.Re)) return _identity.Compare(a, b) == Finding.Equal ? 0 : null;
        return new Reals(256).Subtract(u.Re, v.Re).IsPositive ? 1 : -1;
    }
}
