using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>A value: exact as long as that can be kept, and always a ball.</summary>
internal readonly record struct Value(Rational? Exact, ComplexBall Ball);

/// <summary>Works expressions out at a point, with balls.</summary>
/// <param name="bits">The precision.</param>
/// <param name="point">What letters stand for.</param>
/// <param name="opaque">A number for what is only a name, by its key; null: there is none.</param>
/// <param name="effort">What it may cost.</param>
internal sealed class Evaluator(int bits, IReadOnlyDictionary<string, Rational> point, Func<string, Rational?> opaque,
    Effort effort)
{
    private readonly Complexes _complexes = new(bits, new Budget(2_000_000));
    private readonly Canon _canon = new(effort);
    private readonly Dictionary<string, Rational> _point = new(point, StringComparer.Ordinal);

    private static Value None { get; } = new(null, ComplexBall.Without(BallState.Undefined));

    /// <summary>Whether a root or a logarithm of something negative was met on the way.</summary>
    public bool LeftReals { get; private set; }

    /// <summary>
    /// Whether a term was met that is too small beside another to be told from nothing at this precision: what comes out may be
    /// the value without it.
    /// </summary>
    public bool Absorbed { get; private set; }

    private Reals Reals => _complexes.Reals;

    /// <summary>The value; no finite ball where there is none.</summary>
    public Value Of(Node node)
    {
        effort.Step(4);
        switch (node)
        {
            case Number n: return Kept(n.Value);
            case Symbol s: return _point.TryGetValue(s.Name, out var letter) ? Kept(letter) : Named(s.Name);
            case Constant c: return _point.TryGetValue(c.Name, out var assigned) ? Kept(assigned) : OfConstant(c);
            case Sum s:
                var sum = Kept(Rational.Zero);
                foreach (var term in s.Terms) sum = Add(sum, Of(term));
                return sum;
            case Product p:
                var product = Kept(Rational.One);
                foreach (var factor in p.Factors) product = Multiply(product, Of(factor));
                return product;
            case Negative n: return Multiply(Kept(-1), Of(n.Value));
            case Percent p: return Multiply(Kept(Rational.Of(1, 100)), Of(p.Value));
            case Degrees d: return Of(d.Value);
            case Quantity q: return Units.IsDoubtful(q.Unit) ? None : Of(q.Value);
            case Quotient q: return Divide(Of(q.Above), Of(q.Below));
            case Power p: return PowerOf(Of(p.Base), Of(p.Exponent));
            case Root r: return RootOf(Of(r.Radicand), Of(r.Index), !r.Radicand.Has(n => n is Symbol or Application));
            case Call c: return OfCall(c);
            case Series s: return OfSeries(s);
            case Application or Unevaluated: return Named(_canon.Key(node));
            default: return None;
        }
    }

    private Value Kept(Rational value) => value.Bits > 4 * Effort.MaxBits
        ? Only(ComplexBall.Of(Reals.Ratio(value.Numerator, value.Denominator)))
        : new Value(value, ComplexBall.Of(
            value.IsWhole ? Ball.Of(value.Numerator) : Reals.Ratio(value.Numerator, value.Denominator)));

    private static Value Only(ComplexBall ball) => new(null, ball);

    private Value Named(string key) => opaque(key) is { } value ? Kept(value) : None;

    private Value OfConstant(Constant constant) => constant.Name switch
    {
        "pi" => Only(ComplexBall.Of(Reals.Pi)),
        "e" => Only(ComplexBall.Of(Reals.E)),
        "i" => Only(ComplexBall.I),
        _ => None,
    };

    private Value Add(Value a, Value b)
    {
        if (a.Exact is { } x && b.Exact is { } y) return Kept(x + y);
        Absorbed |= IsLost(a.Ball.Re, b.Ball.Re) || IsLost(a.Ball.Im, b.Ball.Im);
        return Only(_complexes.Add(a.Ball, b.Ball));
    }

    /// <summary>Whether the smaller of two numbers is not 0, but below the radius or the last bit of the larger.</summary>
    private bool IsLost(Ball a, Ball b)
    {
        if (!a.IsFinite || !b.IsFinite || a.IsExactZero || b.IsExactZero) return false;
        var (large, small) = a.Magnitude >= b.Magnitude ? (a, b) : (b, a);
        return !small.ContainsZero
            && (small.Magnitude < large.Magnitude - bits || !large.IsExact && small.Magnitude <= large.RadiusAsError().Magnitude);
    }

    /// <summary>Whether e to the power -2|z| is lost beside 1, or 1/z beside a right angle.</summary>
    private bool IsLostIn(string function, ComplexBall z) => function switch
    {
        "sinh" or "cosh" or "tanh" or "coth" or "sech" or "csch" => Math.Abs(z.Re.ToDouble()) * 2.885 > bits,
        "arctan" or "arccot" => Math.Max(z.Re.Magnitude, z.Im.Magnitude) > bits,
        _ => false,
    };

    private Value Multiply(Value a, Value b)
    {
        if (a.Exact is { } x && b.Exact is { } y) return Kept(x * y);
        return Only(_complexes.Multiply(a.Ball, b.Ball));
    }

    private Value Divide(Value a, Value b)
    {
        if (a.Exact is { } x && b.Exact is { } y) return y.IsZero ? None : Kept(x / y);
        return Only(_complexes.Divide(a.Ball, b.Ball));
    }

    private Value PowerOf(Value basis, Value exponent)
    {
        if (basis.Exact is { } x && exponent.Exact is { } n)
        {
            if (Exact.Power(x, n) is { } exact) return Kept(exact);
            if (x.IsZero) return None;
        }
        LeftReals |= basis.Ball is { IsReal: true, Re.IsNegative: true } && exponent.Exact is not { IsWhole: true };
        if (exponent.Exact is { IsWhole: true } whole && whole.Abs() < 100_000)
            return Only(_complexes.Power(basis.Ball, (int)whole.Numerator));
        if (exponent.Exact is { } half && half.Denominator == 2 && half.Abs() < 1000)
            return Only(_complexes.Power(_complexes.Sqrt(basis.Ball), (int)half.Numerator));
        return Only(_complexes.Power(basis.Ball, exponent.Ball));
    }

    private Value RootOf(Value radicand, Value index, bool isConstant)
    {
        if (index.Exact is not { IsWhole: true, Sign: > 0 } whole || whole > 1000)
            return PowerOf(radicand, Divide(Kept(1), index));
        var n = (int)whole.Numerator;
        if (radicand.Exact is { } x && (x.Sign >= 0 || isConstant) && Exact.Root(x, n) is { } exact) return Kept(exact);
        LeftReals |= !isConstant && radicand.Ball is { IsReal: true, Re.IsNegative: true };
        if (n == 2) return Only(_complexes.Sqrt(radicand.Ball));
        return Only(isConstant ? _complexes.RealRoot(radicand.Ball, n) : _complexes.Root(radicand.Ball, n));
    }

    private Value OfSeries(Series series)
    {
        var from = Of(series.From).Exact;
        var to = series.To is Constant ? null : Of(series.To).Exact;
        if (from is not { IsWhole: true } first || to is not { IsWhole: true } last || last - first > 2000
            || series.Body.Has(n => n is Symbol { Name: var name } && name != series.Variable && name.Contains('_')))
            return series.From.Symbols().Count + series.To.Symbols().Count > 0 && from is not null && to is not null
                ? None : Named(_canon.Key(series));
        if (first > last + 1) return None;
        var had = _point.TryGetValue(series.Variable, out var before);
        var result = Kept(series.IsProduct ? 1 : 0);
        for (var k = first; k <= last && result.Ball.IsFinite; k += 1)
        {
            _point[series.Variable] = k;
            var term = Of(series.Body);
            result = series.IsProduct ? Multiply(result, term) : Add(result, term);
        }
        if (had) _point[series.Variable] = before; else _point.Remove(series.Variable);
        return result;
    }

    private Value OfCall(Call call)
    {
        if (call.Arguments.Any(a => a is Matrix)) return Named(_canon.Key(call));
        var arguments = call.Arguments.Select(a => Of(Canon.IsAngle(call.Function) ? Canon.InRadians(a) : a)).ToArray();
        if (arguments.All(a => a.Exact is not null)
            && Exact.Call(call.Function, [.. arguments.Select(a => a.Exact!.Value)], effort) is { } exact) return Kept(exact);
        var z = arguments[0].Ball;
        if (arguments.Any(a => !a.Ball.IsFinite)) return None;
        var c = _complexes;
        Absorbed |= IsLostIn(call.Function, z);
        LeftReals |= call.Function is "ln" or "log" && arguments.Any(a => a.Ball is { IsReal: true, Re.IsNegative: true });
        ComplexBall? result = call.Function switch
        {
            "sin" => c.Sin(z), "cos" => c.Cos(z), "tan" => c.Tan(z), "cot" => c.Cot(z), "sec" => c.Sec(z), "csc" => c.Csc(z),
            "arcsin" => c.Asin(z), "arccos" => c.Acos(z), "arctan" => c.Atan(z),
            "arccot" => c.Subtract(Half(ComplexBall.Of(Reals.Pi)), c.Atan(z)),
            "arcsec" => c.Acos(c.Divide(ComplexBall.One, z)), "arccsc" => c.Asin(c.Divide(ComplexBall.One, z)),
            "sinh" => c.Sinh(z), "cosh" => c.Cosh(z), "tanh" => c.Tanh(z), "coth" => c.Divide(ComplexBall.One, c.Tanh(z)),
            "sech" => c.Divide(ComplexBall.One, c.Cosh(z)), "csch" => c.Divide(ComplexBall.One, c.Sinh(z)),
            "arsinh" => c.Asinh(z), "arcosh" => c.Acosh(z), "artanh" => c.Atanh(z),
            "ln" => c.Log(z),
            "log" => c.Divide(c.Log(z), c.Log(arguments[1].Ball)),
            "abs" or "norm" => ComplexBall.Of(c.Abs(z)),
            "arg" => ComplexBall.Of(c.Arg(z)),
            "Re" => ComplexBall.Of(z.Re), "Im" => ComplexBall.Of(z.Im),
            "factorial" => c.Factorial(z),
            _ => null,
        };
        if (result is { } ball) return Only(ball);
        return call.Function switch
        {
            "floor" => Rounded(z, up: false),
            "ceil" => Rounded(z, up: true),
            "max" or "min" => Extreme(arguments, call.Function == "max"),
            "binom" => Binomial(arguments[0], arguments[1]),
            "mod" when Divide(arguments[0], arguments[1]) is var ratio
                && Rounded(ratio.Ball, up: false) is { Exact: { } whole } =>
                Add(arguments[0], Multiply(Kept(-whole), arguments[1])),
            "sgn" when z.IsReal && !z.ContainsZero => Kept(z.Re.IsPositive ? 1 : -1),
            _ => None,
        };
    }

    private ComplexBall Half(ComplexBall z) => _complexes.Divide(z, ComplexBall.Of(Ball.Of(2)));

    /// <summary>The whole number next to a real one, if the ball leaves no doubt.</summary>
    private Value Rounded(ComplexBall z, bool up)
    {
        if (!z.IsReal || z.Re.Magnitude > Effort.MaxBits) return None;
        var (middle, radius, exponent) = (z.Re.Middle, (BigInteger)z.Re.Radius, z.Re.Exponent);
        BigInteger Floor(BigInteger value) => exponent >= 0 ? value << exponent : value >> -exponent; // >> rounds down
        var low = up ? -Floor(-(middle - radius)) : Floor(middle - radius);
        var high = up ? -Floor(-(middle + radius)) : Floor(middle + radius);
        return low == high ? Kept(low) : Only(ComplexBall.Without(BallState.Undecided));
    }

    private Value Extreme(Value[] values, bool largest)
    {
        var best = values[0];
        foreach (var value in values.Skip(1))
        {
            if (!value.Ball.IsReal) return None;
            if (Ball.Separated(value.Ball.Re, best.Ball.Re))
            {
                var above = Reals.Subtract(value.Ball.Re, best.Ball.Re).IsPositive;
                if (above == largest) best = value;
            }
            else if (value.Exact is null || value.Exact != best.Exact)
                return Only(ComplexBall.Without(BallState.Undecided));
        }
        return best;
    }

    private Value Binomial(Value n, Value k)
    {
        if (k.Exact is not { IsWhole: true, Sign: >= 0 } few || few > 200) return None;
        var result = Kept(1);
        for (var i = 0; i < (int)few.Numerator; i++)
            result = Divide(Multiply(result, Add(n, Kept(-i))), Kept(i + 1));
        return result;
    }
}
