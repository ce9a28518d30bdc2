namespace Softly.Benchmarks;

internal static class RatioTable
{
    public static void Print(TextWriter to, IReadOnlyList<Ratio> ratios, Baselines? recorded)
    {
        to.WriteLine("\nTimes as fast as the baseline of the same run (least times; above 1 is faster):\n");
        var width = ratios.Max(r => r.Benchmark.Length);
        foreach (var ratio in ratios)
        {
            var medians = $"(medians {ratio.Medians:0.00})";
            to.Write($"{ratio.Benchmark.PadRight(width)}  {ratio.Value,6:0.00}  {medians,-15}  against {ratio.Against}");
            if (recorded?.Ratios.TryGetValue(ratio.Benchmark, out var before) == true)
            {
                var factor = ratio.Value / before;
                var change = factor < 1 / recorded.Tolerance ? ": SLOWER" : factor > recorded.Tolerance ? ": faster" : "";
                to.Write($"  (recorded {before:0.00}{change})");
            }
            to.WriteLine();
        }
        if (recorded is not null)
            to.WriteLine($"\nRecorded on {recorded.Date}, {recorded.Machine}; {recorded.Tolerance} times is no difference.");
        to.WriteLine("Allocated is managed memory; what libtorch allocates is not counted.");
    }
}
