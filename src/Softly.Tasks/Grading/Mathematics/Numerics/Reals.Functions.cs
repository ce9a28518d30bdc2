using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <content>
/// Functions that are computed at the middle and widened by the radius times a bound of the derivative. How many bits a sum runs
/// with depends on the argument, so that results near 0 keep their relative precision.
/// </content>
public sealed partial class Reals
{
    private const int SmallestAngle = 2 * Guard;

    /// <summary>π.</summary>
    public Ball Pi => Ball.Rounded(Constants.Pi(Bits + 8), 2, -Bits - 8, Bits);

    /// <summary>e.</summary>
    public Ball E => Exp(Ball.One);

    /// <summary>e^x; over budget where |x| ≥ 2^25 or so.</summary>
    public Ball Exp(Ball x)
    {
        if (!Pays(x, out var refusal)) return refusal;
        if (x.IsExactZero) return Ball.One;
        var size = x.Magnitude;
        if (size > 26) return Ball.Without(BallState.OverBudget);
        if (x.RadiusAsError().Magnitude > 0) return Ball.Without(BallState.Undecided);
        if (size < -Bits - 2) return Widen(Ball.One, Ball.Of(1, size + 1));
        var w = Bits + 8;
        var scaled = Scale(x, w);
        var turns = (int)BigInteger.Divide(scaled, Constants.Log2(w));
        if (scaled.Sign < 0) turns--;
        var rest = ((scaled << Guard) - turns * Constants.Log2(w + Guard)) >> Guard; // wrong by at most 3 units
        var value = Ball.Rounded(FixedPoint.Exp(rest, w), 10, turns - w, Bits);
        return x.Radius == 0 ? value : Widen(value, Multiply(x.RadiusAsError(), Double(value)));
    }

    /// <summary>The natural logarithm; undefined for x ≤ 0.</summary>
    public Ball Log(Ball x)
    {
        if (!Pays(x, out var refusal)) return refusal;
        if (x.IsExactZero || x.IsNegative) return Ball.Without(BallState.Undefined);
        if (x.ContainsZero) return Ball.Without(BallState.Undecided);
        var length = Ball.Bits(x.Middle);
        var exponent = x.Exponent + length;
        if (x.Middle * 3 < BigInteger.One << (length + 1)) (length, exponent) = (length - 1, exponent - 1);
        // x = z·2^exponent with 2/3 ≤ z < 4/3
        var distance = BigInteger.Abs(x.Middle - (BigInteger.One << length));
        var close = exponent != 0 || distance.IsZero ? 0 : Math.Min(length - Ball.Bits(distance), 2 * Bits);
        var w = Bits + 8 + close;
        var z = Shifted(x.Middle, w - length);
        var guess = new BigInteger(Math.ScaleB(Math.Log((double)Shifted(x.Middle, 60 - length) / Math.ScaleB(1, 60)), 60));
        var start = Shifted(guess, w - 60);
        var ratio = z * FixedPoint.Exp(-start, w) >> w; // wrong by at most 6 units, and 2^-40 from 1
        var one = BigInteger.One << w;
        var q = ((ratio - one) << w) / (ratio + one); // by at most 5
        var sum = start + 2 * FixedPoint.ArcTangent(q, w, +1); // by at most 14
        if (exponent != 0) sum += exponent * Constants.Log2(w + Guard) >> Guard; // by at most 2 more
        var value = Ball.Rounded(sum, distance.IsZero ? exponent == 0 ? 0 : 2 : 20, -w, Bits);
        return x.Radius == 0 ? value : Widen(value, Divide(x.RadiusAsError(), x.Lower()));
    }

    /// <summary>sin x; over budget for |x| ≥ 2^4096.</summary>
    public Ball Sin(Ball x) => SinCos(x).Sin;

    /// <summary>cos x; over budget for |x| ≥ 2^4096.</summary>
    public Ball Cos(Ball x) => SinCos(x).Cos;

    /// <summary>sin x and cos x in one.</summary>
    public (Ball Sin, Ball Cos) SinCos(Ball x)
    {
        if (!Pays(x, out var refusal)) return (refusal, refusal);
        if (x.IsExactZero) return (x, Ball.One);
        var size = x.Magnitude;
        if (size > 4096) return (Ball.Without(BallState.OverBudget), Ball.Without(BallState.OverBudget));
        if (size < -Bits)
            return (Widen(x, Tiny(3 * size)), Widen(Ball.One, Tiny(2 * size)));
        var w = Bits + 8 + Math.Max(0, -size);
        var guard = Guard + Math.Max(0, size);
        var scaled = Scale(x, w);
        var quarter = Constants.Pi(w + guard); // π/2 is this in units of 2^-(w + guard + 1)
        var wide = scaled << (guard + 1);
        var turns = BigInteger.Divide(2 * wide + (wide.Sign < 0 ? -quarter : quarter), 2 * quarter);
        var rest = (wide - turns * quarter) >> (guard + 1); // wrong by at most 3 units
        var (sin, cos) = FixedPoint.SinCos(rest, w);
        (sin, cos) = (int)(((turns % 4) + 4) % 4) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
        var error = x.RadiusAsError();
        return (Widen(Ball.Rounded(sin, 6, -w, Bits), error), Widen(Ball.Rounded(cos, 6, -w, Bits), error));
    }

    /// <summary>tan x.</summary>
    public Ball Tan(Ball x)
    {
        var (sin, cos) = SinCos(x);
        return Divide(sin, cos);
    }

    /// <summary>
    /// The angle of the point (x, y), in (-π, π]: undefined at the origin, undecided where the ball meets it or the cut.
    /// </summary>
    public Ball Angle(Ball y, Ball x)
    {
        if (Ball.Stops(y, x, out var reason) || !Pays(x, out reason)) return reason;
        if (y.IsExactZero && (x.IsPositive || x.IsExactZero || x.IsNegative))
            return x.IsPositive ? y : x.IsNegative ? Pi : Ball.Without(BallState.Undefined);
        if (!x.IsPositive && y.ContainsZero) return Ball.Without(BallState.Undecided);
        var (high, wide) = (y.Exactly().Magnitude, x.Exactly().Magnitude);
        var size = Math.Max(high, wide);
        Ball value;
        if (x.IsPositive && high < wide - Bits / 2 - SmallestAngle)
        {
            // atan q = q ± |q|³, and q is small
            var q = Divide(y.Exactly(), x.Exactly());
            value = Widen(q, Multiply(q, Multiply(q, q)));
        }
        else
        {
            var w = Bits + 8 + (x.IsPositive ? Math.Max(0, wide - high) : 0);
            var (a, b) = (Shifted(x.Middle, (long)x.Exponent + w - size), Shifted(y.Middle, (long)y.Exponent + w - size));
            var near = Math.Atan2((double)Shifted(b, 60 - w), (double)Shifted(a, 60 - w));
            var start = Shifted(new BigInteger(Math.ScaleB(near, 60)), w - 60);
            var (sin, cos) = FixedPoint.SinCos(start, w);
            var (along, across) = (a * cos + b * sin >> w, b * cos - a * sin >> w); // wrong by at most 8 units
            var q = (across << w) / along; // by at most 20; along is the length of the point, at least 1/2
            value = Ball.Rounded(start + FixedPoint.ArcTangent(q, w, -1), 30, -w, Bits);
        }
        if (x.Radius == 0 && y.Radius == 0) return value;
        // The point moves by at most the sum of the radii and stays at least as far from the origin as its farther coordinate.
        var (dx, dy) = (x.Lower(), y.Lower());
        var away = dx.Magnitude >= dy.Magnitude ? dx : dy;
        return Widen(value, Divide(Add(x.RadiusAsError(), y.RadiusAsError()), away));
    }

    /// <summary>The inverse tangent.</summary>
    public Ball Atan(Ball x) => Angle(x, Ball.One);

    /// <summary>The inverse sine for |x| ≤ 1; undecided where the ball reaches beyond.</summary>
    public Ball Asin(Ball x) => Cofactor(x) is var other && other.IsFinite ? Angle(x, other) : other;

    /// <summary>The inverse cosine for |x| ≤ 1; undecided where the ball reaches beyond.</summary>
    public Ball Acos(Ball x) => Cofactor(x) is var other && other.IsFinite ? Angle(other, x) : other;

    /// <summary>sinh x.</summary>
    public Ball Sinh(Ball x)
    {
        if (x is { IsFinite: true, IsExactZero: false } && x.Magnitude < -Bits / 4)
        {
            // x + x³/6 ± |x|^5, which the difference of two exponentials near 1 would blur
            var cube = Multiply(x, Multiply(x, x));
            return Widen(Add(x, Divide(cube, Ball.Of(6))), Multiply(cube, Multiply(x, x)));
        }
        var more = x.IsFinite && x.Magnitude < 0 ? new Reals(Math.Min(Bits + 2 * -x.Magnitude, 4096), Budget) : this;
        var up = more.Exp(x);
        return Half(Trim(more.Subtract(up, more.Divide(Ball.One, up))));
    }

    /// <summary>cosh x.</summary>
    public Ball Cosh(Ball x) => Exp(x) is var up ? Half(Add(up, Divide(Ball.One, up))) : up;

    /// <summary>tanh x.</summary>
    public Ball Tanh(Ball x)
    {
        // Beyond this the quotient of two large numbers is ±1 within 2^-Bits.
        if (x.IsFinite && x.Lower().Magnitude > 14 && Bits < 4096)
            return Widen(x.IsNegative ? Ball.Of(-1) : Ball.One, Ball.Of(1, -4096));
        return Divide(Sinh(x), Cosh(x));
    }

    /// <summary>The inverse of sinh.</summary>
    public Ball Asinh(Ball x)
    {
        if (x.IsNegative) return Asinh(x.Opposite()).Opposite();
        if (x is { IsFinite: true, IsExactZero: false } && x.Magnitude < -Bits / 4)
        {
            var cube = Multiply(x, Multiply(x, x));
            return Widen(Subtract(x, Divide(cube, Ball.Of(6))), Multiply(cube, Multiply(x, x)));
        }
        return Log(Add(x, Sqrt(Add(Multiply(x, x), Ball.One))));
    }

    /// <summary>The inverse of cosh, for x ≥ 1.</summary>
    public Ball Acosh(Ball x)
    {
        var above = Subtract(x, Ball.One);
        return above.IsNegative ? Ball.Without(BallState.Undefined) : Log(Add(x, Sqrt(Multiply(above, Add(x, Ball.One)))));
    }

    /// <summary>The inverse of tanh, for |x| &lt; 1.</summary>
    public Ball Atanh(Ball x) => Half(Log(Divide(Add(Ball.One, x), Subtract(Ball.One, x))));

    /// <summary>x/2, without error.</summary>
    internal static Ball Half(Ball x) => x.IsFinite ? Ball.Rounded(x.Middle, x.Radius, (long)x.Exponent - 1, int.MaxValue) : x;

    internal static Ball Double(Ball x) => x.IsFinite ? Ball.Rounded(x.Middle, x.Radius, (long)x.Exponent + 1, int.MaxValue) : x;

    /// <summary>x rounded to this precision.</summary>
    internal Ball Trim(Ball x) => x.IsFinite ? Ball.Rounded(x.Middle, x.Radius, x.Exponent, Bits) : x;

    /// <summary>2^exponent, or the least that there is.</summary>
    private static Ball Tiny(int exponent) => Ball.Of(1, Math.Max(exponent, 2 - Ball.ExponentCap));

    /// <summary>√(1 - x²), which with x is a point of the circle.</summary>
    private Ball Cofactor(Ball x)
    {
        var square = Multiply(Subtract(Ball.One, x), Add(Ball.One, x));
        return square.IsNegative ? Ball.Without(BallState.Undefined) : Sqrt(square);
    }

    /// <summary>Whether a function may be computed at all: there is a number, and work is left.</summary>
    private bool Pays(Ball x, out Ball refusal)
    {
        refusal = !x.IsFinite ? x : Budget.Spend(40) ? default : Ball.Without(BallState.OverBudget);
        return refusal.IsFinite && x.IsFinite;
    }

    /// <summary>The middle in units of 2^-w, rounded down: wrong by at most one unit.</summary>
    private static BigInteger Scale(Ball x, int w) => Shifted(x.Middle, (long)x.Exponent + w);

    private static BigInteger Shifted(BigInteger value, long by) =>
        by >= 0 ? value << (int)by : by < -int.MaxValue ? (value.Sign < 0 ? -1 : 0) : value >> (int)-by;
}
