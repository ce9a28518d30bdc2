using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// log softmax(h · Wᵀ) at one token a row, over the whole vocabulary, chunk by chunk: logits of all rows never stand in
/// memory together. Backward makes each chunk's logits again and turns them into their own gradient in place. Models in half
/// precision have log-probabilities in single precision.
/// </summary>
internal sealed class TokenLogP : autograd.SingleTensorFunction<TokenLogP>
{
    /// <summary>Logits that may stand in memory at a time: 64 MiB in single precision.</summary>
    private const long ChunkElements = 16 << 20;

    /// <inheritdoc />
    public override string Name => nameof(TokenLogP);

    /// <summary>Log-probabilities of tokens.</summary>
    /// <param name="hidden">(N, D).</param>
    /// <param name="head">(V, D).</param>
    /// <param name="tokens">(N) int64.</param>
    /// <returns>(N).</returns>
    public static Tensor Of(Tensor hidden, Tensor head, Tensor tokens) => apply(hidden, head, tokens);

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hidden, head, tokens) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        using var scope = NewDisposeScope();
        var result = empty([hidden.shape[0]], Wide(hidden.dtype), hidden.device);
        var normalizer = empty_like(result);
        foreach (var (start, count) in Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var logits = nn.functional.linear(hidden.narrow(0, start, count), head).to(result.dtype); // (C, V)
            var sum = logits.logsumexp(1);
            normalizer.narrow(0, start, count).copy_(sum);
            result.narrow(0, start, count)
                .copy_(logits.gather(1, tokens.narrow(0, start, count).unsqueeze(1)).squeeze(1).sub(sum));
        }
        ctx.save_for_backward([hidden, head, tokens, normalizer.MoveToOuterDisposeScope()]);
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var saved = ctx.get_saved_variables();
        var (hidden, head, tokens, normalizer) = (saved[0], saved[1], saved[2], saved[3]);
        using var scope = NewDisposeScope();
        var dHidden = empty_like(hidden);
        var dHead = head.requires_grad ? zeros_like(head) : null;
        foreach (var (start, count) in Chunks(hidden.shape[0], head.shape[0]))
        {
            using var chunk = NewDisposeScope();
            var rows = hidden.narrow(0, start, count);
            var grad = grad_output.narrow(0, start, count).unsqueeze(1); // (C, 1)
            // d log p(token) / d logits = one-hot(token) − p.
            var logits = nn.functional.linear(rows, head).to(normalizer.dtype);
            var d = logits.sub_(normalizer.narrow(0, start, count).unsqueeze(1)).exp_().mul_(grad).neg_(); // (C, V)
            d.scatter_add_(1, tokens.narrow(0, start, count).unsqueeze(1), grad);
            d = d.to(head.dtype);
            dHidden.narrow(0, start, count).copy_(d.matmul(head));
            dHead?.addmm_(d.t(), rows);
        }
        foreach (var tensor in saved) tensor.Dispose();
        return HandedOver.Give(dHidden, dHead, null);
    }

    /// <summary>The type of log-probabilities for a model's type: single precision or better.</summary>
    public static ScalarType Wide(ScalarType type) => type == ScalarType.Float64 ? type : ScalarType.Float32;

    /// <summary>Rows cut so that logits of (rows, V) stay within 64 MiB.</summary>
    internal static IEnumerable<(long Start, long Count)> Chunks(long rows, long vocabulary)
    {
        var size = Math.Max(1, ChunkElements / vocabulary);
        for (long start = 0; start < rows; start += size) yield return (start, Math.Min(size, rows - start));
    }
}
