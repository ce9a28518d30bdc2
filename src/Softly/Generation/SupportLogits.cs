using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// h · W[id] at K stored tokens a row: the rows of the output head that a step needs, gathered chunk by chunk, so that (M, K, D)
/// never stands in memory whole. Backward gathers each chunk again, and adds to the head's <c>grad</c> where it has one.
/// </summary>
internal sealed class SupportLogits : autograd.SingleTensorFunction<SupportLogits>
{
    /// <summary>Numbers that may be gathered at a time: 64 MiB in single precision.</summary>
    private const long ChunkElements = 16 << 20;

    /// <inheritdoc />
    public override string Name => nameof(SupportLogits);

    /// <summary>Logits of stored tokens.</summary>
    /// <param name="hidden">(M, D).</param>
    /// <param name="head">(V, D).</param>
    /// <param name="ids">(M, K) int64.</param>
    /// <param name="chunk">Numbers gathered at a time; at least one row is.</param>
    /// <returns>(M, K).</returns>
    public static Tensor Of(Tensor hidden, Tensor head, Tensor ids, long chunk = ChunkElements) =>
        apply(hidden, head, ids, chunk);

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hidden, head, ids, chunk) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (long)vars[3]);
        using var scope = NewDisposeScope();
        var result = hidden.new_empty(ids.shape, hidden.dtype); // (M, K)
        foreach (var (start, count) in Chunks(hidden, ids, chunk))
        {
            using var part = NewDisposeScope();
            var rows = Gather(head, ids.narrow(0, start, count)); // (C, K, D)
            result.narrow(0, start, count).copy_(bmm(rows, hidden.narrow(0, start, count).unsqueeze(2)).squeeze(2));
        }
        ctx.save_for_backward([hidden, head, ids]);
        ctx.save_data(nameof(chunk), chunk);
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var saved = ctx.get_saved_variables();
        var (hidden, head, ids) = (saved[0], saved[1], saved[2]);
        using var scope = NewDisposeScope();
        var dHidden = hidden.requires_grad ? empty_like(hidden) : null;
        // A gradient that is there already is added to where it lies: a table of zeros would grow with the vocabulary.
        var existing = head.requires_grad ? head.grad : null;
        var dHead = existing ?? (head.requires_grad ? zeros_like(head, requires_grad: false) : null);
        foreach (var (start, count) in Chunks(hidden, ids, (long)ctx.get_data("chunk")))
        {
            using var part = NewDisposeScope();
            var (own, chosen) = (hidden.narrow(0, start, count), ids.narrow(0, start, count));
            var grad = grad_output.narrow(0, start, count); // (C, K)
            dHidden?.narrow(0, start, count).copy_(bmm(grad.unsqueeze(1), Gather(head, chosen)).squeeze(1));
            dHead?.index_add_(
                0, chosen.reshape(-1), grad.unsqueeze(2).mul(own.unsqueeze(1)).reshape(-1, head.shape[1]), Scalars.One);
        }
        foreach (var tensor in saved) tensor.Dispose();
        return HandedOver.Give(dHidden, existing is null ? dHead : null, null, null);
    }

    private static IEnumerable<(long Start, long Count)> Chunks(Tensor hidden, Tensor ids, long chunk)
    {
        var size = Math.Max(1, chunk / (ids.shape[1] * hidden.shape[1]));
        for (long start = 0; start < ids.shape[0]; start += size) yield return (start, Math.Min(size, ids.shape[0] - start));
    }

    private static Tensor Gather(Tensor table, Tensor ids) =>
        table.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);
}
