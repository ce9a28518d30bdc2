namespace Softly.Tasks.Mathematics;

/// <summary>
/// A complex number known to within a rectangle. <see cref="Complexes"/> computes with them. An imaginary part that is an exact 0
/// marks a real number, and results of real arguments keep it so.
/// </summary>
/// <param name="Re">The real part.</param>
/// <param name="Im">The imaginary part.</param>
public readonly record struct ComplexBall(Ball Re, Ball Im)
{
    /// <summary>0, exactly.</summary>
    public static ComplexBall Zero => default;

    /// <summary>1, exactly.</summary>
    public static ComplexBall One { get; } = new(Ball.One, Ball.Zero);

    /// <summary>i, exactly.</summary>
    public static ComplexBall I { get; } = new(Ball.Zero, Ball.One);

    /// <summary>The worse of the two parts' states.</summary>
    public BallState State => Re.State > Im.State ? Re.State : Im.State;

    /// <summary>Whether there is a number.</summary>
    public bool IsFinite => State == BallState.Finite;

    /// <summary>Whether it is known to be real.</summary>
    public bool IsReal => IsFinite && Im.IsExactZero;

    /// <summary>Whether it is 0 without error.</summary>
    public bool IsExactZero => Re.IsExactZero && Im.IsExactZero;

    /// <summary>Whether 0 is among the possible values.</summary>
    public bool ContainsZero => Re.ContainsZero && Im.ContainsZero;

    /// <summary>
    /// The larger radius as a share of the larger middle, rounded up; infinite where both middles are 0 or there is no number.
    /// </summary>
    public double RelativeRadius
    {
        get
        {
            if (!IsFinite) return double.PositiveInfinity;
            if (Re.IsExact && Im.IsExact) return 0;
            var (re, im) = (Re.Exactly().Magnitude, Im.Exactly().Magnitude);
            if (Math.Max(re, im) == int.MinValue) return double.PositiveInfinity;
            var error = Math.Max(Re.RadiusAsError().Magnitude, Im.RadiusAsError().Magnitude);
            return Math.Pow(2, (double)error - (Math.Max(re, im) - 1));
        }
    }

    /// <summary>The real number.</summary>
    public static ComplexBall Of(Ball real) => new(real, Ball.Zero);

    /// <summary>No number, for a reason.</summary>
    public static ComplexBall Without(BallState reason) => new(Ball.Without(reason), Ball.Zero);

    /// <summary>Whether the two could be one value; false if either is no number.</summary>
    public static bool Overlaps(ComplexBall a, ComplexBall b) => Ball.Overlaps(a.Re, b.Re) && Ball.Overlaps(a.Im, b.Im);

    /// <summary>Whether the two are certainly different values; false if either is no number.</summary>
    public static bool Separated(ComplexBall a, ComplexBall b) =>
        a.IsFinite && b.IsFinite && (Ball.Separated(a.Re, b.Re) || Ball.Separated(a.Im, b.Im));

    /// <summary>The middle with 20 digits.</summary>
    public override string ToString() => IsReal ? Re.ToString() : IsFinite ? $"({Re}) + ({Im})i" : State.ToString();
}
