using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// Series over whole numbers of 2^-bits. Arguments are taken as exact; every result is wrong by at most 2 units, because the sums
/// run with <see cref="Guard"/> bits more, which hold the errors of up to 2^14 terms with room to spare.
/// </summary>
internal static class FixedPoint
{
    private const int Guard = 32;
    private const int Halvings = 8;

    /// <summary>
    /// e^t for |t| &lt; 0.75. With u = t/2^8 a term is less than 2^-8 of the one before; a sum of N terms is wrong by at most
    /// 3N + 10 units, and each squaring at most doubles the relative error and adds 2.1 units: less than 2^24 units in the end.
    /// </summary>
    internal static BigInteger Exp(BigInteger t, int bits)
    {
        var w = bits + Guard;
        var u = t << (Guard - Halvings);
        var term = BigInteger.One << w;
        var sum = term;
        for (var n = 1; !term.IsZero; n++)
        {
            term = (term * u >> w) / n;
            sum += term;
        }
        for (var i = 0; i < Halvings; i++) sum = sum * sum >> w;
        return sum >> Guard;
    }

    /// <summary>sin t and cos t for |t| ≤ 4.</summary>
    internal static (BigInteger Sin, BigInteger Cos) SinCos(BigInteger t, int bits)
    {
        var w = bits + Guard;
        var x = t << Guard;
        var square = -(x * x >> w);
        var (sin, cos) = (x, BigInteger.One << w);
        var (odd, even) = (sin, cos);
        for (var n = 1; !odd.IsZero || !even.IsZero; n += 2)
        {
            even = (even * square >> w) / (n * (n + 1));
            odd = (odd * square >> w) / ((n + 1) * (n + 2));
            cos += even;
            sin += odd;
        }
        return (sin >> Guard, cos >> Guard);
    }

    /// <summary>
    /// The inverse tangent of q, |q| &lt; 1/2, hyperbolic with the sign +1. Meant for small q: the terms shrink by q².
    /// </summary>
    internal static BigInteger ArcTangent(BigInteger q, int bits, int sign)
    {
        var w = bits + Guard;
        var power = q << Guard;
        var square = sign * (power * power >> w);
        var sum = power;
        for (var k = 3; !power.IsZero && power != BigInteger.MinusOne; k += 2)
        {
            power = power * square >> w;
            sum += power / k;
        }
        return sum >> Guard;
    }

    /// <summary>The greatest whole number whose square is not above n; by Newton's steps down from above.</summary>
    internal static BigInteger SquareRoot(BigInteger n)
    {
        if (n <= 1) return n;
        var bits = (int)n.GetBitLength();
        BigInteger root;
        if (bits <= 104) root = new BigInteger(Math.Sqrt((double)n) * (1 + 1e-15)) + 1;
        else
        {
            var drop = bits / 4 * 2; // half of the bits, and an even number of them
            root = (SquareRoot(n >> drop) + 1) << (drop / 2);
        }
        while (true)
        {
            var next = (root + n / root) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }
}
