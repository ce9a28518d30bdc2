using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>The benchmarks for a reader.</summary>
internal static class BenchmarkList
{
    /// <summary>A line each.</summary>
    public static void Say(Reporter reporter)
    {
        foreach (var benchmark in BenchmarkCatalog.All)
        {
            reporter.Record(new
            {
                name = benchmark.Name, title = benchmark.Title, problems = benchmark.Size, grader = benchmark.Grader,
                files = benchmark.Files.SelectMany(f => Benchmark.Endings.Select(e => f + e)), hub = benchmark.Hub.Name,
                guess = benchmark.GuessChance,
            });
            if (!reporter.Json)
                reporter.Say($"{benchmark.Name,-15} {benchmark.Size,5} problems, grader {benchmark.Grader,-7} {benchmark.Title}\n"
                    + $"{"",-15} {benchmark.Files[0]}.jsonl or .parquet in --data; softly pull datasets/{benchmark.Hub.Name}");
        }
    }
}
