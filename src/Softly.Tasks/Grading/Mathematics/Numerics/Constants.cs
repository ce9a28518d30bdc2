using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// π and the logarithm of 2 as whole numbers of 2^-bits, with an error of at most 2 units. The longest asked for is kept, up to
/// <see cref="MaximumBits"/>: a few kilobytes at most.
/// </summary>
internal static class Constants
{
    /// <summary>No more bits are computed than these.</summary>
    internal const int MaximumBits = 1 << 14;

    private const int Guard = 32;
    private static Kept? _pi;
    private static Kept? _log2;

    internal static BigInteger Pi(int bits) => Get(ref _pi, bits, w => 16 * ArcTangent(5, w) - 4 * ArcTangent(239, w));

    internal static BigInteger Log2(int bits) =>
        Get(ref _log2, bits, w => 18 * ArcTangent(26, w, +1) - 2 * ArcTangent(4801, w, +1) + 8 * ArcTangent(8749, w, +1));

    /// <summary>A longer one, cut off, is the same number with at most one unit more of error.</summary>
    private static BigInteger Get(ref Kept? kept, int bits, Func<int, BigInteger> compute)
    {
        var known = Volatile.Read(ref kept);
        if (known is null || known.Bits < bits)
        {
            var length = (bits + 511) / 512 * 512;
            known = new Kept(length, compute(length + Guard) >> Guard);
            Volatile.Write(ref kept, known);
        }
        return known.Value >> (known.Bits - bits);
    }

    /// <summary>
    /// The inverse tangent of 1/n, hyperbolic with the sign +1; each of the at most bits/4 terms is wrong by at most 2 units, so
    /// 26 times the sum stays far below 2^<see cref="Guard"/> units.
    /// </summary>
    private static BigInteger ArcTangent(int n, int bits, int sign = -1)
    {
        var power = (BigInteger.One << bits) / n;
        var square = n * n;
        var sum = power;
        for (var k = 3; !power.IsZero; k += 2)
        {
            power /= sign * square;
            sum += power / k;
        }
        return sum;
    }

    private sealed record Kept(int Bits, BigInteger Value);
}
