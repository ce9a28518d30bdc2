using System.Globalization;

namespace Softly.Runs.Reports;

/// <summary>An axis: its range, ticks at round numbers and their labels.</summary>
internal sealed class Axis
{
    private const double Most = 1e300; // beyond it a range would overflow
    private readonly double _low, _high;
    private readonly Func<double, double> _scale;
    private readonly Func<double, string> _label;

    private Axis(double low, double high, IReadOnlyList<double> ticks, Func<double, double> scale, Func<double, string> label)
    {
        _scale = scale;
        _label = label;
        (_low, _high) = (scale(low), scale(high));
        Ticks = ticks;
    }

    /// <summary>Where ticks stand, ascending.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>The tick's text.</summary>
    public string Label(double tick) => _label(tick);

    /// <summary>The place of a value between the ends, 0 to 1.</summary>
    public double At(double value) => Math.Clamp((_scale(Math.Clamp(value, -Most, Most)) - _low) / (_high - _low), 0, 1);

    /// <summary>A linear axis.</summary>
    /// <param name="values">Finite numbers to show; none gives 0 to 1.</param>
    /// <param name="about">How many ticks, roughly.</param>
    /// <param name="whole">Ticks at whole numbers only.</param>
    /// <param name="loose">The ends are moved out to ticks.</param>
    public static Axis Linear(IEnumerable<double> values, int about, bool whole = false, bool loose = false)
    {
        var (low, high) = Range(values);
        var step = NiceStep((high - low) / about);
        if (whole) step = Math.Max(1, step);
        var first = loose ? Math.Floor(low / step + 1e-9) : Math.Ceiling(low / step - 1e-9);
        var last = loose ? Math.Ceiling(high / step - 1e-9) : Math.Floor(high / step + 1e-9);
        List<double> ticks = [];
        for (var n = 0; first + n <= last && n < 4 * about; n++) ticks.Add((first + n) * step);
        if (loose) (low, high) = (ticks[0], ticks[^1]);
        var largest = ticks.Select(Math.Abs).DefaultIfEmpty(0).Max();
        return new Axis(low, high, ticks, v => v, tick => Text(tick, step, largest));
    }

    /// <summary>A base 2 axis: ticks at the values themselves where they are few, else at powers of two.</summary>
    public static Axis Log2(IEnumerable<double> values)
    {
        var sorted = values.Where(v => v > 0).Select(v => Math.Min(v, Most)).Distinct().Order().ToList();
        if (sorted.Count == 0) sorted.Add(1);
        var (low, high) = (sorted[0], sorted[^1]);
        if (high <= low * (1 + 1e-9)) (low, high) = (low / 2, high * 2);
        List<double> ticks = sorted;
        if (sorted.Count > 8)
        {
            var (from, to) = ((int)Math.Ceiling(Math.Log2(low)), (int)Math.Floor(Math.Log2(high)));
            var stride = Math.Max(1, (to - from) / 8 + 1);
            ticks = [.. Enumerable.Range(0, (to - from) / stride + 1).Select(n => Math.Pow(2, from + n * stride))];
        }
        return new Axis(low, high, ticks, v => Math.Log2(Math.Max(v, double.Epsilon)), tick => Text(tick, tick, tick));
    }

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high) return (0, 1);
        (low, high) = (Math.Clamp(low, -Most, Most), Math.Clamp(high, -Most, Most));
        var size = Math.Max(Math.Abs(low), Math.Abs(high));
        if (size < 1e-290) return (0, 1); // zero, or too small to divide
        return high - low <= 1e-9 * size ? (low - 0.1 * size, high + 0.1 * size) : (low, high);
    }

    private static double NiceStep(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return (raw / power) switch { <= 1.0000001 => 1, <= 2.0000001 => 2, <= 5.0000001 => 5, _ => 10 } * power;
    }

    private static string Text(double tick, double step, double largest)
    {
        if (Math.Abs(tick) < step * 1e-6) return "0";
        var place = (int)Math.Floor(Math.Log10(step) + 1e-9);
        if (largest < 1e6 && place > -5) return Numbers.Fixed(tick, Math.Max(0, step == tick && place >= 0 ? 0 : -place));
        var digits = Math.Clamp((int)Math.Floor(Math.Log10(largest) + 1e-9) - place, 0, 9);
        return tick.ToString(digits == 0 ? "0e0" : "0." + new string('#', digits) + "e0", CultureInfo.InvariantCulture)
            .Replace('-', '−');
    }
}
