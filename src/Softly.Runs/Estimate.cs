using System.Globalization;

namespace Softly.Runs;

/// <summary>
/// A number with its interval, 95 % unless the place that shows it says otherwise. Bounds are NaN where there is none.
/// </summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>A number without an interval.</summary>
    public static Estimate Exact(double value) => new(value, double.NaN, double.NaN);

    /// <summary>True where both ends are numbers.</summary>
    public bool HasInterval => double.IsFinite(Low) && double.IsFinite(High);

    /// <summary>True where the whole interval lies above zero or below it: the only differences that may be claimed.</summary>
    public bool ExcludesZero => HasInterval && (Low > 0 || High < 0);

    /// <summary>The same in another unit, for example shares in points: <c>Times(100)</c>.</summary>
    public Estimate Times(double factor) =>
        factor >= 0 ? new(Value * factor, Low * factor, High * factor) : new(Value * factor, High * factor, Low * factor);

    /// <summary><c>57.8</c>, or signed <c>+3.0</c>; a real minus sign.</summary>
    public string ValueText(int decimals = 1, bool signed = false) => Numbers.Fixed(Value, decimals, signed);

    /// <summary><c>[56.1, 59.8]</c>; empty where there is no interval.</summary>
    public string IntervalText(int decimals = 1, bool signed = false) =>
        HasInterval ? $"[{Numbers.Fixed(Low, decimals, signed)}, {Numbers.Fixed(High, decimals, signed)}]" : "";

    /// <summary><c>57.8 [56.1, 59.8]</c></summary>
    public string Text(int decimals = 1, bool signed = false) =>
        HasInterval ? ValueText(decimals, signed) + " " + IntervalText(decimals, signed) : ValueText(decimals, signed);

    /// <summary>As <see cref="Text"/> with one decimal.</summary>
    public override string ToString() => Text();
}

/// <summary>Numbers for readers: fixed decimals, a true minus, no "−0.0".</summary>
internal static class Numbers
{
    public static string Fixed(double value, int decimals, bool signed = false)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? signed ? "+∞" : "∞" : "−∞";
        var text = Math.Abs(value).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var zero = text.AsSpan().IndexOfAnyExcept('0', '.') < 0;
        return zero ? text : value < 0 ? "−" + text : signed ? "+" + text : text;
    }

    /// <summary>Three digits that count: 92.1, 0.512, 1234, 1.2e−5; whole numbers without decimals.</summary>
    public static string Significant(double value)
    {
        if (!double.IsFinite(value) || (double.IsInteger(value) && Math.Abs(value) < 1e6)) return Fixed(value, 0);
        var place = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return place is >= -3 and < 6 ? Fixed(value, Math.Max(0, 2 - place))
            : value.ToString("0.##e0", CultureInfo.InvariantCulture).Replace('-', '−');
    }
}
