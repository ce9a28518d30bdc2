namespace Softly.Tasks.Statistics;

/// <summary>What uniformly random legal answers reach: the floor under every pass@k curve.</summary>
public static class GuessCurve
{
    /// <summary>The mean over problems of 1 − (1 − p)^k.</summary>
    public static double At(int k, IEnumerable<double> chances) => chances.Average(p => 1 - Math.Pow(1 - p, k));

    /// <summary>How far above guessing: (pass − guess) / (1 − guess).</summary>
    public static double Normalized(double pass, double guess) => guess >= 1 ? 0 : (pass - guess) / (1 - guess);
}
