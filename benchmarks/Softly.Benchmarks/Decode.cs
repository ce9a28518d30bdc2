using BenchmarkDotNet.Attributes;
using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>One step of the quickstart's tiny model, rows fed mixtures of five tokens: 64 steps after a prompt of 16.</summary>
public class Decode
{
    private const int Vocabulary = 107, Prompts = 16, PromptLength = 16, Steps = 64, Components = 5;

    private Decoder _model = null!;
    private IDecoder _engine = null!;
    private Tensor _ids = null!, _weights = null!;
    private MixtureRow[][] _prompts = null!;

    [Params(16, 256)]
    public int Rows { get; set; }

    [GlobalSetup(Target = nameof(LibtorchOneThread))]
    public void OneThread() => Prepare(1, m => new TorchDecoder(m));

    [GlobalSetup(Target = nameof(LibtorchTwoThreads))]
    public void TwoThreads() => Prepare(2, m => new TorchDecoder(m));

    [GlobalSetup(Target = nameof(KernelsOneWorker))]
    public void OneWorker() => Prepare(1, m => new SimdDecoder(m.Config, m.Named, 1));

    [GlobalSetup(Target = nameof(KernelsTwoWorkers))]
    public void TwoWorkers() => Prepare(1, m => new SimdDecoder(m.Config, m.Named, 2));

    [IterationSetup]
    public void Start()
    {
        _engine.Release();
        _engine.Add(_prompts, Rows / Prompts, Steps).Dispose();
    }

    [Benchmark(Baseline = true, Description = "libtorch, 1 thread", OperationsPerInvoke = Steps)]
    public void LibtorchOneThread() => Play();

    [Benchmark(Description = "libtorch, 2 threads", OperationsPerInvoke = Steps)]
    public void LibtorchTwoThreads() => Play();

    [Benchmark(Description = "vector kernels, 1 worker", OperationsPerInvoke = Steps)]
    public void KernelsOneWorker() => Play();

    [Benchmark(Description = "vector kernels, 2 workers", OperationsPerInvoke = Steps)]
    public void KernelsTwoWorkers() => Play();

    [GlobalCleanup]
    public void Cleanup()
    {
        _engine.Dispose();
        _model.Dispose();
        _ids.Dispose();
        _weights.Dispose();
    }

    private void Play()
    {
        for (var i = 0; i < Steps; i++) _engine.Step(_ids, _weights).Dispose();
    }

    private void Prepare(int threads, Func<Decoder, IDecoder> engine)
    {
        set_num_threads(threads);
        _model = new Decoder(new DecoderConfig
        {
            VocabularySize = Vocabulary, HiddenSize = 64, IntermediateSize = 128, Layers = 3,
            Heads = 2, KeyValueHeads = 2, HeadSize = 32, MaxPositions = 256,
        });
        _model.Initialize(1);
        _engine = engine(_model);
        var random = new Random(1);
        _prompts = new MixtureRow[Prompts][];
        for (var i = 0; i < Prompts; i++)
            _prompts[i] = [.. Enumerable.Range(0, PromptLength).Select(_ => MixtureRow.Token(random.Next(Vocabulary)))];
        _ids = Draw.Ids(random, Vocabulary, Rows, Components);
        _weights = Draw.Weights(random, Rows, Components);
    }
}
