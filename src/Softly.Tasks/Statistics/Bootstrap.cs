namespace Softly.Tasks.Statistics;

/// <summary>An estimate with its interval.</summary>
/// <param name="Estimate">The mean.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Estimate, double Low, double High)
{
    /// <summary>True where 0 lies outside: a difference that can be told apart from none.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}

/// <summary>
/// Percentile bootstrap over problems (Efron 1979): what another set of problems of the same kind would have shown.
/// </summary>
public static class Bootstrap
{
    /// <summary>The mean with its interval.</summary>
    /// <param name="values">One value a problem.</param>
    /// <param name="level">Default 0.95.</param>
    /// <param name="resamples">Default 2000.</param>
    /// <param name="seed">Resamples are the same for the same seed.</param>
    public static Interval Mean(IReadOnlyList<double> values, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        if (values.Count == 0) throw new ArgumentException("there are no values to average", nameof(values));
        var random = new Random(seed);
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++) sum += values[random.Next(values.Count)];
            means[r] = sum / values.Count;
        }
        Array.Sort(means);
        return new Interval(values.Average(), Quantile(means, (1 - level) / 2), Quantile(means, (1 + level) / 2));
    }

    /// <summary>The mean difference a − b, paired by problem: both are resampled together.</summary>
    public static Interval Difference(
        IReadOnlyList<double> a, IReadOnlyList<double> b, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        if (a.Count != b.Count)
            throw new ArgumentException($"paired values must be of the same problems: {a.Count} against {b.Count}", nameof(b));
        return Mean([.. a.Zip(b, (x, y) => x - y)], level, resamples, seed);
    }

    private static double Quantile(double[] sorted, double q)
    {
        var at = q * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
