using BenchmarkDotNet.Attributes;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Benchmarks;

/// <summary>
/// A whole soft rollout of 64 rows, sampling included: prompts of 16 tokens, 64 thoughts each of the ten likeliest of 64 tokens,
/// 95 % of their mass, Gumbel noise, τ 0.1, with a model of 0.8 million parameters.
/// </summary>
public class SoftDecode
{
    private const int Rows = 64, PromptLength = 16, NewTokens = 64, Vocabulary = 64, TopK = 10;

    private readonly SamplingOptions _sampling = new()
    {
        Law = new GumbelSoftmax(), Thinking = new SupportFilter { TopK = TopK, TopP = 0.95 }, MaxNewTokens = NewTokens,
    };

    private Decoder _model = null!;
    private IDecoder? _engine;
    private Generator _generator = null!;
    private PlainLoop? _plain;
    private Prompt[] _prompts = null!;
    private Tensor _ids = null!;
    private ulong _seed;

    [GlobalSetup(Target = nameof(Plain))]
    public void PreparePlain()
    {
        Prepare(2);
        _plain = new PlainLoop(_model, Rows, PromptLength + NewTokens);
    }

    [GlobalSetup(Target = nameof(TensorsOnLibtorch))]
    public void PrepareTensors() => Prepare(2, m => new TorchDecoder(m), DrawingForm.Tensors);

    [GlobalSetup(Target = nameof(RowsOnLibtorch))]
    public void PrepareLibtorch() => Prepare(2, m => new TorchDecoder(m), DrawingForm.Rows);

    [GlobalSetup(Target = nameof(TensorsOnKernels))]
    public void PrepareTensorsOnKernels() => Prepare(1, m => new SimdDecoder(m.Config, m.Named, 2), DrawingForm.Tensors);

    [GlobalSetup(Target = nameof(RowsOneWorker))]
    public void PrepareOne() => Prepare(1, m => new SimdDecoder(m.Config, m.Named, 1), DrawingForm.Rows);

    [GlobalSetup(Target = nameof(RowsTwoWorkers))]
    public void PrepareTwo() => Prepare(1, m => new SimdDecoder(m.Config, m.Named, 2), DrawingForm.Rows);

    [Benchmark(Baseline = true, Description = "plain TorchSharp loop, 2 threads", OperationsPerInvoke = Rows * NewTokens)]
    public long[][] Plain() => _plain!.Play(_ids, TopK);

    [Benchmark(Description = "libtorch, drawn with tensors, 2 threads", OperationsPerInvoke = Rows * NewTokens)]
    public object TensorsOnLibtorch() => Rollouts();

    [Benchmark(Description = "libtorch, drawn by rows, 2 threads", OperationsPerInvoke = Rows * NewTokens)]
    public object RowsOnLibtorch() => Rollouts();

    [Benchmark(Description = "vector kernels, drawn with tensors, 2 workers", OperationsPerInvoke = Rows * NewTokens)]
    public object TensorsOnKernels() => Rollouts();

    [Benchmark(Description = "vector kernels, drawn by rows, 1 worker", OperationsPerInvoke = Rows * NewTokens)]
    public object RowsOneWorker() => Rollouts();

    [Benchmark(Description = "vector kernels, drawn by rows, 2 workers", OperationsPerInvoke = Rows * NewTokens)]
    public object RowsTwoWorkers() => Rollouts();

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain?.Dispose();
        _engine?.Dispose();
        _model.Dispose();
        _ids.Dispose();
    }

    private IReadOnlyList<RolloutGroup> Rollouts() => _generator.Generate(_prompts, 1, _sampling, _seed++);

    private void Prepare(int threads, Func<Decoder, IDecoder>? engine = null, DrawingForm form = DrawingForm.Auto)
    {
        set_num_threads(threads);
        _model = new Decoder(new DecoderConfig
        {
            VocabularySize = Vocabulary, HiddenSize = 128, IntermediateSize = 384, Layers = 4,
            Heads = 4, KeyValueHeads = 2, HeadSize = 32, MaxPositions = 256,
        });
        _model.Initialize(1, 0.1);
        var random = new Random(1);
        _ids = Draw.Ids(random, Vocabulary, Rows, PromptLength);
        var tokens = _ids.data<long>().ToArray();
        _prompts = [.. Enumerable.Range(0, Rows).Select(r => new Prompt(
            new Problem($"{r}", "", ""),
            [.. tokens[(r * PromptLength)..((r + 1) * PromptLength)].Select(t => MixtureRow.Token((int)t))]))];
        if (engine is null) return;
        _engine = engine(_model);
        _generator = new Generator(_engine, CPU, Vocabulary, [], ids => "") { Drawing = form };
    }
}
