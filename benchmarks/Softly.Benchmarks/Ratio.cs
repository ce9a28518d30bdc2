using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Softly.Benchmarks;

/// <summary>How many times as fast a way is as its baseline, both measured in one run: by medians, which a stall does not move.</summary>
/// <param name="Benchmark">What, at what size: which way.</param>
/// <param name="Against">The baseline.</param>
/// <param name="Value">The baseline's median time over this way's.</param>
/// <param name="Low">The same by unlucky quartiles: how much the machine moved it.</param>
/// <param name="High">By lucky ones.</param>
internal sealed record Ratio(string Benchmark, string Against, double Value, double Low, double High)
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
           select new Ratio(Name(report), Way(other), its.Median / own.Median, its.Q1 / own.Q3, its.Q3 / own.Q1),
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
