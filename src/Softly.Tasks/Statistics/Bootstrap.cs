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
/// Percentile bootstrap over problems (Efron 1979): what another set of problems of the same kind would have shown; and over
/// problems and seeds, what other training runs would have shown besides.
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

    /// <summary>
    /// The mean of shares from 0 to 1. Where all of them are 0, or all 1, resampling shows no spread at all; the interval then
    /// ends at the exact bound for N tries that came out alike (Clopper and Pearson 1934): ((1 − level) / 2)^(1/N) below 1.
    /// </summary>
    /// <param name="values">One share a problem.</param>
    /// <param name="level">Default 0.95.</param>
    public static Interval Share(IReadOnlyList<double> values, double level = 0.95)
    {
        var bound = Math.Pow((1 - level) / 2, 1.0 / Math.Max(1, values.Count));
        return values.Count > 0 && values.All(v => v == 1) ? new Interval(1, bound, 1)
            : values.Count > 0 && values.All(v => v == 0) ? new Interval(0, 0, 1 - bound)
            : Mean(values, level);
    }

    /// <summary>
    /// The mean difference a − b, paired by problem: both are resampled together. There are no bounds (NaN) where resampling
    /// cannot show any: of one problem, and of differences that are all alike.
    /// </summary>
    public static Interval Difference(
        IReadOnlyList<double> a, IReadOnlyList<double> b, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        if (a.Count != b.Count)
            throw new ArgumentException($"paired values must be of the same problems: {a.Count} against {b.Count}", nameof(b));
        double[] differences = [.. a.Zip(b, (x, y) => x - y)];
        return differences.Length < 2 || AreAlike(differences)
            ? new Interval(differences.Average(), double.NaN, double.NaN)
            : Mean(differences, level, resamples, seed);
    }

    /// <summary>
    /// The mean over seeds and problems. A resample draws seeds and problems, each with replacement and apart from each other,
    /// and averages the cells where they meet. With a handful of seeds this is on the narrow side: S seeds show (S − 1) / S of
    /// the variance between seeds.
    /// </summary>
    /// <param name="values">S seeds of P values each, the problems in the same order.</param>
    /// <param name="level">Default 0.95.</param>
    /// <param name="resamples">Default 2000.</param>
    /// <param name="seed">Resamples are the same for the same seed.</param>
    public static Interval MeanOverSeeds(
        IReadOnlyList<IReadOnlyList<double>> values, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        if (values.Count == 0 || values[0].Count == 0)
            throw new ArgumentException("there are no values to average", nameof(values));
        var (seeds, problems) = (values.Count, values[0].Count);
        if (values.FirstOrDefault(v => v.Count != problems) is { } odd)
            throw new ArgumentException(
                $"every seed must have the same problems: {problems} against {odd.Count}", nameof(values));
        var random = new Random(seed);
        var means = new double[resamples];
        var weights = new double[seeds];
        for (var r = 0; r < resamples; r++)
        {
            Array.Clear(weights);
            for (var s = 0; s < seeds; s++) weights[random.Next(seeds)]++;
            var sum = 0.0;
            for (var p = 0; p < problems; p++)
            {
                var drawn = random.Next(problems);
                for (var s = 0; s < seeds; s++) sum += weights[s] * values[s][drawn];
            }
            means[r] = sum / seeds / problems;
        }
        Array.Sort(means);
        return new Interval(
            values.Average(v => v.Average()), Quantile(means, (1 - level) / 2), Quantile(means, (1 + level) / 2));
    }

    /// <summary>
    /// The mean difference a − b over seeds and problems, paired by both: seed s of one arm stands against seed s of the other,
    /// and a resample draws the same problems and the same seeds for both. No bounds (NaN) as in <see cref="Difference"/>.
    /// </summary>
    public static Interval DifferenceOverSeeds(
        IReadOnlyList<IReadOnlyList<double>> a, IReadOnlyList<IReadOnlyList<double>> b, double level = 0.95,
        int resamples = 2000, int seed = 1)
    {
        if (a.Count != b.Count || a.Zip(b).Any(x => x.First.Count != x.Second.Count))
            throw new ArgumentException("paired values must be of the same seeds and problems", nameof(b));
        double[][] differences = [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u - v).ToArray())];
        return differences.Length > 0 && (differences[0].Length == 1 || AreAlike(differences.SelectMany(d => d)))
            ? new Interval(differences.Average(d => d.Average()), double.NaN, double.NaN)
            : MeanOverSeeds(differences, level, resamples, seed);
    }

    /// <summary>
    /// The mean difference of shares from 0 to 1, paired by seed and problem. Where all differences are d, resampling shows no
    /// spread; by the exact bound for N problems that came out alike (see <see cref="Share"/>) at least the share
    /// b = ((1 − level) / 2)^(1/N) of all problems differ by d, and the rest by −1 to 1: the interval is b·d ± (1 − b). One
    /// problem has no bounds (NaN).
    /// </summary>
    /// <param name="a">S seeds of N shares each, the problems in the same order.</param>
    /// <param name="b">The same of the other.</param>
    /// <param name="level">Default 0.95.</param>
    public static Interval ShareDifference(
        IReadOnlyList<IReadOnlyList<double>> a, IReadOnlyList<IReadOnlyList<double>> b, double level = 0.95)
    {
        var interval = a.Count == 1 && b.Count == 1
            ? Difference(a[0], b[0], level)
            : DifferenceOverSeeds(a, b, level);
        if (!double.IsNaN(interval.Low) || a[0].Count < 2) return interval;
        var bound = Math.Pow((1 - level) / 2, 1.0 / a[0].Count);
        return interval with
        {
            Low = bound * interval.Estimate - (1 - bound), High = bound * interval.Estimate + (1 - bound),
        };
    }

    /// <summary>Whether values differ by no more than rounding.</summary>
    public static bool AreAlike(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return high - low < 1e-12;
    }

    internal static double Quantile(double[] sorted, double q)
    {
        var at = q * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
