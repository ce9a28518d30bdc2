using System.Text;

namespace Softly.Runs.Reports;

/// <summary>
/// Colours as CSS variables for light and dark pages. They differ in lightness as well as hue and keep 3:1 contrast; each line
/// has its own dash and marker besides, for readers who see no colours and for paper.
/// </summary>
internal static class ChartStyle
{
    private static readonly string[] Light = ["#0067a5", "#c84e00", "#00805f", "#a8478a", "#7d6300", "#4a4fb5"];
    private static readonly string[] Dark = ["#5cb8f0", "#ff9455", "#35c79b", "#e79ac9", "#e3c23c", "#a3a8ff"];
    private static readonly string[] Dashes = ["", "9 3", "3 2.5", "10 3 2.5 3", "6 2 2 2 2 2", "14 4"];

    /// <summary>Colours; after that many lines they come again, with other dashes and markers.</summary>
    public static int Slots => Light.Length;

    private static int Shape(int slot) => (slot + slot / Slots) % Slots;

    /// <summary>Declares the variables; paper is always light.</summary>
    public static string Colours { get; } =
        $":root{{{Variables(dark: false)}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{Variables(dark: true)}}}}}\n";

    private static string Variables(bool dark)
    {
        var text = new StringBuilder(dark
            ? "--chart-ink:#e6e6e6;--chart-quiet:#a6a6a6;--chart-grid:#3a3d42;--chart-paper:#16181c;"
            : "--chart-ink:#1c1c1c;--chart-quiet:#666;--chart-grid:#e2e2e2;--chart-paper:#fff;");
        var colours = dark ? Dark : Light;
        for (var i = 0; i < colours.Length; i++) text.Append($"--series-{i}:{colours[i]};");
        return text.ToString();
    }

    /// <summary>What the page or the file needs once: fonts and sizes of chart text.</summary>
    public const string Rules =
        """
        .chart{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
        font-variant-numeric:tabular-nums}
        .chart text{fill:var(--chart-ink,#1c1c1c)}
        .chart .quiet{fill:var(--chart-quiet,#666)}
        .chart .title{font-size:15px;font-weight:600}
        .chart .grid{stroke:var(--chart-grid,#e2e2e2);stroke-width:1}
        .chart .axis{stroke:var(--chart-quiet,#666);stroke-width:1}
        .chart .line{fill:none;stroke-linejoin:round;stroke-linecap:butt}
        """;

    public static string Colour(SeriesRole role, int slot) =>
        role == SeriesRole.Measured ? $"var(--series-{slot % Slots},{Light[slot % Slots]})" : "var(--chart-quiet,#666)";

    /// <summary>The attributes of the line itself.</summary>
    public static string Stroke(SeriesRole role, int slot)
    {
        var (width, dash) = role switch
        {
            SeriesRole.Guess => ("1.5", "2 4"),
            SeriesRole.Baseline => ("2", ""),
            _ => ("2", Dashes[Shape(slot)]),
        };
        return $"stroke=\"{Colour(role, slot)}\" stroke-width=\"{width}\""
            + (dash.Length > 0 ? $" stroke-dasharray=\"{dash}\"" : "");
    }

    /// <summary>The outline of a marker around a place; empty for lines without one.</summary>
    public static string Marker(SeriesRole role, int slot, double x, double y)
    {
        if (role == SeriesRole.Guess) return "";
        return (role == SeriesRole.Baseline ? 4 : Shape(slot)) switch
        {
            0 => $"M{P(-3.6, 0)}a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0Z",
            1 => $"M{P(-3.3, -3.3)}h6.6v6.6h-6.6Z",
            2 => $"M{P(0, -4.4)}l4.2 7.4h-8.4Z",
            3 => $"M{P(0, -4.6)}l4.6 4.6l-4.6 4.6l-4.6 -4.6Z",
            4 => $"M{P(-4, -1.1)}h8v2.2h-8Z",
            _ => $"M{P(0, 4.4)}l4.2 -7.4h-8.4Z",
        };

        string P(double dx, double dy) => Markup.Coordinate(x + dx) + " " + Markup.Coordinate(y + dy);
    }
}
