using System.Globalization;
using System.Numerics;

namespace Softly.Tasks.Mathematics;

/// <summary>
/// A real number known to within a radius: the true value lies in [(m - r)·2^e, (m + r)·2^e], where m, r and e are whole numbers.
/// <see cref="Reals"/> computes with them. A ball without a number carries the reason in <see cref="State"/>.
/// </summary>
public readonly struct Ball
{
    /// <summary>Values of 2 to this power and more, or to its negative and less, are over budget.</summary>
    public const int ExponentCap = 1 << 26;

    private const int RadiusBits = 30;

    private Ball(BigInteger middle, long radius, int exponent, BallState state)
    {
        Middle = middle;
        Radius = radius;
        Exponent = exponent;
        State = state;
    }

    /// <summary>m: the middle, in units of 2^<see cref="Exponent"/>.</summary>
    public BigInteger Middle { get; }

    /// <summary>r, in the same units; 0 for a value that is exact.</summary>
    public long Radius { get; }

    /// <summary>e.</summary>
    public int Exponent { get; }

    /// <summary>Whether there is a number.</summary>
    public BallState State { get; }

    /// <summary>0, exactly.</summary>
    public static Ball Zero => default;

    /// <summary>1, exactly.</summary>
    public static Ball One { get; } = Of(1);

    /// <summary>Whether there is a number.</summary>
    public bool IsFinite => State == BallState.Finite;

    /// <summary>Whether the value is known without error.</summary>
    public bool IsExact => IsFinite && Radius == 0;

    /// <summary>Whether it is 0 without error.</summary>
    public bool IsExactZero => IsExact && Middle.IsZero;

    /// <summary>Whether 0 is among the possible values.</summary>
    public bool ContainsZero => IsFinite && BigInteger.Abs(Middle) <= Radius;

    /// <summary>Whether every possible value is above 0.</summary>
    public bool IsPositive => IsFinite && Middle > Radius;

    /// <summary>Whether every possible value is below 0.</summary>
    public bool IsNegative => IsFinite && -Middle > Radius;

    /// <summary>
    /// The least n that is sure to satisfy |x| &lt; 2^n for every possible value; <see cref="int.MinValue"/> for an exact 0.
    /// </summary>
    public int Magnitude => IsExactZero ? int.MinValue : Exponent + Bits(BigInteger.Abs(Middle) + Radius);

    /// <summary>
    /// The radius as a share of the middle, rounded up: 0 for an exact value, infinite where the middle is 0 or there is no
    /// number.
    /// </summary>
    public double RelativeRadius =>
        !IsFinite ? double.PositiveInfinity
        : Radius == 0 ? 0
        : Middle.IsZero ? double.PositiveInfinity
        : Math.Pow(2, Math.Log2(Radius) - BigInteger.Log(BigInteger.Abs(Middle), 2)) * 1.000001;

    /// <summary>The whole number, without error.</summary>
    public static Ball Of(BigInteger value) => new(value, 0, 0, BallState.Finite);

    /// <summary>The fraction m·2^e, without error; a whole number of bits, such as 1/2 = 1·2^-1.</summary>
    public static Ball Of(BigInteger mantissa, int exponent) => Rounded(mantissa, 0, exponent, int.MaxValue);

    /// <summary>(m ± r)·2^e, the radius rounded up to 30 bits.</summary>
    public static Ball Of(BigInteger middle, int exponent, BigInteger radius) =>
        Rounded(middle, BigInteger.Abs(radius), exponent, int.MaxValue);

    /// <summary>The double, without error.</summary>
    public static Ball OfDouble(double value)
    {
        if (!double.IsFinite(value)) return Without(BallState.Undefined);
        if (value == 0) return Zero;
        var exponent = Math.ILogB(value) - 52;
        return Of(new BigInteger(Math.ScaleB(value, -exponent)), exponent);
    }

    /// <summary>No number, for a reason.</summary>
    public static Ball Without(BallState reason) => new(0, 0, 0, reason);

    /// <summary>Whether the two could be one value; false if either is no number.</summary>
    public static bool Overlaps(Ball a, Ball b) => Difference(a, b).ContainsZero;

    /// <summary>Whether the two are certainly different values; false if either is no number.</summary>
    public static bool Separated(Ball a, Ball b) => Difference(a, b) is { IsFinite: true, ContainsZero: false };

    /// <summary>The greatest whole number not above the value, where the radius leaves no doubt.</summary>
    public Ball Floor()
    {
        if (!IsFinite || IsExactInteger(out _)) return this;
        if (Magnitude > 1 << 16) return Without(BallState.OverBudget);
        if (Exponent >= 0) return Without(BallState.Undecided);
        var low = (Middle - Radius) >> -Exponent;
        return low == (Middle + Radius) >> -Exponent ? Of(low) : Without(BallState.Undecided);
    }

    /// <summary>The least whole number not below the value, where the radius leaves no doubt.</summary>
    public Ball Ceiling() => Opposite().Floor().Opposite();

    /// <summary>Whether the value is a whole number without error, and which; large ones, over 2^16 bits, are left out.</summary>
    public bool IsExactInteger(out BigInteger value)
    {
        value = 0;
        if (!IsExact || Exponent > 1 << 16) return false;
        if (Exponent >= 0) value = Middle << Exponent;
        else if (Middle.IsZero) return true;
        else if (-(long)Exponent >= Bits(BigInteger.Abs(Middle))) return false;
        else value = Middle >> -Exponent;
        return Exponent >= 0 || value << -Exponent == Middle;
    }

    /// <summary>The nearest double of the middle, not rounded exactly; NaN where there is no number.</summary>
    public double ToDouble()
    {
        if (!IsFinite) return double.NaN;
        var excess = Math.Max(0, Bits(BigInteger.Abs(Middle)) - 62);
        var scale = (long)Exponent + excess;
        return scale is > 5000 or < -5000
            ? Middle.IsZero || scale < 0 ? 0 : Middle.Sign * double.PositiveInfinity
            : Math.ScaleB((double)(Middle >> excess), (int)scale);
    }

    /// <summary>The middle with 20 digits and the share of the radius.</summary>
    public override string ToString() =>
        IsFinite ? string.Create(CultureInfo.InvariantCulture, $"{Digits(20)} ± {RelativeRadius:0.#E+0}·") : State.ToString();

    /// <summary>The middle in decimal notation, cut after as many digits; values beyond 10^±1000 as powers of 2.</summary>
    public string Digits(int digits)
    {
        if (!IsFinite) return State.ToString();
        if (Middle.IsZero) return "0";
        if (Magnitude is > 3300 or < -3300) return $"{(Middle.Sign < 0 ? "-" : "")}2^{Magnitude}";
        var tens = (int)Math.Floor((Magnitude - 1) * 0.30103);
        var places = digits - tens;
        var scaled = places >= 0 ? Middle * BigInteger.Pow(10, places) : Middle;
        var below = places < 0 ? BigInteger.Pow(10, -places) : 1;
        var whole = BigInteger.Abs(Exponent >= 0 ? scaled << Exponent : scaled >> -Exponent) / below;
        var text = whole.ToString(CultureInfo.InvariantCulture);
        var exponent = text.Length - 1 - places;
        if (exponent is >= 0 and < 20 && exponent < text.Length) text = text[..(exponent + 1)] + "." + text[(exponent + 1)..];
        else text = text[..1] + "." + text[1..] + "e" + exponent.ToString(CultureInfo.InvariantCulture);
        return (Middle.Sign < 0 ? "-" : "") + text;
    }

    /// <summary>The worse of two reasons, for a result that has none of its own.</summary>
    internal static bool Stops(Ball a, Ball b, out Ball reason)
    {
        reason = Without(a.State > b.State ? a.State : b.State);
        return !reason.IsFinite;
    }

    /// <summary>
    /// m ± r rounded to as many bits of the middle, or fewer where the radius makes the rest meaningless; outwards.
    /// </summary>
    internal static Ball Rounded(BigInteger middle, BigInteger radius, long exponent, int bits)
    {
        long length = middle.IsZero ? 0 : Bits(BigInteger.Abs(middle));
        long error = radius.IsZero ? 0 : Bits(radius);
        var drop = (int)Math.Max(Math.Max(length - bits, error - RadiusBits), 0);
        if (drop > 0)
        {
            var half = BigInteger.One << (drop - 1);
            var kept = (middle + half) >> drop;
            var lost = kept << drop != middle;
            middle = kept;
            radius = radius.IsZero ? 0 : (radius >> drop) + 1;
            if (lost) radius += 1;
            exponent += drop;
        }
        if (middle.IsZero && radius.IsZero) return Zero;
        var top = exponent + Math.Max(Math.Max(length, error) - drop, 0);
        return top is >= ExponentCap or <= -ExponentCap || exponent < -2 * ExponentCap
            ? Without(BallState.OverBudget)
            : new Ball(middle, (long)radius, (int)exponent, BallState.Finite);
    }

    /// <summary>[-r·2^e, r·2^e]: what is added to a result to widen it by an error.</summary>
    internal Ball RadiusAsError() => new(0, Radius, Exponent, State);

    /// <summary>An upper bound of |x|, exactly.</summary>
    internal Ball Upper() => new(BigInteger.Abs(Middle) + Radius, 0, Exponent, State);

    /// <summary>A lower bound of |x|, exactly; 0 where 0 is possible.</summary>
    internal Ball Lower() => ContainsZero ? Zero : new Ball(BigInteger.Abs(Middle) - Radius, 0, Exponent, State);

    /// <summary>-x.</summary>
    internal Ball Opposite() => new(-Middle, Radius, Exponent, State);

    /// <summary>The middle alone, exactly.</summary>
    internal Ball Exactly() => new(Middle, 0, Exponent, State);

    internal static int Bits(BigInteger positive) => (int)Math.Min(positive.GetBitLength(), int.MaxValue);

    private static Ball Difference(Ball a, Ball b) => new Reals(1024).Subtract(a, b);
}
