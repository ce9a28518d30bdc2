namespace Softly.Benchmarks;

internal static class RatioTable
{
    public static void Print(TextWriter to, IReadOnlyList<Ratio> ratios, Baselines? recorded)
    {
        to.WriteLine("\nTimes as fast as the baseline of the same run (medians, and by quartiles; above 1 is faster):\n");
        var width = ratios.Max(r => r.Benchmark.Length);
        foreach (var ratio in ratios)
        {
            to.Write($"{ratio.Benchmark.PadRight(width)}  {ratio.Value,6:0.00}  {$"({ratio.Low:0.00} to {ratio.High:0.00})",-18} against {ratio.Against}");
            if (recorded?.Ratios.TryGetValue(ratio.Benchmark, out var before) == true)
            {
                var change = ratio.Value < before / recorded.Tolerance ? ": SLOWER" : ratio.Value > before * recorded.Tolerance ? ": faster" : "";
                to.Write($"  (recorded {before:0.00}{change})");
            }
            to.WriteLine();
        }
        if (recorded is not null)
            to.WriteLine($"\nRecorded on {recorded.Date}, {recorded.Machine}; words appear beyond a factor of {recorded.Tolerance}.");
        to.WriteLine("Allocated is managed memory; what libtorch allocates is not counted.");
    }
}
