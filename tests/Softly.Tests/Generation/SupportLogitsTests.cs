using Softly.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>Logits of stored tokens in chunks: what gathering all rows at once gives, forward and backward.</summary>
public class SupportLogitsTests
{
    [Theory]
    [InlineData(1)]      // a row at a time
    [InlineData(100)]    // two rows, one left over
    [InlineData(1 << 20)]
    public void Chunks_change_neither_logits_nor_gradients(long chunk)
    {
        using var scope = NewDisposeScope();
        var hidden = randn([7, 9], ScalarType.Float64, requires_grad: true);
        var head = randn([23, 9], ScalarType.Float64, requires_grad: true);
        var ids = randint(23, [7, 5], ScalarType.Int64); // some twice
        var weights = randn([7, 5], ScalarType.Float64);

        var whole = hidden.matmul(head.t()).gather(1, ids);
        var wanted = autograd.grad([whole], [hidden, head], [weights]);
        var logits = SupportLogits.Of(hidden, head, ids, chunk);
        var got = autograd.grad([logits], [hidden, head], [weights]);
        Near(whole, logits);
        Near(wanted[0], got[0]);
        Near(wanted[1], got[1]);
    }

    [Fact]
    public void What_is_frozen_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        var hidden = randn([3, 4], ScalarType.Float64, requires_grad: true);
        var head = randn([6, 4], ScalarType.Float64);
        var logits = SupportLogits.Of(hidden, head, zeros([3, 2], ScalarType.Int64));
        logits.sum().backward();
        Assert.Null(head.grad);
        Near(head[0].Times(2).expand(3, 4), hidden.grad!);
    }

    [Fact]
    public void Backward_leaves_nothing_behind()
    {
        using var hidden = randn([7, 9], requires_grad: true);
        using var head = randn([23, 9], requires_grad: true);
        using var ids = randint(23, [7, 5], ScalarType.Int64);
        Step();
        var before = Tensor.TotalCount;
        for (var n = 0; n < 5; n++) Step();
        Assert.Equal(before, Tensor.TotalCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            SupportLogits.Of(hidden, head, ids, chunk: 50).sum().backward();
        }
    }

    private static void Near(Tensor wanted, Tensor got)
    {
        foreach (var (a, b) in Some.Host(wanted).Zip(Some.Host(got), (a, b) => (a, b))) Assert.Equal(a, b, 1e-12);
        Assert.Equal(wanted.shape, got.shape);
    }
}
