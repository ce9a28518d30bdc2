using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// KL(p ‖ q) between the next-token distributions of two models over the whole vocabulary, row by row, chunk by chunk: logits of
/// all rows never stand in memory together, and backward makes each chunk's again. With no second model, the divergence from
/// the uniform distribution, which is log V minus the entropy. No gradient flows into the second model.
/// </summary>
internal sealed class TokenDivergence : autograd.SingleTensorFunction<TokenDivergence>
{
    /// <inheritdoc />
    public override string Name => nameof(TokenDivergence);

    /// <summary>KL(p ‖ q).</summary>
    /// <param name="hidden">(N, D) of the policy.</param>
    /// <param name="head">(V, D) of the policy.</param>
    /// <param name="otherHidden">(N, D') of the frozen model.</param>
    /// <param name="otherHead">(V, D') of the frozen model.</param>
    /// <returns>(N) nats.</returns>
    public static Tensor Of(Tensor hidden, Tensor head, Tensor otherHidden, Tensor otherHead) =>
        apply(hidden, head, otherHidden.detach(), otherHead.detach());

    /// <summary>The entropy of p in nats, (N).</summary>
    public static Tensor Entropy(Tensor hidden, Tensor head)
    {
        using var scope = NewDisposeScope();
        return apply(hidden, head, hidden.new_empty([0, 0]), head.new_empty([0, 0])).neg().Plus(Math.Log(head.shape[0]))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hidden, head, otherHidden, otherHead) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        using var scope = NewDisposeScope();
        var result = empty([hidden.shape[0]], TokenLogP.Wide(hidden.dtype), hidden.device);
        foreach (var (start, count) in TokenLogP.Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var (p, difference) = Compared(hidden, head, otherHidden, otherHead, start, count);
            result.narrow(0, start, count).copy_(p.mul(difference).sum(1));
        }
        // Saved once forward has returned, so it must outlive this scope.
        ctx.save_for_backward([hidden, head, otherHidden, otherHead, result.MoveToOuterDisposeScope()]);
        return result.alias().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var saved = ctx.get_saved_variables();
        var (hidden, head, otherHidden, otherHead, result) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
        using var scope = NewDisposeScope();
        var dHidden = empty_like(hidden);
        var dHead = head.requires_grad ? zeros_like(head) : null;
        foreach (var (start, count) in TokenLogP.Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var (p, difference) = Compared(hidden, head, otherHidden, otherHead, start, count); // (C, V)
            // d KL / d z = p · (log p − log q − KL)
            var d = difference.sub_(result.narrow(0, start, count).unsqueeze(1)).mul_(p)
                .mul_(grad_output.narrow(0, start, count).unsqueeze(1)).to(head.dtype);
            dHidden.narrow(0, start, count).copy_(d.matmul(head));
            dHead?.addmm_(d.t(), hidden.narrow(0, start, count));
        }
        foreach (var tensor in saved) tensor.Dispose();
        return HandedOver.Give(dHidden, dHead, null, null);
    }

    /// <summary>p and log p − log q of some rows, (C, V) each.</summary>
    private static (Tensor P, Tensor Difference) Compared(
        Tensor hidden, Tensor head, Tensor otherHidden, Tensor otherHead, long start, long count)
    {
        var type = TokenLogP.Wide(hidden.dtype);
        var logP = nn.functional.linear(hidden.narrow(0, start, count), head).to(type).log_softmax(1);
        if (otherHidden.shape[0] == 0) return (logP.exp(), logP.Plus(Math.Log(head.shape[0])));
        var logQ = nn.functional.linear(otherHidden.narrow(0, start, count), otherHead).to(type).log_softmax(1);
        return (logP.exp(), logP.sub(logQ));
    }
}
