using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>Arithmetic that stays exact, or says null where it cannot: the value is no fraction, does not exist or is too large.</summary>
internal static class Exact
{
    private const int MaxFactorial = 2000;

    /// <summary>A power; null also for 0 to the power 0 and below.</summary>
    public static Rational? Power(Rational value, Rational exponent)
    {
        if (value.IsZero) return exponent.Sign > 0 ? Rational.Zero : null;
        if (value.IsOne) return Rational.One;
        if (!exponent.IsWhole)
        {
            if (exponent.Denominator > 64 || value.Sign < 0) return null;
            return Root(value, (int)exponent.Denominator) is { } root ? Power(root, exponent.Numerator) : null;
        }
        if (value == -1) return exponent.Numerator.IsEven ? Rational.One : -1;
        if (exponent.Numerator.GetBitLength() > 24 || value.Bits * (double)BigInteger.Abs(exponent.Numerator) > Effort.MaxBits) return null;
        return value.Pow((int)exponent.Numerator);
    }

    /// <summary>A real root, where it is a fraction.</summary>
    public static Rational? Root(Rational value, int index)
    {
        if (index < 1 || value.Bits > Effort.MaxBits) return null;
        if (index == 1 || value.IsZero) return value;
        if (value.Sign < 0) return index % 2 == 1 && Root(-value, index) is { } opposite ? -opposite : null;
        return WholeRoot(value.Numerator, index) is { } above && WholeRoot(value.Denominator, index) is { } below
            ? Rational.Of(above, below) : null;
    }

    /// <summary>A known function at exact arguments.</summary>
    public static Rational? Call(string function, IReadOnlyList<Rational> at, Effort effort)
    {
        var x = at.Count > 0 ? at[0] : Rational.Zero;
        switch (function)
        {
            case "abs" or "norm": return x.Abs();
            case "sgn": return x.Sign;
            case "Re": return x;
            case "Im": return Rational.Zero;
            case "floor": return x.Floor();
            case "ceil": return x.Ceiling();
            case "max": return at.Max();
            case "min": return at.Min();
            case "mod" when !at[1].IsZero: return x - at[1] * (x / at[1]).Floor();
            case "gcd" when at.All(a => a.IsWhole): return at.Aggregate(BigInteger.Zero, (g, a) => BigInteger.GreatestCommonDivisor(g, a.Numerator));
            case "lcm" when at.All(a => a.IsWhole && !a.IsZero):
                return at.Aggregate(BigInteger.One, (l, a) => l / BigInteger.GreatestCommonDivisor(l, a.Numerator) * BigInteger.Abs(a.Numerator));
            case "factorial": return Product(x, 1, effort);
            case "doublefactorial": return Product(x, 2, effort);
            case "binom": return Binomial(x, at[1], effort);
            case "log" when at.Count == 2: return Logarithm(x, at[1]);
            case "ln" when x.IsOne: return Rational.Zero;
            default: return null;
        }
    }

    /// <summary>The prime factors of a number and their exponents; what is left when small ones are out counts as one.</summary>
    public static List<(BigInteger Prime, int Exponent)> Factors(BigInteger number, Effort effort)
    {
        var factors = new List<(BigInteger, int)>();
        for (BigInteger prime = 2; prime < 5000 && prime * prime <= number; prime += prime == 2 ? 1 : 2)
        {
            var exponent = 0;
            effort.Step(1 + (int)(number.GetBitLength() / 256));
            while ((number % prime).IsZero)
            {
                number /= prime;
                exponent++;
                effort.Step();
            }
            if (exponent > 0) factors.Add((prime, exponent));
        }
        if (number.IsOne) return factors;
        if (WholeRoot(number, 2) is { } root) factors.Add((root, 2));
        else if (WholeRoot(number, 3) is { } cube) factors.Add((cube, 3));
        else factors.Add((number, 1));
        return factors;
    }

    private static BigInteger? WholeRoot(BigInteger value, int index)
    {
        if (value.IsOne || value.IsZero) return value;
        var bits = value.GetBitLength();
        if (bits <= index) return null;
        var low = BigInteger.One << (int)((bits - 1) / index);
        var high = low << 1;
        while (high - low > 1)
        {
            var middle = (low + high) >> 1;
            if (BigInteger.Pow(middle, index) <= value) low = middle; else high = middle;
        }
        return BigInteger.Pow(low, index) == value ? low : null;
    }

    private static Rational? Product(Rational x, int step, Effort effort)
    {
        if (!x.IsWhole || x.Sign < 0 || x > MaxFactorial) return null;
        var product = BigInteger.One;
        for (var factor = (int)x.Numerator; factor > 1; factor -= step)
        {
            product *= factor;
            effort.Step(1 + (int)(product.GetBitLength() / 512));
        }
        return product;
    }

    private static Rational? Binomial(Rational n, Rational k, Effort effort)
    {
        if (!n.IsWhole || !k.IsWhole || n.Sign < 0) return null;
        if (k.Sign < 0 || k > n) return Rational.Zero;
        if (n.Numerator.GetBitLength() > 31) return null;
        var few = (int)BigInteger.Min(k.Numerator, n.Numerator - k.Numerator);
        if (few > MaxFactorial) return null;
        var result = BigInteger.One;
        for (var i = 1; i <= few; i++)
        {
            result = result * (n.Numerator - few + i) / i;
            effort.Step(1 + (int)(result.GetBitLength() / 512));
        }
        return result;
    }

    private static Rational? Logarithm(Rational value, Rational numberBase)
    {
        if (value.Sign <= 0 || numberBase.Sign <= 0 || numberBase.IsOne) return null;
        if (value.IsOne) return Rational.Zero;
        // candidates n/d with base^n = value^d
        var ratio = Math.Log(Math.Abs(value.ToDouble())) / Math.Log(numberBase.ToDouble());
        for (var d = 1; d <= 6 && double.IsFinite(ratio) && Math.Abs(ratio) < 4096; d++)
        {
            var n = (int)Math.Round(ratio * d);
            if (Math.Abs(ratio * d - n) < 1e-9 && Power(numberBase, n) is { } left && Power(value, d) is { } right && left == right)
                return Rational.Of(n, d);
        }
        return null;
    }
}
