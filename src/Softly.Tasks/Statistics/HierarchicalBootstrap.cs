namespace Softly.Tasks.Statistics;

/// <summary>
/// Percentile bootstrap where training runs are nested in warm starts and all are asked the same problems: what other warm
/// starts, other training runs and other problems of the same kind would have shown. A resample draws starts with replacement,
/// within each drawn start seeds with replacement, and, apart from both, problems with replacement, the same for all of them; it
/// is the mean over drawn starts of the means over drawn seeds and problems.
/// </summary>
/// <remarks>
/// Values are <c>values[start][seed][problem]</c>; starts may have different numbers of seeds, all have the same problems in the
/// same order. With a handful of starts the intervals are on the narrow side: S starts show (S − 1) / S of the variance between
/// starts. The seeds' variance is drawn again within starts whose means hold some of it already, which makes up for a part.
/// </remarks>
public static class HierarchicalBootstrap
{
    /// <summary>
    /// The mean with its interval; the same values everywhere have an interval of no width. Of one start, one seed or one problem
    /// it holds nothing of what others would have shown.
    /// </summary>
    /// <param name="values">S starts of seeds of P values each.</param>
    /// <param name="level">Default 0.95.</param>
    /// <param name="resamples">Default 2000.</param>
    /// <param name="seed">Resamples are the same for the same seed.</param>
    /// <exception cref="ArgumentException">There are no values, or runs of different problems.</exception>
    public static Interval Mean(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> values, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        var problems = Problems(values, nameof(values));
        var weights = new Weights(values);
        return Of(problems, weights.Estimate(), weights.Draw, weights.At, level, resamples, seed);
    }

    /// <summary>
    /// The mean difference a − b. Problems are always paired: a resample asks both the same ones. Starts are paired where both
    /// began with the same ones: a resample draws the same starts for both, and within a start the same seeds where both have as
    /// many (equal numbers share what they are asked in training), else seeds apart from each other. Where the starts are others,
    /// nothing but the problems pairs the two: starts and seeds are drawn apart. No bounds (NaN) where resampling cannot show
    /// any: of one problem, and of differences that are all alike.
    /// </summary>
    /// <param name="a">S starts of seeds of P values each.</param>
    /// <param name="b">The same of the other; as many starts where they are paired.</param>
    /// <param name="sameStarts">Whether start s of one is start s of the other.</param>
    /// <param name="level">Default 0.95.</param>
    /// <param name="resamples">Default 2000.</param>
    /// <param name="seed">Resamples are the same for the same seed.</param>
    /// <exception cref="ArgumentException">There are no values, or they cannot be paired as asked.</exception>
    public static Interval Difference(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> a, IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> b,
        bool sameStarts, double level = 0.95, int resamples = 2000, int seed = 1)
    {
        var problems = Problems(a, nameof(a));
        if (Problems(b, nameof(b)) is var others && others != problems)
            throw new ArgumentException($"paired values must be of the same problems: {problems} against {others}", nameof(b));
        if (sameStarts && a.Count != b.Count)
            throw new ArgumentException($"the same starts must be as many: {a.Count} against {b.Count}", nameof(b));
        var (first, second) = (new Weights(a), new Weights(b));
        var estimate = first.Estimate() - second.Estimate();
        if (problems == 1 || AreAlike(a, b, sameStarts)) return new Interval(estimate, double.NaN, double.NaN);
        return Of(problems, estimate, Draw, problem => first.At(problem) - second.At(problem), level, resamples, seed);

        void Draw(Random random)
        {
            if (sameStarts) first.DrawWith(second, random);
            else
            {
                first.Draw(random);
                second.Draw(random);
            }
        }
    }

    private static Interval Of(
        int problems, double estimate, Action<Random> draw, Func<int, double> at, double level, int resamples, int seed)
    {
        var random = new Random(seed);
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            draw(random);
            var sum = 0.0;
            for (var p = 0; p < problems; p++) sum += at(random.Next(problems));
            means[r] = sum / problems;
        }
        Array.Sort(means);
        return new Interval(estimate, Bootstrap.Quantile(means, (1 - level) / 2), Bootstrap.Quantile(means, (1 + level) / 2));
    }

    /// <summary>How many problems every run has.</summary>
    private static int Problems(IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> values, string name)
    {
        if (values.Count == 0 || values.Any(start => start.Count == 0) || values[0][0].Count == 0)
            throw new ArgumentException("there are no values to average: expected starts with seeds with problems", name);
        var problems = values[0][0].Count;
        return values.SelectMany(start => start).FirstOrDefault(run => run.Count != problems) is { } odd
            ? throw new ArgumentException($"every run must have the same problems: {problems} against {odd.Count}", name)
            : problems;
    }

    /// <summary>Whether all differences that a resample could draw are one number.</summary>
    private static bool AreAlike(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> a, IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> b,
        bool sameStarts)
    {
        var pairs = sameStarts && a.Zip(b).All(x => x.First.Count == x.Second.Count)
            ? a.Zip(b).SelectMany(start => start.First.Zip(start.Second))
            : a.SelectMany(start => start).SelectMany(run => b.SelectMany(start => start).Select(other => (run, other)));
        return Bootstrap.AreAlike(pairs.SelectMany(pair => pair.Item1.Zip(pair.Item2, (x, y) => x - y)));
    }

    /// <summary>How often a resample draws each run, as shares that sum to 1.</summary>
    private sealed class Weights
    {
        private readonly double[][] _runs; // all runs one behind the other: (R, P)
        private readonly int[] _first; // where each start's runs begin, and the end: (S + 1)
        private readonly double[] _shares; // (R)

        public Weights(IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> values)
        {
            _runs = [.. values.SelectMany(start => start).Select(run => run.ToArray())];
            _first = new int[values.Count + 1];
            for (var s = 0; s < values.Count; s++) _first[s + 1] = _first[s] + values[s].Count;
            _shares = new double[_runs.Length];
        }

        private int Starts => _first.Length - 1;

        private int SeedsOf(int start) => _first[start + 1] - _first[start];

        /// <summary>The mean over starts of the means over seeds and problems.</summary>
        public double Estimate()
        {
            var sum = 0.0;
            for (var s = 0; s < Starts; s++) sum += _runs[_first[s].._first[s + 1]].Average(run => run.Average());
            return sum / Starts;
        }

        public void Draw(Random random)
        {
            Array.Clear(_shares);
            for (var i = 0; i < Starts; i++) DrawSeeds(random.Next(Starts), random);
        }

        /// <summary>Draws for itself and for another with the same starts.</summary>
        public void DrawWith(Weights other, Random random)
        {
            Array.Clear(_shares);
            Array.Clear(other._shares);
            for (var i = 0; i < Starts; i++)
            {
                var start = random.Next(Starts);
                if (SeedsOf(start) == other.SeedsOf(start)) DrawSeeds(start, random, other);
                else
                {
                    DrawSeeds(start, random);
                    other.DrawSeeds(start, random);
                }
            }
        }

        /// <summary>The drawn runs' mean at a problem.</summary>
        public double At(int problem)
        {
            var sum = 0.0;
            for (var r = 0; r < _runs.Length; r++)
                if (_shares[r] != 0) sum += _shares[r] * _runs[r][problem];
            return sum;
        }

        private void DrawSeeds(int start, Random random, Weights? other = null)
        {
            var seeds = SeedsOf(start);
            for (var i = 0; i < seeds; i++)
            {
                var seed = random.Next(seeds);
                _shares[_first[start] + seed] += 1.0 / Starts / seeds;
                if (other is not null) other._shares[other._first[start] + seed] += 1.0 / Starts / seeds;
            }
        }
    }
}
