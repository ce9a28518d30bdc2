namespace Softly.Runs.Reports;

/// <summary>A point of a line. A Y that is not finite leaves a gap.</summary>
public readonly record struct ChartPoint(double X, Estimate Y)
{
    /// <summary>A point without an interval.</summary>
    public ChartPoint(double x, double y) : this(x, Estimate.Exact(y))
    {
    }
}

/// <summary>What a line stands for, and so how it is drawn.</summary>
public enum SeriesRole
{
    /// <summary>Something measured: a colour, a dash and a marker of its own.</summary>
    Measured,

    /// <summary>What the others are compared with: grey and solid.</summary>
    Baseline,

    /// <summary>What chance gives: grey, thin and dashed, without markers.</summary>
    Guess,
}

/// <summary>How intervals are drawn.</summary>
public enum Spread
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>As a shaded band.</summary>
    Band,

    /// <summary>As a bar at each point.</summary>
    Bars,
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, in the order they are joined.</param>
public sealed record Series(string Name, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>What the line stands for. Default <see cref="SeriesRole.Measured"/>.</summary>
    public SeriesRole Role { get; init; }

    /// <summary>How intervals are drawn. Default <see cref="Spread.None"/>.</summary>
    public Spread Spread { get; init; }

    /// <summary>Place in the palette, so that a thing looks the same in every chart; null takes the next.</summary>
    public int? Slot { get; init; }
}
