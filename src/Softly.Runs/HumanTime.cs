using System.Globalization;

namespace Softly.Runs;

/// <summary>Spans of time as people say them: the two largest units, no more digits than help.</summary>
public static class HumanTime
{
    /// <summary>
    /// For example <c>0.42 s</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>, <c>3 d 4 h</c>; negative spans with a minus.
    /// </summary>
    public static string Format(TimeSpan span)
    {
        if (span < TimeSpan.Zero) return "−" + Format(span == TimeSpan.MinValue ? TimeSpan.MaxValue : -span);
        if (span.TotalSeconds < 0.0005) return "0 s";
        if (span.TotalSeconds < 0.9995) return Short(span.TotalSeconds * 1000, "ms");
        if (span.TotalSeconds < 9.95) return span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";

        // Round once, to the smaller unit shown; else 59.7 s would read "60 s" and 1 h 59.9 min "1 h 60 min".
        var seconds = (long)Math.Round(span.TotalSeconds);
        if (seconds < 60) return $"{seconds} s";
        if (seconds < 3600) return Two(seconds / 60, "min", seconds % 60, "s");
        var minutes = (long)Math.Round(span.TotalMinutes);
        if (minutes < 24 * 60) return Two(minutes / 60, "h", minutes % 60, "min");
        var hours = (long)Math.Round(span.TotalHours);
        return Two(hours / 24, "d", hours % 24, "h");
    }

    /// <summary>The same for a number of seconds; NaN and infinities give a dash.</summary>
    public static string Format(double seconds) =>
        !double.IsFinite(seconds) || Math.Abs(seconds) >= TimeSpan.MaxValue.TotalSeconds
            ? "–"
            : Format(TimeSpan.FromSeconds(seconds));

    private static string Short(double value, string unit) =>
        value.ToString(value < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + unit;

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
