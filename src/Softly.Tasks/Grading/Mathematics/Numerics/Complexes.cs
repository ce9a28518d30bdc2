namespace Softly.Tasks.Mathematics;

/// <summary>
/// Arithmetic with <see cref="ComplexBall"/>s; principal branches, cut along the negative real axis and continuous from above,
/// as usual. Where a rectangle touches a cut the result is undecided; exact and certain real arguments never are.
/// </summary>
/// <param name="bits">See <see cref="Reals"/>.</param>
/// <param name="budget">Asked before functions; none: without bound.</param>
public sealed class Complexes(int bits, Budget? budget = null)
{
    /// <summary>The arithmetic of the parts.</summary>
    public Reals Reals { get; } = new(bits, budget);

    /// <summary>-z.</summary>
    public static ComplexBall Negate(ComplexBall z) => new(z.Re.Opposite(), z.Im.Opposite());

    /// <summary>The mirror image in the real axis.</summary>
    public static ComplexBall Conjugate(ComplexBall z) => z with { Im = z.Im.Opposite() };

    /// <summary>a + b.</summary>
    public ComplexBall Add(ComplexBall a, ComplexBall b) => new(Reals.Add(a.Re, b.Re), Reals.Add(a.Im, b.Im));

    /// <summary>a - b.</summary>
    public ComplexBall Subtract(ComplexBall a, ComplexBall b) => new(Reals.Subtract(a.Re, b.Re), Reals.Subtract(a.Im, b.Im));

    /// <summary>a·b.</summary>
    public ComplexBall Multiply(ComplexBall a, ComplexBall b) =>
        a.IsReal && b.IsReal
            ? ComplexBall.Of(Reals.Multiply(a.Re, b.Re))
            : new(Reals.Subtract(Reals.Multiply(a.Re, b.Re), Reals.Multiply(a.Im, b.Im)),
                Reals.Add(Reals.Multiply(a.Re, b.Im), Reals.Multiply(a.Im, b.Re)));

    /// <summary>a/b; undefined where b is an exact 0, undecided where it may be 0.</summary>
    public ComplexBall Divide(ComplexBall a, ComplexBall b)
    {
        if (b.IsReal) return new(Reals.Divide(a.Re, b.Re), Reals.Divide(a.Im, b.Re));
        if (b.ContainsZero) return ComplexBall.Without(BallState.Undecided);
        var square = NormSquared(b);
        var product = Multiply(a, Conjugate(b));
        return new(Reals.Divide(product.Re, square), Reals.Divide(product.Im, square));
    }

    /// <summary>z^n by repeated squaring; z^0 is 1 for every z but 0.</summary>
    public ComplexBall Power(ComplexBall z, int n)
    {
        if (!z.IsFinite) return z;
        if (z.IsReal) return ComplexBall.Of(Reals.Power(z.Re, n));
        if (n == 0 && z.ContainsZero) return ComplexBall.Without(BallState.Undecided);
        var result = ComplexBall.One;
        var square = z;
        for (var left = Math.Abs((long)n); left > 0; left >>= 1)
        {
            if ((left & 1) != 0) result = Multiply(result, square);
            if (left > 1) square = Multiply(square, square);
        }
        return n < 0 ? Divide(ComplexBall.One, result) : result;
    }

    /// <summary>z^w = e^(w·log z), the principal value; 0^w is 0 for a real part of w above 0, else undefined.</summary>
    public ComplexBall Power(ComplexBall z, ComplexBall w)
    {
        if (!z.IsFinite || !w.IsFinite) return ComplexBall.Without(z.State > w.State ? z.State : w.State);
        if (w.IsReal && w.Re.IsExactInteger(out var n) && n > -int.MaxValue && n < int.MaxValue) return Power(z, (int)n);
        if (z.IsExactZero) return w.Re.IsPositive ? z : ComplexBall.Without(BallState.Undefined);
        if (w.IsReal && w.Re.Exponent == -1 && w.Re is { IsExact: true, Middle.IsOne: true }) return Sqrt(z);
        if (z.ContainsZero)
        {
            return w.IsReal && w.Re.IsPositive
                ? Disc(Reals.Exp(Reals.Multiply(w.Re, Reals.Log(Length(z)))))
                : ComplexBall.Without(BallState.Undecided);
        }
        if (z.IsReal && w.IsReal && z.Re.IsPositive) return ComplexBall.Of(Reals.Exp(Reals.Multiply(w.Re, Reals.Log(z.Re))));
        return Exp(Multiply(w, Log(z)));
    }

    /// <summary>The principal n-th root: of a negative number of odd degree, not the real one (<see cref="RealRoot"/>).</summary>
    public ComplexBall Root(ComplexBall z, int n) =>
        n < 1 ? ComplexBall.Without(BallState.Undefined)
        : n == 1 ? z
        : Power(z, ComplexBall.Of(Reals.Ratio(1, n)));

    /// <summary>The real n-th root where there is one, else the principal.</summary>
    public ComplexBall RealRoot(ComplexBall z, int n) =>
        z.IsReal && n > 0 && (n % 2 != 0 || z.Re.IsPositive) ? ComplexBall.Of(Reals.RealRoot(z.Re, n)) : Root(z, n);

    /// <summary>√z, with the real part not below 0.</summary>
    public ComplexBall Sqrt(ComplexBall z)
    {
        if (!z.IsFinite || z.IsExactZero) return z;
        if (z.ContainsZero) return Disc(Reals.Sqrt(Length(z)));
        if (z.IsReal)
            return z.Re.IsPositive ? ComplexBall.Of(Reals.Sqrt(z.Re)) : new(Ball.Zero, Reals.Sqrt(z.Re.Opposite()));
        if (!z.Re.IsPositive && z.Im.ContainsZero) return ComplexBall.Without(BallState.Undecided);
        var right = z.Re.Middle.Sign >= 0;
        var large = Reals.Sqrt(Reals.Half(Reals.Add(Abs(z), right ? z.Re : z.Re.Opposite())));
        var small = Reals.Divide(z.Im, Reals.Double(large));
        return right ? new(large, small)
            : z.Im.IsNegative ? new(small.Opposite(), large.Opposite())
            : new(small, large);
    }

    /// <summary>|z|.</summary>
    public Ball Abs(ComplexBall z)
    {
        if (!z.IsFinite) return Ball.Without(z.State);
        if (z.IsReal) return Reals.Abs(z.Re);
        if (z.Re.IsExactZero) return Reals.Abs(z.Im);
        return z.ContainsZero ? Reals.Abs(Reals.Around(Length(z))) : Reals.Sqrt(NormSquared(z));
    }

    /// <summary>The angle in (-π, π]; undefined at 0.</summary>
    public Ball Arg(ComplexBall z) => Reals.Angle(z.Im, z.Re);

    /// <summary>e^z.</summary>
    public ComplexBall Exp(ComplexBall z)
    {
        var size = Reals.Exp(z.Re);
        if (z.IsReal || !z.IsFinite) return z.IsFinite ? ComplexBall.Of(size) : z;
        var (sin, cos) = Reals.SinCos(z.Im);
        return new(Reals.Multiply(size, cos), Reals.Multiply(size, sin));
    }

    /// <summary>The principal logarithm; undefined at 0.</summary>
    public ComplexBall Log(ComplexBall z)
    {
        if (!z.IsFinite) return z;
        if (z.IsExactZero) return ComplexBall.Without(BallState.Undefined);
        if (z.ContainsZero) return ComplexBall.Without(BallState.Undecided);
        return z.IsReal
            ? new(Reals.Log(Reals.Abs(z.Re)), z.Re.IsPositive ? Ball.Zero : Reals.Pi)
            : new(Reals.Half(Reals.Log(NormSquared(z))), Arg(z));
    }

    /// <summary>sin z.</summary>
    public ComplexBall Sin(ComplexBall z) => SinCos(z).Sin;

    /// <summary>cos z.</summary>
    public ComplexBall Cos(ComplexBall z) => SinCos(z).Cos;

    /// <summary>tan z = sin z/cos z.</summary>
    public ComplexBall Tan(ComplexBall z) => SinCos(z) is var (sin, cos) ? Divide(sin, cos) : z;

    /// <summary>cot z = cos z/sin z.</summary>
    public ComplexBall Cot(ComplexBall z) => SinCos(z) is var (sin, cos) ? Divide(cos, sin) : z;

    /// <summary>sec z = 1/cos z.</summary>
    public ComplexBall Sec(ComplexBall z) => Divide(ComplexBall.One, Cos(z));

    /// <summary>csc z = 1/sin z.</summary>
    public ComplexBall Csc(ComplexBall z) => Divide(ComplexBall.One, Sin(z));

    /// <summary>The inverse sine: -i·log(iz + √(1 - z²)).</summary>
    public ComplexBall Asin(ComplexBall z)
    {
        if (InUnit(z)) return ComplexBall.Of(Reals.Asin(z.Re));
        var inner = Add(Rotate(z), Sqrt(Subtract(ComplexBall.One, Multiply(z, z))));
        return Negate(Rotate(Log(inner)));
    }

    /// <summary>The inverse cosine: π/2 - the inverse sine.</summary>
    public ComplexBall Acos(ComplexBall z) => InUnit(z)
        ? ComplexBall.Of(Reals.Acos(z.Re))
        : Subtract(ComplexBall.Of(Reals.Half(Reals.Pi)), Asin(z));

    /// <summary>The inverse tangent: i/2·(log(1 - iz) - log(1 + iz)).</summary>
    public ComplexBall Atan(ComplexBall z)
    {
        if (z.IsReal) return ComplexBall.Of(Reals.Atan(z.Re));
        var turned = Rotate(z);
        var twice = Subtract(Log(Subtract(ComplexBall.One, turned)), Log(Add(ComplexBall.One, turned)));
        return Halve(Rotate(twice));
    }

    /// <summary>sinh z.</summary>
    public ComplexBall Sinh(ComplexBall z) =>
        z.IsReal ? ComplexBall.Of(Reals.Sinh(z.Re)) : Negate(Rotate(Sin(Rotate(z))));

    /// <summary>cosh z.</summary>
    public ComplexBall Cosh(ComplexBall z) => z.IsReal ? ComplexBall.Of(Reals.Cosh(z.Re)) : Cos(Rotate(z));

    /// <summary>tanh z.</summary>
    public ComplexBall Tanh(ComplexBall z) => z.IsReal ? ComplexBall.Of(Reals.Tanh(z.Re)) : Divide(Sinh(z), Cosh(z));

    /// <summary>The inverse of sinh: log(z + √(z² + 1)).</summary>
    public ComplexBall Asinh(ComplexBall z) => z.IsReal
        ? ComplexBall.Of(Reals.Asinh(z.Re))
        : Log(Add(z, Sqrt(Add(Multiply(z, z), ComplexBall.One))));

    /// <summary>The inverse of cosh: log(z + √(z + 1)·√(z - 1)).</summary>
    public ComplexBall Acosh(ComplexBall z) =>
        Log(Add(z, Multiply(Sqrt(Add(z, ComplexBall.One)), Sqrt(Subtract(z, ComplexBall.One)))));

    /// <summary>The inverse of tanh: (log(1 + z) - log(1 - z))/2.</summary>
    public ComplexBall Atanh(ComplexBall z) =>
        Halve(Subtract(Log(Add(ComplexBall.One, z)), Log(Subtract(ComplexBall.One, z))));

    /// <summary>z! = Γ(z + 1) on the real axis; undecided off it.</summary>
    public ComplexBall Factorial(ComplexBall z) => OnAxis(z, Reals.Factorial);

    /// <summary>Γ(z) on the real axis; undecided off it.</summary>
    public ComplexBall Gamma(ComplexBall z) => OnAxis(z, Reals.Gamma);

    private (ComplexBall Sin, ComplexBall Cos) SinCos(ComplexBall z)
    {
        if (!z.IsFinite) return (z, z);
        var (sin, cos) = Reals.SinCos(z.Re);
        if (z.IsReal) return (ComplexBall.Of(sin), ComplexBall.Of(cos));
        var (sinh, cosh) = (Reals.Sinh(z.Im), Reals.Cosh(z.Im));
        return (new(Reals.Multiply(sin, cosh), Reals.Multiply(cos, sinh)),
            new(Reals.Multiply(cos, cosh), Reals.Multiply(sin, sinh).Opposite()));
    }

    private static ComplexBall OnAxis(ComplexBall z, Func<Ball, Ball> function) =>
        z.IsReal ? ComplexBall.Of(function(z.Re)) : ComplexBall.Without(z.IsFinite ? BallState.Undecided : z.State);

    /// <summary>i·z.</summary>
    private static ComplexBall Rotate(ComplexBall z) => new(z.Im.Opposite(), z.Re);

    private static ComplexBall Halve(ComplexBall z) => new(Reals.Half(z.Re), Reals.Half(z.Im));

    /// <summary>Whether it is real and certainly of at most 1.</summary>
    private bool InUnit(ComplexBall z) =>
        z.IsReal && Reals.Subtract(Ball.One, z.Re.Upper()) is var room && (room.IsExactZero || room.IsPositive);

    private Ball NormSquared(ComplexBall z) => Reals.Add(Reals.Multiply(z.Re, z.Re), Reals.Multiply(z.Im, z.Im));

    /// <summary>An upper bound of |z|.</summary>
    private Ball Length(ComplexBall z) => Reals.Add(z.Re.Upper(), z.Im.Upper()).Upper();

    /// <summary>What may lie anywhere up to a length from 0.</summary>
    private ComplexBall Disc(Ball length) => new(Reals.Around(length), Reals.Around(length));
}
