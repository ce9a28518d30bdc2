namespace Softly.Runs.Reports;

/// <summary>
/// A line chart as SVG. In a page its colours follow the page; <see cref="ToSvgFile"/> carries its own. Numbers that are not
/// finite are left out; a chart without numbers says so.
/// </summary>
public sealed record Chart
{
    /// <summary>What is shown.</summary>
    public required string Title { get; init; }

    /// <summary>The lines, first drawn first.</summary>
    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Name of the horizontal axis.</summary>
    public string XLabel { get; init; } = "step";

    /// <summary>Name of the vertical axis, with its unit.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>True for a base 2 horizontal axis, as for pass@k.</summary>
    public bool Log2X { get; init; }

    /// <summary>Numbers the vertical axis shows in any case, such as 0 and 100.</summary>
    public IReadOnlyList<double> YShows { get; init; } = [];

    /// <summary>True to draw a line at zero.</summary>
    public bool ZeroLine { get; init; }

    /// <summary>True to move points of the same X apart, so that bars do not cover each other.</summary>
    public bool Dodge { get; init; }

    /// <summary>True to join the points. Default true.</summary>
    public bool Joined { get; init; } = true;

    /// <summary>For readers who hear the page; the lines and their last values where empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The drawing, for a page that declares the colours.</summary>
    public string ToSvg() => new ChartDrawing(this).Write(style: "");

    /// <summary>The drawing as a file of its own, for light and dark.</summary>
    public string ToSvgFile() => new ChartDrawing(this).Write(
        $"<style>{ChartStyle.Colours}{ChartStyle.Rules}"
        + ".chart{background:var(--chart-paper)}</style>\n");
}
