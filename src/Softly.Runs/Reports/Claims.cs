namespace Softly.Runs.Reports;

/// <summary>
/// Sentences about paired differences that claim a direction only where the whole interval lies on one side of zero. An
/// interval that touches zero claims nothing.
/// </summary>
public static class Claims
{
    private const int MostDecimals = 4;

    /// <summary>Compares <paramref name="subject"/> with <paramref name="other"/>.</summary>
    /// <param name="subject">What the sentence is about.</param>
    /// <param name="other">What it is compared with.</param>
    /// <param name="difference">Subject minus other, with its interval.</param>
    /// <param name="unit">The unit in the plural.</param>
    /// <param name="decimals">Decimals to print; more are taken where a bound would else read as zero.</param>
    public static string Compare(string subject, string other, Estimate difference, string unit = "points", int decimals = 1)
    {
        if (!double.IsFinite(difference.Value)) return $"{subject} was not compared with {other}.";
        if (!difference.HasInterval)
            return $"{subject} differs from {other} by {difference.ValueText(decimals, signed: true)} {unit}; "
                + "without an interval this says nothing about other problems.";
        decimals = Sufficient(difference, decimals);
        if (!difference.ExcludesZero)
            return $"{subject} cannot be told apart from {other}: {difference.Text(decimals, signed: true)} {unit}.";
        var (side, size) = difference.Low > 0 ? ("above", difference) : ("below", difference.Times(-1));
        return $"{subject} is {side} {other} by {size.ValueText(decimals)} {unit} {size.IntervalText(decimals)}.";
    }

    // An interval [0.02, 1.3] must not read [0.0, 1.3] in a sentence that says it excludes zero.
    private static int Sufficient(Estimate difference, int decimals)
    {
        while (decimals < MostDecimals && (Vanishes(difference.Low) || Vanishes(difference.High))) decimals++;
        return decimals;

        bool Vanishes(double bound) => bound != 0 && Math.Round(Math.Abs(bound), decimals, MidpointRounding.AwayFromZero) == 0;
    }
}
