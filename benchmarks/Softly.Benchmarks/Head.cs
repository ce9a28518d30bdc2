using BenchmarkDotNet.Attributes;
using Softly.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>
/// Log-probabilities of 256 tokens out of 49,152 from states 576 wide, forward and backward, on one thread. TokenLogP makes the
/// logits twice, to keep fewer of them: it trades time for native memory, which is not in the table.
/// </summary>
public class Head
{
    private const int Rows = 256, Width = 576, Vocabulary = 49_152;

    private Tensor _hidden = null!, _head = null!, _tokens = null!;

    [GlobalSetup]
    public void Prepare()
    {
        set_num_threads(1);
        _hidden = Draw.Normal(1, Rows, Width).requires_grad_();
        using var wide = Draw.Normal(2, Vocabulary, Width);
        _head = wide.Times(1 / Math.Sqrt(Width)).requires_grad_(); // logits of deviation 1
        _tokens = Draw.Ids(new Random(3), Vocabulary, Rows);
    }

    [Benchmark(Baseline = true, Description = "linear, log_softmax, gather")]
    public void Plain()
    {
        using var scope = NewDisposeScope();
        var logits = nn.functional.linear(_hidden, _head); // (N, V)
        logits.log_softmax(1).gather(1, _tokens.unsqueeze(1)).sum().backward();
    }

    [Benchmark(Description = "TokenLogP")]
    public void Chunked()
    {
        using var scope = NewDisposeScope();
        TokenLogP.Of(_hidden, _head, _tokens).sum().backward();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var tensor in new[] { _hidden, _head, _tokens })
        {
            tensor.grad?.Dispose();
            tensor.Dispose();
        }
    }
}
