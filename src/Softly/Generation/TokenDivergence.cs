using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// KL(p ‖ q), or KL(q ‖ p), between the next-token distributions of two models over the whole vocabulary, row by row, chunk by
/// chunk: logits of all rows never stand in memory together, and backward makes each chunk's again. With no second model, the
/// divergence from the uniform distribution, which is log V minus the entropy. No gradient flows into the second model.
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
        apply(hidden, head, otherHidden.detach(), otherHead.detach(), false);

    /// <summary>KL(q ‖ p): that of the frozen model to the policy.</summary>
    /// <inheritdoc cref="Of" />
    public static Tensor Reverse(Tensor hidden, Tensor head, Tensor otherHidden, Tensor otherHead) =>
        apply(hidden, head, otherHidden.detach(), otherHead.detach(), true);

    /// <summary>The entropy of p in nats, (N).</summary>
    public static Tensor Entropy(Tensor hidden, Tensor head)
    {
        using var scope = NewDisposeScope();
        return apply(hidden, head, hidden.new_empty([0, 0]), head.new_empty([0, 0]), false).neg().Plus(Math.Log(head.shape[0]))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hidden, head, otherHidden, otherHead) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        var reverse = (bool)vars[4];
        using var scope = NewDisposeScope();
        var result = empty([hidden.shape[0]], TokenLogP.Wide(hidden.dtype), hidden.device);
        foreach (var (start, count) in TokenLogP.Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var (logP, logQ, difference) = Compared(hidden, head, otherHidden, otherHead, start, count); // (C, V)
            var each = reverse ? logQ!.exp().mul(difference).neg() : logP.exp().mul(difference);
            result.narrow(0, start, count).copy_(each.sum(1));
        }
        // Saved once forward has returned, so it must outlive this scope.
        ctx.save_for_backward([hidden, head, otherHidden, otherHead, result.MoveToOuterDisposeScope()]);
        ctx.save_data(nameof(reverse), reverse);
        return result.alias().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var saved = ctx.get_saved_variables();
        var (hidden, head, otherHidden, otherHead, result) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
        var reverse = (bool)ctx.get_data("reverse");
        using var scope = NewDisposeScope();
        var dHidden = empty_like(hidden);
        var dHead = head.requires_grad ? zeros_like(head) : null;
        foreach (var (start, count) in TokenLogP.Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var (logP, logQ, difference) = Compared(hidden, head, otherHidden, otherHead, start, count); // (C, V)
            // d KL(p ‖ q) / d z = p · (log p − log q − KL), d KL(q ‖ p) / d z = p − q
            var d = reverse
                ? logP.exp_().sub_(logQ!.exp_())
                : difference.sub_(result.narrow(0, start, count).unsqueeze(1)).mul_(logP.exp_());
            d = d.mul_(grad_output.narrow(0, start, count).unsqueeze(1)).to(head.dtype);
            dHidden.narrow(0, start, count).copy_(d.matmul(head));
            dHead?.addmm_(d.t(), hidden.narrow(0, start, count));
        }
        foreach (var tensor in saved) tensor.Dispose();
        return HandedOver.Give(dHidden, dHead, null, null, null);
    }

    /// <summary>log p, log q and their difference for some rows, (C, V) each; log q is null where it is uniform.</summary>
    private static (Tensor LogP, Tensor? LogQ, Tensor Difference) Compared(
        Tensor hidden, Tensor head, Tensor otherHidden, Tensor otherHead, long start, long count)
    {
        var type = TokenLogP.Wide(hidden.dtype);
        var logP = nn.functional.linear(hidden.narrow(0, start, count), head).to(type).log_softmax(1);
        if (otherHidden.shape[0] == 0) return (logP, null, logP.Plus(Math.Log(head.shape[0])));
        var logQ = nn.functional.linear(otherHidden.narrow(0, start, count), otherHead).to(type).log_softmax(1);
        return (logP, logQ, logP.sub(logQ));
    }
}
