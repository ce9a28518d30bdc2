using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Benchmarks;

/// <summary>
/// A soft decoding loop as a careful user would write it in TorchSharp: keys and values allocated once, fused projections, the
/// residual added by the product, grouped queries in attention, and sampling by tensor operations on the kept tokens.
/// </summary>
internal sealed class PlainLoop : IDisposable
{
    private static readonly Scalar MassKept = Scalars.Of(0.95), Sharpness = Scalars.Of(1 / 0.1), Epsilon = Scalars.Of(1e-5);

    private readonly DecoderConfig _config;
    private readonly int _rows, _length;
    private readonly Tensor _embedding, _norm, _cosines, _sines;
    private readonly (Tensor InputNorm, Tensor Qkv, Tensor Output, Tensor Norm, Tensor GateUp, Tensor Down)[] _layers;
    private readonly (Tensor Keys, Tensor Values)[] _cache; // (B, Hkv, T, d)
    private readonly Generator _noise = new(1);

    public PlainLoop(Decoder model, int rows, int length)
    {
        using var off = no_grad();
        (_config, _rows, _length) = (model.Config, rows, length);
        Tensor Of(string name) => model.Named[name].detach().clone();
        Tensor Joined(params string[] names) => cat([.. names.Select(n => model.Named[n].detach())]);
        _embedding = Of("model.embed_tokens.weight");
        _norm = Of("model.norm.weight");
        _layers = [.. Enumerable.Range(0, _config.Layers).Select(i => $"model.layers.{i}.").Select(l => (
            Of(l + "input_layernorm.weight"),
            Joined(l + "self_attn.q_proj.weight", l + "self_attn.k_proj.weight", l + "self_attn.v_proj.weight").t(),
            Of(l + "self_attn.o_proj.weight").t(), Of(l + "post_attention_layernorm.weight"),
            Joined(l + "mlp.gate_proj.weight", l + "mlp.up_proj.weight").t(), Of(l + "mlp.down_proj.weight").t()))];
        long[] shape = [rows, _config.KeyValueHeads, length, _config.HeadSize];
        _cache = [.. Enumerable.Range(0, _config.Layers).Select(_ => (zeros(shape), zeros(shape)))];
        using var scope = NewDisposeScope();
        var half = _config.HeadSize / 2;
        var angles = Scalars.Upload(
            Enumerable.Range(0, length * half)
                .Select(i => i / half * Math.Pow(_config.RopeTheta, -2.0 * (i % half) / _config.HeadSize)).ToArray(),
            CPU, length, 1, half);
        _cosines = angles.cos().to(ScalarType.Float32).MoveToOuterDisposeScope(); // (T, 1, d/2)
        _sines = angles.sin().to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Feeds the prompts (B, L), then draws and feeds thoughts; the winners, (B) a step.</summary>
    public long[][] Play(Tensor prompts, int topK)
    {
        using var off = no_grad();
        using var all = NewDisposeScope();
        var winners = new List<Tensor>();
        var logits = Forward(_embedding.index_select(0, prompts.reshape(-1)).reshape(_rows, prompts.shape[1], -1), 0);
        for (var at = (int)prompts.shape[1]; at < _length; at++)
        {
            using var scope = NewDisposeScope();
            var (values, ids) = logits.topk(topK);   // (B, K)
            var p = values.softmax(-1);
            var closed = p.cumsum(-1).sub(p).ge(MassKept);
            var logP = values.masked_fill(closed, Scalars.MinusInfinity).log_softmax(-1);
            var noise = empty_like(logP).exponential_(1, _noise).log_().neg_();
            var noisy = logP.add(noise, Scalars.One);
            var weights = noisy.mul(Sharpness).softmax(-1);
            winners.Add(ids.gather(1, noisy.argmax(-1, keepdim: true)).squeeze(1).MoveToOuterDisposeScope());
            if (at + 1 == _length) break;
            var rows = _embedding.index_select(0, ids.reshape(-1)).reshape(_rows, topK, -1); // (B, K, D)
            var next = Forward(bmm(weights.unsqueeze(1), rows), at).MoveToOuterDisposeScope();
            logits.Dispose();
            logits = next;
        }
        return [.. winners.Select(w => w.data<long>().ToArray())];
    }

    public void Dispose()
    {
        foreach (var (a, b, c, d, e, f) in _layers)
            foreach (var tensor in (Tensor[])[a, b, c, d, e, f]) tensor.Dispose();
        foreach (var (keys, values) in _cache)
        {
            keys.Dispose();
            values.Dispose();
        }
        foreach (var tensor in (Tensor[])[_embedding, _norm, _cosines, _sines]) tensor.Dispose();
        _noise.Dispose();
    }

    /// <summary>Inputs (B, T, D) at positions from one on → logits of the last, (B, V).</summary>
    private Tensor Forward(Tensor inputs, int start)
    {
        using var scope = NewDisposeScope();
        var (t, size, heads, kv) = (inputs.shape[1], _config.HeadSize, _config.Heads, _config.KeyValueHeads);
        var x = inputs.reshape(_rows * t, -1); // (B·T, D)
        var (cosines, sines) = (_cosines.narrow(0, start, t), _sines.narrow(0, start, t));
        for (var i = 0; i < _layers.Length; i++)
        {
            var layer = _layers[i];
            var qkv = Normed(x, layer.InputNorm).matmul(layer.Qkv).view(_rows, t, heads + 2 * kv, size);
            var turned = Turned(qkv.narrow(2, 0, heads + kv), cosines, sines);
            var (keys, values) = _cache[i];
            keys.narrow(2, start, t).copy_(turned.narrow(2, heads, kv).transpose(1, 2));
            values.narrow(2, start, t).copy_(qkv.narrow(2, heads + kv, kv).transpose(1, 2));
            var (k, v) = (keys.narrow(2, 0, start + t), values.narrow(2, 0, start + t));
            Tensor mixed;
            if (t == 1)
            {
                var q = turned.narrow(2, 0, heads).reshape(_rows, kv, heads / kv, size);
                mixed = nn.functional.scaled_dot_product_attention(q, k, v).reshape(_rows, heads * size);
            }
            else
            {
                var q = turned.narrow(2, 0, heads).transpose(1, 2); // (B, H, T, d)
                mixed = nn.functional.scaled_dot_product_attention(
                    q, k.repeat_interleave(heads / kv, 1), v.repeat_interleave(heads / kv, 1), is_casual: true)
                    .transpose(1, 2).reshape(_rows * t, heads * size);
            }
            x = x.addmm(mixed, layer.Output, 1, 1);
            var gateUp = Normed(x, layer.Norm).matmul(layer.GateUp); // (B·T, 2F)
            var inner = _config.IntermediateSize;
            x = x.addmm(
                nn.functional.silu(gateUp.narrow(1, 0, inner)).mul_(gateUp.narrow(1, inner, inner)), layer.Down, 1, 1);
        }
        var last = t == 1 ? x : x.view(_rows, t, -1).select(1, t - 1);
        return Normed(last, _norm).matmul(_embedding.t()).MoveToOuterDisposeScope(); // (B, V)
    }

    private static Tensor Normed(Tensor x, Tensor weight) =>
        x.mul(x.mul(x).mean([-1], keepdim: true).add_(Epsilon, Scalars.One).rsqrt_()).mul_(weight);

    private static Tensor Turned(Tensor x, Tensor cosines, Tensor sines)
    {
        var half = x.shape[^1] / 2;
        var (a, b) = (x.narrow(-1, 0, half), x.narrow(-1, half, half));
        return cat([
            a.mul(cosines).addcmul_(b, sines, Scalars.MinusOne), b.mul(cosines).addcmul_(a, sines, Scalars.One)], -1);
    }
}
