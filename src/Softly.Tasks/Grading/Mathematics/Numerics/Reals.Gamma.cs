using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <content>
/// Γ: by products for whole numbers up to <see cref="LargestProduct"/>, else by Stirling's series, whose error on the positive
/// axis is less than the first term left out (Abramowitz and Stegun 6.1.42).
/// </content>
public sealed partial class Reals
{
    /// <summary>Factorials up to this one are multiplied out.</summary>
    public const int LargestProduct = 2000;

    private const int Terms = 60;

    private static readonly Lazy<(BigInteger Above, BigInteger Below)[]> Bernoulli = new(BernoulliNumbers);

    /// <summary>n!, of any n ≥ 0 that keeps within the exponents; as Γ(x + 1) for what is no whole number.</summary>
    public Ball Factorial(Ball x)
    {
        if (!Pays(x, out var refusal)) return refusal;
        if (!x.IsExactInteger(out var n)) return Gamma(Add(x, Ball.One));
        if (n.Sign < 0) return Ball.Without(BallState.Undefined);
        if (n > LargestProduct) return Gamma(Ball.Of(n + 1));
        return Budget.Spend((long)n) ? Trim(Ball.Of(Product(1, (int)n))) : Ball.Without(BallState.OverBudget);
    }

    /// <summary>Γ(x); undefined at 0, -1, -2 ….</summary>
    public Ball Gamma(Ball x)
    {
        if (!Pays(x, out var refusal)) return refusal;
        if (x.IsExactInteger(out var n) && n <= LargestProduct)
            return n.Sign > 0 ? Factorial(Ball.Of(n - 1)) : Ball.Without(BallState.Undefined);
        if (x.IsPositive) return new Reals(Math.Min(Bits + Math.Max(0, x.Magnitude) + 40, 4096), Budget).LargeGamma(x, this);
        if (x.ContainsZero) return Ball.Without(BallState.Undecided);
        if (x.Magnitude > 20) return Ball.Without(BallState.OverBudget);
        // Γ(x)·Γ(1 - x) = π/sin πx
        return Divide(Pi, Multiply(Sin(Multiply(Pi, x)), Gamma(Subtract(Ball.One, x))));
    }

    /// <summary>The product of first…last, by halves.</summary>
    internal static BigInteger Product(int first, int last)
    {
        if (first > last) return BigInteger.One;
        if (last - first < 8)
        {
            BigInteger product = first;
            for (var i = first + 1; i <= last; i++) product *= i;
            return product;
        }
        var middle = (first + last) / 2;
        return Product(first, middle) * Product(middle + 1, last);
    }

    private Ball LargeGamma(Ball x, Reals wanted)
    {
        // The argument is raised until the series reaches the precision: term k is about (k/(π e y))^2k.
        var raised = x.Magnitude > 30 ? 0 : Math.Max(0, Bits / 4 + 8 - (int)x.Lower().ToDouble());
        if (!Budget.Spend(raised + 4L * Terms)) return Ball.Without(BallState.OverBudget);
        var (y, product) = (x, Ball.One);
        for (var i = 0; i < raised; i++) (product, y) = (Multiply(product, y), Add(y, Ball.One));
        var inverse = Divide(Ball.One, y);
        var square = Multiply(inverse, inverse);
        var series = Ball.Zero;
        var power = inverse;
        for (var k = 1; k <= Terms; k++)
        {
            var (above, below) = Bernoulli.Value[k];
            var term = Multiply(power, Ratio(above, below * (2 * k) * (2 * k - 1)));
            if (k == Terms || (term.Magnitude < -Bits && !term.IsExactZero))
            {
                series = Widen(series, term);
                break;
            }
            series = Add(series, term);
            power = Multiply(power, square);
        }
        var body = Subtract(Multiply(Subtract(y, Ball.Of(1, -1)), Log(y)), y);
        var logarithm = Add(Add(body, Half(Log(Double(Pi)))), series);
        return wanted.Trim(Divide(Exp(logarithm), product));
    }

    /// <summary>B_2k by the recurrence over all m: the sum of C(m+1, j)·B_j for j = 0…m is 0; index k, from 1.</summary>
    private static (BigInteger, BigInteger)[] BernoulliNumbers()
    {
        var found = new (BigInteger Above, BigInteger Below)[2 * Terms + 1];
        found[0] = (1, 1);
        for (var m = 1; m <= 2 * Terms; m++)
        {
            BigInteger above = 0, below = 1, choose = 1;
            for (var j = 0; j < m; j++)
            {
                var (p, q) = found[j];
                (above, below) = (above * q + choose * p * below, below * q);
                var common = BigInteger.GreatestCommonDivisor(above, below);
                (above, below) = (above / common, below / common);
                choose = choose * (m + 1 - j) / (j + 1);
            }
            var (up, down) = (-above, below * (m + 1));
            var shared = BigInteger.GreatestCommonDivisor(up, down);
            found[m] = (up / shared, down / shared);
        }
        return [.. Enumerable.Range(0, Terms + 1).Select(k => found[2 * k])];
    }
}
