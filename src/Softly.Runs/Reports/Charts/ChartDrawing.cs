using System.Text;
using static Softly.Runs.Reports.Markup;

namespace Softly.Runs.Reports;

/// <summary>
/// Draws one chart: title, legend, axes, then bands, lines, bars and markers. The legend has rows of its own above the plot.
/// </summary>
internal sealed class ChartDrawing
{
    private const double Width = 480, PlotHeight = 210, Right = 14, LineHeight = 19, Sample = 30;
    private const double Character = 6.9, TitleCharacter = 8; // mean widths
    private const int MostMarkers = 12, SparseMarkers = 7, MostTips = 40;

    private readonly StringBuilder _svg = new();
    private readonly Chart _chart;
    private readonly List<(Series Series, int Slot, List<ChartPoint> Points)> _lines = [];
    private readonly Axis _x, _y;
    private readonly double _left;
    private readonly bool _empty;
    private double _top;

    public ChartDrawing(Chart chart)
    {
        _chart = chart;
        var next = 0;
        foreach (var series in chart.Series)
        {
            var slot = series.Slot ?? (series.Role == SeriesRole.Measured ? next++ : 0);
            _lines.Add((series, slot, [.. series.Points.Where(p => double.IsFinite(p.X) && (!chart.Log2X || p.X > 0))]));
        }
        var drawn = _lines.SelectMany(l =>
            l.Points.Where(p => double.IsFinite(p.Y.Value)).Select(p => (l.Series.Spread, Point: p))).ToList();
        var xs = drawn.Select(d => d.Point.X).ToList();
        _x = chart.Log2X ? Axis.Log2(xs) : Axis.Linear(xs, 6, whole: true);
        _y = Axis.Linear(drawn.SelectMany(d => Shown(d.Spread, d.Point.Y)).Concat(chart.YShows.Where(double.IsFinite))
            .Concat(chart.ZeroLine ? [0.0] : []), 5, loose: true);
        _left = Math.Min(120, 14 + Character * _y.Ticks.Max(t => TextWidth.Of(_y.Label(t))));
        _empty = drawn.Count == 0;
    }

    public string Write(string style)
    {
        Title();
        Legend();
        Label();
        var bottom = _top + PlotHeight;
        if (_empty) Text((_left + Width - Right) / 2, _top + PlotHeight / 2, "no numbers to show", "quiet", "middle");
        else Axes(bottom);
        foreach (var (series, slot, points) in _lines.Where(l => l.Series.Spread == Spread.Band)) Band(series, slot, points);
        foreach (var (series, slot, points) in _lines.Where(_ => _chart.Joined)) Line(series, slot, points);
        foreach (var (series, slot, points) in _lines.Where(l => l.Series.Spread == Spread.Bars)) Bars(series, slot, points);
        foreach (var (series, slot, points) in _lines) Marks(series, slot, points);
        var height = Coordinate(bottom + 42);
        var name = Escape(_chart.Title);
        var spoken = Escape(_chart.Description.Length > 0 ? _chart.Description : Spoken());
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {Coordinate(Width)} {height}\" "
            + $"role=\"img\" aria-label=\"{name}. {spoken}\">\n<title>{name}</title>\n{style}{_svg}</svg>\n";
    }

    private void Title()
    {
        foreach (var line in TextWidth.Wrap(_chart.Title, (int)(Width / TitleCharacter)))
            Text(0, _top += LineHeight, line, "title");
    }

    private void Legend()
    {
        if (_lines.Count < 2 && _lines.All(l => l.Series.Name == _chart.Title || l.Series.Name.Length == 0)) return;
        var x = 0.0;
        _top += LineHeight + 2;
        foreach (var (series, slot, _) in _lines)
        {
            var name = TextWidth.Shorten(series.Name, (int)((Width - Sample - 12) / Character));
            var wide = Sample + 6 + TextWidth.Of(name) * Character;
            if (x > 0 && x + wide > Width) (x, _top) = (0, _top + LineHeight);
            if (_chart.Joined) Stroke("line", $"M{Pair(x, _top - 4)}h{Coordinate(Sample)}", ChartStyle.Stroke(series.Role, slot));
            Marker(series.Role, slot, x + Sample / 2, _top - 4, "");
            Text(x + Sample + 6, _top, name);
            x += wide + 16;
        }
    }

    private void Label()
    {
        _top += _chart.YLabel.Length > 0 ? LineHeight + 2 : 2;
        if (_chart.YLabel.Length > 0) Text(0, _top, TextWidth.Shorten(_chart.YLabel, (int)((Width - 8) / Character)), "quiet");
        _top += 14;
    }

    private void Axes(double bottom)
    {
        foreach (var tick in _y.Ticks)
        {
            Across("grid", Y(tick));
            Text(_left - 6, Y(tick) + 4.5, _y.Label(tick), "quiet", "end");
        }
        Across("axis", bottom);
        if (_chart.ZeroLine) Across("axis", Y(0));
        foreach (var tick in _x.Ticks)
        {
            Stroke("axis", $"M{Pair(X(tick), bottom)}v4");
            Text(X(tick), bottom + 18, _x.Label(tick), "quiet", "middle");
        }
        Text((_left + Width - Right) / 2, bottom + 36, _chart.XLabel, "quiet", "middle");
    }

    private void Band(Series series, int slot, List<ChartPoint> points)
    {
        foreach (var run in Runs(points, p => p.Y.HasInterval && double.IsFinite(p.Y.Value)))
        {
            if (run.Count < 2) continue;
            var outline = run.Select(p => (p.X, Y: p.Y.High)).Concat(run.AsEnumerable().Reverse().Select(p => (p.X, Y: p.Y.Low)));
            _svg.Append($"<path d=\"{Path(outline)}Z\" fill=\"{ChartStyle.Colour(series.Role, slot)}\" fill-opacity=\".16\"/>\n");
        }
    }

    private void Line(Series series, int slot, List<ChartPoint> points)
    {
        foreach (var run in Runs(points, p => double.IsFinite(p.Y.Value)))
        {
            if (run.Count > 1)
                Stroke("line", Path(run.Select(p => (p.X, p.Y.Value)), Shift(series)), ChartStyle.Stroke(series.Role, slot));
            else // a point between gaps would be lost among sparse markers
                Marker(series.Role, slot, X(run[0].X) + Shift(series), Y(run[0].Y.Value), "");
        }
    }

    private void Bars(Series series, int slot, List<ChartPoint> points)
    {
        var colour = $"stroke=\"{ChartStyle.Colour(series.Role, slot)}\" stroke-width=\"2\"";
        foreach (var (x, y) in points.Where(p => p.Y.HasInterval && double.IsFinite(p.Y.Value)))
            Stroke("line", $"M{Pair(X(x) + Shift(series), Y(y.Low))}V{Coordinate(Y(y.High))}", colour);
    }

    private void Marks(Series series, int slot, List<ChartPoint> points)
    {
        var finite = points.Where(p => double.IsFinite(p.Y.Value)).ToList();
        var stride = finite.Count <= MostMarkers ? 1 : (finite.Count - 1) / (double)SparseMarkers;
        // Sparse markers of neighbours stand apart.
        var phase = stride > 1 ? stride * (slot % ChartStyle.Slots) / ChartStyle.Slots : 0;
        for (var at = phase; at < finite.Count; at += stride)
        {
            var (px, estimate) = finite[(int)at];
            var tip = $"{NameOf(series)}, {_chart.XLabel} {Numbers.Significant(px)}: {Said(estimate)}";
            Marker(series.Role, slot, X(px) + Shift(series), Y(estimate.Value), finite.Count <= MostTips ? tip : "");
        }
    }

    private void Marker(SeriesRole role, int slot, double x, double y, string tip)
    {
        if (ChartStyle.Marker(role, slot, x, y) is not { Length: > 0 } outline) return;
        var end = tip.Length > 0 ? $"><title>{Escape(tip)}</title></path>" : "/>";
        _svg.Append($"<path d=\"{outline}\" fill=\"{ChartStyle.Colour(role, slot)}\"{end}\n");
    }

    private void Across(string style, double y) => Stroke(style, $"M{Pair(_left, y)}H{Coordinate(Width - Right)}");

    private void Stroke(string style, string d, string more = "") =>
        _svg.Append($"<path class=\"{style}\" d=\"{d}\"{(more.Length > 0 ? " " + more : "")}/>\n");

    private static string Pair(double x, double y) => Coordinate(x) + " " + Coordinate(y);

    private void Text(double x, double y, string text, string style = "", string anchor = "") =>
        _svg.Append($"<text x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\"{(style.Length > 0 ? $" class=\"{style}\"" : "")}"
            + $"{(anchor.Length > 0 ? $" text-anchor=\"{anchor}\"" : "")}>{Escape(text)}</text>\n");

    private string Path(IEnumerable<(double X, double Y)> points, double shift = 0)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points) path.Append(path.Length == 0 ? 'M' : 'L').Append(Pair(X(x) + shift, Y(y)));
        return path.ToString();
    }

    private double X(double value)
    {
        var inset = _chart.Dodge ? 24 : 8;
        return _left + inset + _x.At(value) * (Width - Right - _left - 2 * inset);
    }

    private double Y(double value) => _top + PlotHeight * (1 - _y.At(value));

    private double Shift(Series series) => _chart.Dodge ? (IndexOf(series) - (_lines.Count - 1) / 2.0) * 9 : 0;

    private int IndexOf(Series series) => _lines.FindIndex(l => ReferenceEquals(l.Series, series));

    private string Spoken() => _empty ? "No numbers." : string.Join("; ", _lines.Select(l =>
        l.Points.Where(p => double.IsFinite(p.Y.Value)).ToList() is [.., var last]
            ? $"{NameOf(l.Series)} ends at {Said(last.Y)}" : $"{NameOf(l.Series)} has no numbers")) + ".";

    private string NameOf(Series series) => series.Name.Length > 0 ? series.Name : _chart.Title;

    private static string Said(Estimate y) => Numbers.Significant(y.Value)
        + (y.HasInterval ? $" [{Numbers.Significant(y.Low)}, {Numbers.Significant(y.High)}]" : "");

    private static IEnumerable<double> Shown(Spread spread, Estimate y) =>
        spread != Spread.None && y.HasInterval ? [y.Value, y.Low, y.High] : [y.Value];

    private static IEnumerable<List<ChartPoint>> Runs(List<ChartPoint> points, Func<ChartPoint, bool> joined)
    {
        var run = new List<ChartPoint>();
        foreach (var point in points)
        {
            if (joined(point)) run.Add(point);
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }
        if (run.Count > 0) yield return run;
    }
}
