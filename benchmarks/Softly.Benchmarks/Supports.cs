using BenchmarkDotNet.Attributes;
using Softly.Sampling;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>The five likeliest tokens, then 95 % of their mass, of 64 rows of 49,152 logits, on one thread.</summary>
public class Supports
{
    private static readonly SupportFilter Filter = new() { TopK = 5, TopP = 0.95 };

    private Tensor _logits = null!;

    [GlobalSetup]
    public void Prepare()
    {
        set_num_threads(1);
        _logits = Draw.Normal(1, 64, 49_152);
    }

    [Benchmark(Baseline = true, Description = "full sort")]
    public void Sorted()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (sorted, ids) = _logits.sort(-1, descending: true); // (B, V)
        _ = ids.narrow(1, 0, Filter.TopK).clone();
        var values = sorted.narrow(1, 0, Filter.TopK); // (B, K)
        var p = values.softmax(-1);
        var kept = p.cumsum(-1).sub(p).lt(Scalars.Of(Filter.TopP));
        _ = values.masked_fill(kept.logical_not(), Scalars.MinusInfinity).log_softmax(-1);
    }

    [Benchmark(Description = "SupportFilter.Apply")]
    public void Filtered()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _ = Filter.Apply(_logits);
    }

    [GlobalCleanup]
    public void Cleanup() => _logits.Dispose();
}
