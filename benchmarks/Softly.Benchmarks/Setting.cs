using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Softly.Benchmarks;

internal static class Setting
{
    // In this process: a project made for the occasion would not find native torch. Short: what counts is the ratio.
    public static IConfig Of() => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(new InProcessEmitToolchain(TimeSpan.FromMinutes(5), true))
            .WithWarmupCount(6).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(100))
            .WithEvaluateOverhead(false).WithId("Short"))
        .AddLogger(ConsoleLogger.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddColumn(StatisticColumn.Min, StatisticColumn.Median)
        // Its ratio is of means: see Ratio for ours.
        .HideColumns(Column.Error, Column.StdDev, Column.Ratio, Column.RatioSD, Column.AllocRatio)
        .AddDiagnoser(MemoryDiagnoser.Default) // managed memory only: libtorch's tensors are not in it
        .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
}
