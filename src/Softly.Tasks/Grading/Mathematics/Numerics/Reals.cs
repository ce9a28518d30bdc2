using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// Arithmetic with real <see cref="Ball"/>s: whatever values the arguments may have, the result of the true function lies in the
/// ball that is returned; roundings are added to the radius. Nothing throws: what has no value, cannot be told or is too large
/// says so in <see cref="Ball.State"/>.
/// </summary>
/// <param name="bits">Bits to which middles are rounded, 32 to 4096; whole numbers that were handed in are not rounded.</param>
/// <param name="budget">Asked before functions; none: without bound.</param>
public sealed partial class Reals(int bits, Budget? budget = null)
{
    private const int Guard = 32;

    /// <summary>Bits to which middles are rounded.</summary>
    public int Bits { get; } = bits is >= 32 and <= 4096 ? bits
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "A precision has 32 to 4096 bits.");

    /// <summary>What is asked before costly steps.</summary>
    public Budget Budget { get; } = budget ?? new Budget();

    /// <summary>p/q.</summary>
    public Ball Ratio(BigInteger numerator, BigInteger denominator) => Divide(Ball.Of(numerator), Ball.Of(denominator));

    /// <summary>a + b.</summary>
    public Ball Add(Ball a, Ball b)
    {
        if (Ball.Stops(a, b, out var reason)) return reason;
        if (a.IsExactZero) return b;
        if (b.IsExactZero) return a;
        var (big, small) = a.Magnitude >= b.Magnitude ? (a, b) : (b, a);
        if (small.Magnitude < (long)big.Magnitude - Bits - 8 && small.Magnitude < big.Exponent)
        {
            // The small one is less than a unit of the sum: it widens the radius by one.
            var shift = Math.Min(Math.Max(Bits - (int)big.Middle.GetBitLength(), 0), big.Exponent - small.Magnitude);
            return Ball.Rounded(
                big.Middle << shift, ((BigInteger)big.Radius << shift) + 1, (long)big.Exponent - shift, Bits);
        }
        var exponent = Math.Min(a.Exponent, b.Exponent);
        var (left, right) = (a.Exponent - exponent, b.Exponent - exponent);
        return Ball.Rounded((a.Middle << left) + (b.Middle << right),
            ((BigInteger)a.Radius << left) + ((BigInteger)b.Radius << right), exponent, Bits);
    }

    /// <summary>a - b.</summary>
    public Ball Subtract(Ball a, Ball b) => Add(a, b.Opposite());

    /// <summary>a·b; an exact 0 makes an exact 0 of every number.</summary>
    public Ball Multiply(Ball a, Ball b)
    {
        if (Ball.Stops(a, b, out var reason)) return reason;
        if (a.IsExactZero || b.IsExactZero) return Ball.Zero;
        var radius = a.Radius == 0 && b.Radius == 0 ? 0
            : BigInteger.Abs(a.Middle) * b.Radius + BigInteger.Abs(b.Middle) * a.Radius + (BigInteger)a.Radius * b.Radius;
        return Ball.Rounded(a.Middle * b.Middle, radius, (long)a.Exponent + b.Exponent, Bits);
    }

    /// <summary>a/b; undefined where b is an exact 0, undecided where it may be 0.</summary>
    public Ball Divide(Ball a, Ball b)
    {
        if (Ball.Stops(a, b, out var reason)) return reason;
        if (b.IsExactZero) return Ball.Without(BallState.Undefined);
        if (b.ContainsZero) return Ball.Without(BallState.Undecided);
        if (a.IsExactZero) return a;
        var below = BigInteger.Abs(b.Middle);
        var above = BigInteger.Abs(a.Middle);
        var shift = Math.Max(0, Bits + 4 + Ball.Bits(below) - Ball.Bits(above));
        var quotient = BigInteger.DivRem(a.Middle << shift, b.Middle, out var rest);
        var exponent = (long)a.Exponent - b.Exponent - shift;
        if (a.Radius == 0 && b.Radius == 0)
            return Ball.Rounded(quotient, rest.IsZero ? 0 : 1, exponent, Bits);
        var error = ((a.Radius * below + above * b.Radius) << shift) / (below * (below - b.Radius));
        return Ball.Rounded(quotient, error + 2, exponent, Bits);
    }

    /// <summary>x^n by repeated squaring; x^0 is 1 for every x but 0.</summary>
    public Ball Power(Ball x, int n)
    {
        if (!x.IsFinite) return x;
        if (n < 0) return Divide(Ball.One, Power(x, -(long)n));
        return n == 0 && x.ContainsZero
            ? Ball.Without(x.IsExactZero ? BallState.Undefined : BallState.Undecided)
            : Power(x, (long)n);
    }

    /// <summary>|x|.</summary>
    public Ball Abs(Ball x)
    {
        if (!x.IsFinite) return x;
        if (!x.ContainsZero) return x.IsNegative ? x.Opposite() : x;
        var upper = BigInteger.Abs(x.Middle) + x.Radius; // between 0 and this: around its half, in half units
        return x.IsExactZero ? x : Ball.Rounded(upper, upper, (long)x.Exponent - 1, Bits);
    }

    /// <summary>√x for x ≥ 0; undefined below, undecided where both are possible.</summary>
    public Ball Sqrt(Ball x)
    {
        if (!x.IsFinite || x.IsExactZero) return x;
        if (x.IsNegative) return Ball.Without(BallState.Undefined);
        if (x.ContainsZero) return Ball.Without(BallState.Undecided);
        var shift = Math.Max(0, 2 * Bits + 8 - Ball.Bits(x.Middle));
        if (((x.Exponent - shift) & 1) != 0) shift++;
        var scaled = x.Middle << shift;
        var root = FixedPoint.SquareRoot(scaled);
        var exact = root * root == scaled;
        var exponent = ((long)x.Exponent - shift) / 2;
        // |√(m + d) - √m| ≤ |d|/√m; in units of the root: (r·2^shift)/root.
        var error = x.Radius == 0 ? 0 : (((BigInteger)x.Radius << shift) / root) + 1;
        return Ball.Rounded(root, error + (exact ? 0 : 1), exponent, Bits);
    }

    /// <summary>The n-th root of x ≥ 0, n ≥ 1.</summary>
    public Ball Root(Ball x, int n) =>
        n < 1 ? Ball.Without(BallState.Undefined)
        : !x.IsFinite || x.IsExactZero || n == 1 ? x
        : n == 2 ? Sqrt(x)
        : x.IsNegative ? Ball.Without(BallState.Undefined)
        : Exp(Divide(Log(x), Ball.Of(n)));

    /// <summary>The real n-th root: of odd degree also of negative numbers; where x may be 0, the ball reaches over 0.</summary>
    public Ball RealRoot(Ball x, int n)
    {
        if (!x.IsFinite || n < 1 || n % 2 == 0) return Root(x, n);
        if (x.IsNegative) return Root(x.Opposite(), n).Opposite();
        return x.ContainsZero && !x.IsExactZero ? Around(Root(x.Upper(), n)) : Root(x, n);
    }

    /// <summary>[-u, u] for the upper bound u of |x|.</summary>
    internal Ball Around(Ball x) => x.IsFinite
        ? Ball.Rounded(0, BigInteger.Abs(x.Middle) + x.Radius, x.Exponent, Bits)
        : x;

    /// <summary>x, its radius grown by what |error| may be.</summary>
    internal Ball Widen(Ball x, Ball error) => Add(x, Around(error));

    private Ball Power(Ball x, long n)
    {
        var result = Ball.One;
        for (var square = x; n > 0; square = Multiply(square, square))
        {
            if ((n & 1) != 0) result = Multiply(result, square);
            n >>= 1;
            if (n == 0) break;
        }
        return result;
    }
}
