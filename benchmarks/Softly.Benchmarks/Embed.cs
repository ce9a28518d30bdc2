using BenchmarkDotNet.Attributes;
using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>Embeddings of mixtures of five tokens out of 49,152, 576 wide, on one thread: a decode step, and a replay.</summary>
public class Embed
{
    private const int Width = 576, Vocabulary = 49_152, Components = 5;

    private Decoder _model = null!;
    private Tensor _ids = null!, _weights = null!;

    [Params(64, 2048)]
    public int Positions { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        set_num_threads(1);
        _model = new Decoder(new DecoderConfig
        {
            VocabularySize = Vocabulary, HiddenSize = Width, IntermediateSize = 64, Layers = 1,
            Heads = 9, KeyValueHeads = 3, HeadSize = 64, MaxPositions = 16,
        });
        _model.Initialize(1);
        _ids = Draw.Ids(new Random(1), Vocabulary, 1, Positions, Components);
        _weights = Draw.Weights(new Random(2), 1, Positions, Components);
    }

    [Benchmark(Baseline = true, Description = "gather, weigh, sum")]
    public void Plain()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var rows = _model.Embedding.index_select(0, _ids.reshape(-1)).reshape(1, Positions, Components, Width);
        _ = rows.mul(_weights.unsqueeze(-1)).sum(2); // (1, T, D)
    }

    [Benchmark(Description = "Decoder.Embed")]
    public void Ours()
    {
        using var off = no_grad();
        _model.Embed(_ids, _weights).Dispose();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _model.Dispose();
        _ids.Dispose();
        _weights.Dispose();
    }
}
