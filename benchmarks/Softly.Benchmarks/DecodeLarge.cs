using BenchmarkDotNet.Attributes;
using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>
/// Steps of larger models in both types, two threads: rows in groups of 16 that share a prompt of 128 tokens (one prompt for a
/// single row), fed mixtures of ten tokens. What libtorch and the vector kernels decode is the same model.
/// </summary>
[WarmupCount(2), IterationCount(6)]
public class DecodeLarge
{
    private const int PromptLength = 128, Steps = 2, Components = 10, Group = 16, Threads = 2;

    private Decoder _model = null!;
    private Decoder? _half;
    private IDecoder _engine = null!;
    private Tensor _ids = null!, _weights = null!;
    private MixtureRow[][] _prompts = null!;

    /// <summary>tiny and 15m as in docs/performance.md; 135m is the shape of SmolLM2-135M.</summary>
    [Params("tiny", "15m", "135m")]
    public string Shape { get; set; } = "";

    [Params(1, 16, 64)]
    public int Rows { get; set; }

    [GlobalSetup(Target = nameof(Libtorch))]
    public void SetUpLibtorch() => Prepare(m => new TorchDecoder(m));

    [GlobalSetup(Target = nameof(LibtorchHalf))]
    public void SetUpLibtorchHalf() => Prepare(m =>
    {
        _half = new Decoder(m.Config, ScalarType.BFloat16);
        _half.CopyFrom(m);
        return new TorchDecoder(_half);
    });

    [GlobalSetup(Target = nameof(Kernels))]
    public void SetUpKernels() => Prepare(m => new SimdDecoder(m.Config, m.Named, Threads));

    [GlobalSetup(Target = nameof(KernelsHalf))]
    public void SetUpKernelsHalf() => Prepare(m => new SimdDecoder(m.Config, m.Named, Threads, half: true));

    [IterationSetup]
    public void Start()
    {
        _engine.Release();
        _engine.Add(_prompts, Rows / _prompts.Length, Steps).Dispose();
    }

    [Benchmark(Baseline = true, Description = "libtorch, float32", OperationsPerInvoke = Steps)]
    public void Libtorch() => Play();

    [Benchmark(Description = "libtorch, bfloat16", OperationsPerInvoke = Steps)]
    public void LibtorchHalf() => Play();

    [Benchmark(Description = "vector kernels, float32", OperationsPerInvoke = Steps)]
    public void Kernels() => Play();

    [Benchmark(Description = "vector kernels, bfloat16", OperationsPerInvoke = Steps)]
    public void KernelsHalf() => Play();

    [GlobalCleanup]
    public void Cleanup()
    {
        _engine.Dispose();
        _half?.Dispose();
        _half = null;
        _model.Dispose();
        _ids.Dispose();
        _weights.Dispose();
    }

    private void Play()
    {
        for (var i = 0; i < Steps; i++) _engine.Step(_ids, _weights).Dispose();
    }

    private void Prepare(Func<Decoder, IDecoder> engine)
    {
        set_num_threads(Threads);
        _model = new Decoder(Shape switch
        {
            "tiny" => new DecoderConfig
            {
                VocabularySize = 64, HiddenSize = 128, IntermediateSize = 384, Layers = 4, Heads = 4, KeyValueHeads = 2,
                HeadSize = 32,
            },
            "15m" => new DecoderConfig
            {
                VocabularySize = 32000, HiddenSize = 288, IntermediateSize = 768, Layers = 6, Heads = 6, KeyValueHeads = 6,
                HeadSize = 48,
            },
            _ => new DecoderConfig
            {
                VocabularySize = 49152, HiddenSize = 576, IntermediateSize = 1536, Layers = 30, Heads = 9, KeyValueHeads = 3,
                HeadSize = 64,
            },
        });
        _model.Initialize(1);
        _engine = engine(_model);
        var random = new Random(1);
        var vocabulary = _model.Config.VocabularySize;
        _prompts = new MixtureRow[Math.Max(1, Rows / Group)][];
        for (var i = 0; i < _prompts.Length; i++)
            _prompts[i] = [.. Enumerable.Range(0, PromptLength).Select(_ => MixtureRow.Token(random.Next(vocabulary)))];
        _ids = Draw.Ids(random, vocabulary, Rows, Components);
        _weights = Draw.Weights(random, Rows, Components);
    }
}
