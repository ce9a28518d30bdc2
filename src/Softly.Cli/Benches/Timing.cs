using System.Diagnostics;
using Softly.Runs;

namespace Softly.Cli.Benches;

/// <summary>The times of several runs of the same thing.</summary>
/// <param name="Best">The least, in seconds: other programs only ever add to a time.</param>
/// <param name="Median">The middle one; the mean of the two middle ones of an even number.</param>
/// <param name="Runs">How many, warm-up not counted.</param>
internal sealed record Timing(double Best, double Median, int Runs)
{
    /// <summary>Seconds for readers, microseconds too.</summary>
    public static string Show(double seconds) => seconds < 0.0005 ? $"{1e6 * seconds:0.#} µs" : HumanTime.Format(seconds);

    public static Timing Of(IReadOnlyList<double> seconds)
    {
        var ordered = seconds.Order().ToArray();
        var half = ordered.Length / 2;
        return new(
            ordered[0], ordered.Length % 2 == 1 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2, ordered.Length);
    }
}

/// <summary>How often something is measured: one run to warm up, then several, until there are enough or time is up.</summary>
/// <param name="Least">Runs that there are in any case.</param>
/// <param name="Most">Runs at most.</param>
/// <param name="Seconds">No further run begins after this.</param>
internal sealed record Patience(int Least, int Most, double Seconds)
{
    public static readonly Patience Full = new(2, 50, 20);
    public static readonly Patience Quick = new(2, 2, 5);

    /// <summary>Runs <paramref name="one"/>, which says itself what of it is to be timed.</summary>
    /// <param name="one">Gives seconds by name.</param>
    /// <param name="progress">Told before every run.</param>
    /// <returns>A timing for every name.</returns>
    public IReadOnlyDictionary<string, Timing> Measure(Func<Dictionary<string, double>> one, Action<string> progress)
    {
        progress("warming up");
        one();
        var all = new Dictionary<string, List<double>>();
        var clock = Stopwatch.StartNew();
        for (var run = 0; run < Most && (run < Least || clock.Elapsed.TotalSeconds < Seconds); run++)
        {
            progress($"run {run + 1}");
            foreach (var (name, seconds) in one())
                (all.TryGetValue(name, out var list) ? list : all[name] = []).Add(seconds);
        }
        return all.ToDictionary(x => x.Key, x => Timing.Of(x.Value));
    }

    /// <summary>The whole of it timed.</summary>
    public Timing Measure(Action one, Action<string> progress) => Measure(() =>
    {
        var clock = Stopwatch.StartNew();
        one();
        return new Dictionary<string, double> { [""] = clock.Elapsed.TotalSeconds };
    }, progress)[""];
}
