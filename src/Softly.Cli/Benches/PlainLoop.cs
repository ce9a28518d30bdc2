using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli.Benches;

/// <summary>
/// What one would write with TorchSharp by hand, and well: fused projections, a cache that is allocated once, residuals added
/// by the product itself, grouped queries without copies, draws by libtorch. The baseline that our engines are told beside;
/// every row has its own prompt, all of one length.
/// </summary>
internal sealed class PlainLoop : IDisposable
{
    private static readonly Scalar One = 1L.ToScalar(), MinusInfinity = double.NegativeInfinity.ToScalar();

    private readonly DecoderConfig _config;
    private readonly Decoder _model;
    private readonly Scalar _epsilon;
    private readonly List<Layer> _layers = [];
    private readonly Tensor _cos, _sin; // (P, 1, d)
    private Tensor[] _keys = [], _values = []; // (B, Hkv, S, d) a layer
    private int _at;

    /// <param name="model">Single precision on the CPU, without biases or norms of queries and keys, with a tied head.</param>
    public PlainLoop(Decoder model)
    {
        (_model, _config, _epsilon) = (model, model.Config, model.Config.NormEpsilon.ToScalar());
        int half = _config.HeadSize / 2, positions = _config.MaxPositions;
        var cos = new float[positions * 2 * half];
        var sin = new float[cos.Length];
        for (var p = 0; p < positions; p++)
            for (var i = 0; i < 2 * half; i++)
            {
                var angle = p / Math.Pow(_config.RopeTheta, i % half / (double)half);
                (cos[p * 2 * half + i], sin[p * 2 * half + i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
        (_cos, _sin) = (tensor(cos, [positions, 1, 2 * half]), tensor(sin, [positions, 1, 2 * half]));
        Refresh();
    }

    /// <summary>Takes in parameters that have changed.</summary>
    public void Refresh()
    {
        using var off = no_grad();
        Free(_layers.SelectMany(l => l.Owned));
        _layers.Clear();
        for (var i = 0; i < _config.Layers; i++)
        {
            Tensor Named(string name) => _model.Named[$"model.layers.{i}.{name}.weight"];
            _layers.Add(new Layer(
                Named("input_layernorm"),
                cat([Named("self_attn.q_proj"), Named("self_attn.k_proj"), Named("self_attn.v_proj")]),
                Named("self_attn.o_proj").t(), Named("post_attention_layernorm"),
                cat([Named("mlp.gate_proj"), Named("mlp.up_proj")]), Named("mlp.down_proj").t()));
        }
    }

    /// <summary>All prompts forward.</summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="newPositions">How many positions will be fed after them at most.</param>
    /// <returns>Logits after the last position, (B, V).</returns>
    public Tensor Start(Tensor ids, int newPositions)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        long b = ids.shape[0], t = ids.shape[1];
        Free(_keys.Concat(_values));
        long[] shape = [b, _config.KeyValueHeads, t + newPositions, _config.HeadSize];
        _keys = [.. _layers.Select(_ => empty(shape).DetachFromDisposeScope())];
        _values = [.. _layers.Select(_ => empty(shape).DetachFromDisposeScope())];
        _at = 0;
        var x = Through(_model.Embedding.index_select(0, ids.reshape(-1)), b, t); // (B·T, D)
        return Logits(x.view(b, t, -1).select(1, t - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>One more position for every row.</summary>
    /// <param name="ids">(B, K) int64.</param>
    /// <param name="weights">(B, K).</param>
    /// <returns>Logits (B, V).</returns>
    public Tensor Step(Tensor ids, Tensor weights)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        long b = ids.shape[0], k = ids.shape[1];
        var rows = _model.Embedding.index_select(0, ids.reshape(-1)).view(b, k, -1); // (B, K, D)
        var x = k == 1 ? rows.squeeze(1) : bmm(weights.unsqueeze(1), rows).squeeze(1); // (B, D)
        return Logits(Through(x, b, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Mixtures: the k most likely within a share of the mass, Gumbel noise, a softmax at a low temperature.</summary>
    /// <param name="logits">(B, V).</param>
    /// <param name="k">K.</param>
    /// <param name="topP">Share.</param>
    /// <param name="temperature">τ.</param>
    /// <returns>Ids and weights, both (B, K).</returns>
    public static (Tensor Ids, Tensor Weights) Mixture(Tensor logits, int k, Scalar topP, Scalar temperature)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (most, ids) = logits.topk(k);                                        // (B, K)
        var p = most.softmax(1);
        var dropped = p.cumsum(1).sub_(p).gt(topP);                         // (B, K): all that came before had the share
        var logP = most.masked_fill_(dropped, MinusInfinity).log_softmax(1);
        var noisy = empty_like(logP).exponential_().log_().neg_().add_(logP, One);
        var weights = noisy.div_(temperature).softmax(1);
        return (ids.MoveToOuterDisposeScope(), weights.MoveToOuterDisposeScope());
    }

    /// <summary>Plain tokens from the whole vocabulary.</summary>
    /// <param name="logits">(B, V).</param>
    /// <returns>(B, 1) int64.</returns>
    public static Tensor Token(Tensor logits)
    {
        using var off = no_grad();
        using var p = logits.softmax(1);
        return p.multinomial(1);
    }

    private Tensor Through(Tensor x, long b, long t)
    {
        int heads = _config.Heads, pairs = _config.KeyValueHeads, d = _config.HeadSize, inside = _config.IntermediateSize;
        using var cos = _cos.narrow(0, _at, t); // (T, 1, d)
        using var sin = _sin.narrow(0, _at, t);
        for (var i = 0; i < _layers.Count; i++)
        {
            using var scope = NewDisposeScope(); // a layer's own: else the prompt's intermediates of all layers stay
            var layer = _layers[i];
            var qkv = nn.functional.linear(Norm(x, layer.InputNorm), layer.Qkv).view(b, t, heads + 2 * pairs, d);
            var turned = Rotate(qkv.narrow(2, 0, heads + pairs), cos, sin); // (B, T, H + Hkv, d)
            _keys[i].narrow(2, _at, t).copy_(turned.narrow(2, heads, pairs).transpose(1, 2));
            _values[i].narrow(2, _at, t).copy_(qkv.narrow(2, heads + pairs, pairs).transpose(1, 2));
            Tensor keys = _keys[i].narrow(2, 0, _at + t), values = _values[i].narrow(2, 0, _at + t); // (B, Hkv, S, d)
            var q = turned.narrow(2, 0, heads); // (B, T, H, d)
            Tensor mixed;
            if (t == 1)
                mixed = nn.functional.scaled_dot_product_attention(q.reshape(b, pairs, heads / pairs, d), keys, values);
            else
            {
                Tensor Wide(Tensor kv) =>
                    kv.unsqueeze(2).expand(b, pairs, heads / pairs, t, d).reshape(b, heads, t, d);
                mixed = nn.functional.scaled_dot_product_attention(
                    q.transpose(1, 2), Wide(keys), Wide(values), is_casual: true).transpose(1, 2);
            }
            var y = x.addmm(mixed.reshape(b * t, heads * d), layer.Output);
            var gateUp = nn.functional.linear(Norm(y, layer.FeedForwardNorm), layer.GateUp); // (B·T, 2F)
            var gated = nn.functional.silu(gateUp.narrow(1, 0, inside)).mul_(gateUp.narrow(1, inside, inside));
            x = y.addmm(gated, layer.Down).MoveToOuterDisposeScope();
        }
        _at += (int)t;
        return Norm(x, _model.Named["model.norm.weight"]);
    }

    private Tensor Logits(Tensor x) => nn.functional.linear(x, _model.Embedding);

    private Tensor Norm(Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var scale = x.mul(x).mean([-1], keepdim: true).add_(_epsilon, One).rsqrt_();
        return x.mul(scale).mul_(weight).MoveToOuterDisposeScope();
    }

    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        var half = x.shape[3] / 2;
        var crossed = cat([x.narrow(3, half, half).neg(), x.narrow(3, 0, half)], 3);
        return x.mul(cos).add_(crossed.mul_(sin), One).MoveToOuterDisposeScope();
    }

    private static void Free(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors) tensor.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Free([.. _layers.SelectMany(l => l.Owned), .. _keys, .. _values, _cos, _sin]);
        _epsilon.Dispose();
    }

    /// <summary>The two maps behind a residual stand transposed, as <c>addmm</c> takes them.</summary>
    private sealed record Layer(
        Tensor InputNorm, Tensor Qkv, Tensor Output, Tensor FeedForwardNorm, Tensor GateUp, Tensor Down)
    {
        /// <summary>What is not the model's own.</summary>
        public IEnumerable<Tensor> Owned => [Qkv, Output, GateUp, Down];
    }
}
