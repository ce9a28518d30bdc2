using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Fused;

/// <summary>The chunked head against log_softmax and gather in double precision.</summary>
public sealed class FusedHeadTests
{
    [Theory]
    [InlineData(false, 1, 1, 8)]
    [InlineData(false, 33, 107, 27)]
    [InlineData(false, 700, 1000, 32)]
    [InlineData(true, 1, 2, 8)]
    [InlineData(true, 33, 107, 64)]
    [InlineData(true, 700, 1001, 32)]
    public void Log_probabilities_and_gradients_are_those_of_log_softmax(bool half, int rows, int vocabulary, int width)
    {
        if (half && !BlockProduct.HasHalf) Assert.Skip("this processor has no products in bfloat16");
        using var scope = NewDisposeScope();
        var config = new DecoderConfig
        {
            VocabularySize = vocabulary, HiddenSize = width, IntermediateSize = 8, Layers = 1, Heads = 1, KeyValueHeads = 1,
            HeadSize = 8, TiedHead = true,
        };
        using var generator = new Generator(3);
        var hidden = randn([rows, width], ScalarType.Float32, generator: generator);
        var head = randn([vocabulary, width], ScalarType.Float32, generator: generator).mul(0.5f);
        if (half) (hidden, head) = (Rounded(hidden), Rounded(head));
        var tokens = randint(0, vocabulary, [rows], ScalarType.Int64, generator: generator);
        var weights = randn([rows], ScalarType.Float32, generator: generator);

        var (wideHidden, wideHead) = (Leaf(hidden.to(ScalarType.Float64)), Leaf(head.to(ScalarType.Float64)));
        var expected = nn.functional.linear(wideHidden, wideHead).log_softmax(1).gather(1, tokens.unsqueeze(1)).squeeze(1);
        expected.mul(weights).sum().backward();
        foreach (var workers in new[] { 1, 2 })
        {
            using var model = new Decoder(config);
            using (no_grad()) model.Embedding.copy_(head);
            model.Fuse(half, workers);
            model.Fused!.Pack(backward: true);
            var states = Leaf(hidden);
            var actual = FusedHead.Of(model.Fused, states, model.Head, tokens);
            actual.mul(weights).sum().backward();
            Near(expected, actual, 2e-6);
            // What flows back is rounded to bfloat16 before it is multiplied.
            Near(wideHidden.grad!, states.grad!, half ? 6e-3 : 2e-6);
            Near(wideHead.grad!, model.Embedding.grad!, half ? 6e-3 : 2e-6);
            FusedHead.Of(model.Fused, states, model.Head, tokens).mul(weights).sum().backward(); // adds up
            Near(wideHead.grad!.mul(2), model.Embedding.grad!, half ? 6e-3 : 2e-6);
        }

        static Tensor Rounded(Tensor x) => x.to(ScalarType.BFloat16).to(ScalarType.Float32);
        static Tensor Leaf(Tensor x) => x.detach().clone().requires_grad_(true);
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance)
    {
        using var scope = NewDisposeScope();
        var error = expected.detach().sub(actual.detach()).norm().to(ScalarType.Float64).item<double>();
        var size = expected.detach().norm().to(ScalarType.Float64).item<double>();
        Assert.InRange(error, 0, tolerance * (size + 1e-6));
    }
}
