using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Softly.Benchmarks;

/// <summary>
/// How many times as fast a way is as its baseline, both measured in one run. By the least time of each: other programs only
/// ever add to it, and more often to a long iteration than to a short one, so that medians flatter the faster way.
/// </summary>
/// <param name="Benchmark">What, at what size: which way.</param>
/// <param name="Against">The baseline.</param>
/// <param name="Value">The baseline's least time over this way's.</param>
/// <param name="Medians">The same of medians: far off where the machine was busy.</param>
internal sealed record Ratio(string Benchmark, string Against, double Value, double Medians)
{
    public static IReadOnlyList<Ratio> Of(IEnumerable<Summary> summaries) =>
    [
        .. from summary in summaries
           from report in summary.Reports
           where report.ResultStatistics is not null && !Baseline(report)
           let other = summary.Reports.FirstOrDefault(r => Baseline(r) && Parameters(r) == Parameters(report))
           where other?.ResultStatistics is not null
           let own = report.ResultStatistics
           let its = other.ResultStatistics
           select new Ratio(Name(report), Way(other), its.Min / own.Min, its.Median / own.Median),
    ];

    private static bool Baseline(BenchmarkReport report) => report.BenchmarkCase.Descriptor.Baseline;

    private static string Way(BenchmarkReport report) => report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');

    private static string Parameters(BenchmarkReport report) =>
        string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(p => $"{p.Name.ToLowerInvariant()} {p.Value}"));

    private static string Name(BenchmarkReport report)
    {
        Descriptor descriptor = report.BenchmarkCase.Descriptor;
        var parameters = Parameters(report);
        return $"{descriptor.Type.Name}{(parameters.Length == 0 ? "" : $" ({parameters})")}: {Way(report)}";
    }
}
