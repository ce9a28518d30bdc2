namespace Softly.Tasks.Statistics;

/// <summary>
/// Where a curve first rises through a level, on the straight line between two of its points: what arms are compared at when they
/// are compared at the same pass@1.
/// </summary>
/// <param name="Before">Index of the point before, below the level or on it.</param>
/// <param name="Share">How far towards the next point, 0 to 1.</param>
public readonly record struct Crossing(int Before, double Share)
{
    /// <summary>The first crossing; null where no two neighbouring points bracket the level from below.</summary>
    /// <param name="curve">Values in the order of their steps.</param>
    /// <param name="level">In the curve's unit.</param>
    public static Crossing? Of(IReadOnlyList<double> curve, double level)
    {
        for (var i = 0; i + 1 < curve.Count; i++)
            if (curve[i] <= level && level <= curve[i + 1])
                return new Crossing(i, curve[i + 1] == curve[i] ? 0 : (level - curve[i]) / (curve[i + 1] - curve[i]));
        return null;
    }

    /// <summary>Another quantity at the same place: a straight line between the same two points.</summary>
    public double Of(IReadOnlyList<double> values) =>
        values[Before] + Share * (values[Before + 1] - values[Before]);

    /// <summary>The levels that most of some curves bracket, out of whole percents.</summary>
    /// <param name="curves">Curves of shares from 0 to 1.</param>
    /// <returns>
    /// The highest of them and, three points or more below it, the middle; empty where no curve brackets a whole percent.
    /// </returns>
    public static IReadOnlyList<int> Levels(IReadOnlyList<IReadOnlyList<double>> curves)
    {
        var counts = Enumerable.Range(1, 99)
            .Select(level => (Level: level, Count: curves.Count(c => Of(c, level / 100.0) is not null))).ToList();
        var most = counts.Max(c => c.Count);
        if (most == 0) return [];
        var best = counts.Where(c => c.Count == most).Select(c => c.Level).ToList();
        var (highest, middle) = (best[^1], best[(best.Count - 1) / 2]);
        return highest - middle >= 3 ? [middle, highest] : [highest];
    }
}
