using BenchmarkDotNet.Attributes;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>An update of 32 tensors, 984,320 numbers in all, on one thread.</summary>
public class AdamW
{
    private TorchSharp.Modules.Parameter[] _parameters = null!;
    private optim.Optimizer _plain = null!;
    private FusedAdamW _fused = null!;

    [GlobalSetup]
    public void Prepare()
    {
        set_num_threads(1);
        _parameters =
        [
            .. Enumerable.Range(0, 24).Select(i => new TorchSharp.Modules.Parameter(Draw.Normal(i, 256, 160))),
            .. Enumerable.Range(0, 8).Select(_ => new TorchSharp.Modules.Parameter(ones(160))),
        ];
        foreach (var parameter in _parameters)
        {
            using var loss = parameter.mul(parameter).sum();
            loss.backward();
        }
        _plain = optim.AdamW(_parameters, 1e-4, weight_decay: 0.01);
        _fused = new FusedAdamW(_parameters, weightDecay: 0.01);
    }

    [Benchmark(Baseline = true, Description = "TorchSharp's AdamW")]
    public void Plain() => _plain.step();

    [Benchmark(Description = "FusedAdamW")]
    public void Fused() => _fused.Step(1e-4);

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain.Dispose();
        _fused.Dispose();
        foreach (var parameter in _parameters) parameter.Dispose();
    }
}
