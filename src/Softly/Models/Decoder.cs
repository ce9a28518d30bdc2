using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// A decoder of the Llama and Qwen families, from input embeddings to normalised hidden states; the output head is applied by
/// <see cref="Head"/>, because a soft step needs only a few of its rows. Queries, keys and values are one matrix here, and so
/// are gate and up: fewer, larger products. Under <see cref="Named"/> the same memory has Hugging Face's names and shapes.
/// </summary>
/// <remarks>
/// Not thread-safe while parameters change. Gradients accumulate in the fused <see cref="Parameters"/>. With an adapter attached
/// (<see cref="Attach"/>) every pass includes its change, and <see cref="WithoutAdapter"/> is the frozen start.
/// </remarks>
public sealed class Decoder : IDisposable
{
    private readonly Layer[] _layers;
    private readonly Tensor _embedding; // (V, D)
    private readonly Tensor _norm;      // (D)
    private readonly Tensor? _head;     // (V, D), null where tied
    private readonly RotaryEmbedding _rotary;
    private readonly List<Tensor> _parameters = [];
    private readonly Dictionary<string, Tensor> _named = [];
    private readonly Dictionary<string, (Tensor Fused, long Start, long Rows)> _origin = [];
    private readonly bool _borrows;

    /// <summary>A model with parameters still to be filled (by <see cref="Initialize"/> or a checkpoint).</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="type">Float32, BFloat16 or Float64.</param>
    /// <param name="device">Where it lives; the CPU by default.</param>
    public Decoder(DecoderConfig config, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        Config = config;
        Type = type;
        Device = device ?? CPU;
        using var scope = NewDisposeScope();
        int d = config.HiddenSize, h = config.HeadSize, f = config.IntermediateSize;
        int q = config.Heads * h, kv = config.KeyValueHeads * h;
        _embedding = Parameter([config.VocabularySize, d], ("model.embed_tokens.weight", config.VocabularySize));
        _layers = new Layer[config.Layers];
        for (var i = 0; i < config.Layers; i++)
        {
            var at = $"model.layers.{i}.";
            _layers[i] = new Layer(
                Parameter([d], (at + "input_layernorm.weight", d)),
                Parameter(
                    [q + 2 * kv, d], (at + "self_attn.q_proj.weight", q), (at + "self_attn.k_proj.weight", kv),
                    (at + "self_attn.v_proj.weight", kv)),
                config.QkvBias
                    ? Parameter(
                        [q + 2 * kv], (at + "self_attn.q_proj.bias", q), (at + "self_attn.k_proj.bias", kv),
                        (at + "self_attn.v_proj.bias", kv))
                    : null,
                config.QkNorm ? Parameter([h], (at + "self_attn.q_norm.weight", h)) : null,
                config.QkNorm ? Parameter([h], (at + "self_attn.k_norm.weight", h)) : null,
                Parameter([d, q], (at + "self_attn.o_proj.weight", d)),
                config.OutputBias ? Parameter([d], (at + "self_attn.o_proj.bias", d)) : null,
                Parameter([d], (at + "post_attention_layernorm.weight", d)),
                Parameter([2 * f, d], (at + "mlp.gate_proj.weight", f), (at + "mlp.up_proj.weight", f)),
                config.FeedForwardBias ? Parameter([2 * f], (at + "mlp.gate_proj.bias", f), (at + "mlp.up_proj.bias", f)) : null,
                Parameter([d, f], (at + "mlp.down_proj.weight", d)),
                config.FeedForwardBias ? Parameter([d], (at + "mlp.down_proj.bias", d)) : null);
        }
        _norm = Parameter([d], ("model.norm.weight", d));
        if (!config.TiedHead) _head = Parameter([config.VocabularySize, d], ("lm_head.weight", config.VocabularySize));
        _rotary = new RotaryEmbedding(config, type, Device);
    }

    /// <summary>The same memory, seen without the adapter.</summary>
    private Decoder(Decoder other)
    {
        (Config, Type, Device, _borrows) = (other.Config, other.Type, other.Device, true);
        (_layers, _embedding, _norm, _head, _rotary) = (other._layers, other._embedding, other._norm, other._head, other._rotary);
        (_parameters, _named, _origin) = (other._parameters, other._named, other._origin);
    }

    /// <summary>The shape.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The layers.</summary>
    internal IReadOnlyList<Layer> Layers => _layers;

    /// <summary>The last norm's weight, (D).</summary>
    internal Tensor Norm => _norm;

    /// <summary>Element type of parameters and activations.</summary>
    public ScalarType Type { get; }

    /// <summary>Where parameters live.</summary>
    public Device Device { get; }

    /// <summary>What an optimizer updates: fused matrices, each once; with an adapter, its parameters instead.</summary>
    public IReadOnlyList<Tensor> Parameters => Adapter?.Parameters ?? _parameters;

    /// <summary>A low-rank change that every pass includes; null for none.</summary>
    public LoraAdapter? Adapter { get; private set; }

    /// <summary>Takes an adapter in, which then belongs to the model; the model's own parameters are frozen.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void Attach(LoraAdapter adapter)
    {
        if (Adapter is not null) throw new InvalidOperationException("the model has an adapter already: merge it first");
        if (Fused is not null) throw new InvalidOperationException("fused passes know no adapter: attach it to a model without them");
        foreach (var parameter in _parameters) parameter.requires_grad = false;
        Adapter = adapter;
    }

    /// <summary>
    /// The model as it is without its adapter, in the same memory: the frozen reference of an adapter's training. Disposing it
    /// frees nothing.
    /// </summary>
    public Decoder WithoutAdapter() => new(this);

    /// <summary>
    /// Views of the parameters under Hugging Face's names; writing to one writes to the model. A tied head appears once, as the
    /// embedding.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Named => _named;

    /// <summary>
    /// True computes every layer again in backward rather than keep what it computed: far less memory for a third more
    /// arithmetic, and the same numbers to the bit. Passes without gradients, decoding among them, are as ever. Default false.
    /// </summary>
    public bool Recomputes { get; set; }

    /// <summary>The output head's rows, (V, D): the embedding itself where tied.</summary>
    public Tensor Head => _head ?? _embedding;

    /// <summary>The token embedding, (V, D).</summary>
    public Tensor Embedding => _embedding;

    /// <summary>The gradient of a parameter under its Hugging Face name; null where there is none.</summary>
    public Tensor? Gradient(string name)
    {
        var (fused, start, rows) = _origin[name];
        return fused.grad is { } grad ? grad.narrow(0, start, rows) : null;
    }

    /// <summary>Fills all parameters: matrices N(0, deviation²), norms 1, biases 0, by a generator of their own.</summary>
    public void Initialize(long seed, double deviation = 0.02)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, tensor) in _named)
        {
            using var scope = NewDisposeScope();
            if (name.EndsWith("norm.weight", StringComparison.Ordinal)) tensor.copy_(ones(tensor.shape, Type));
            else if (tensor.dim() == 1) tensor.zero_();
            else tensor.copy_(randn(tensor.shape, ScalarType.Float32, generator: generator).Times(deviation));
        }
    }

    /// <summary>
    /// Takes over another model's parameters, with its adapter's change added in, rounded to this model's type. The two have the
    /// same shape.
    /// </summary>
    public void CopyFrom(Decoder other)
    {
        using var off = no_grad();
        for (var i = 0; i < _parameters.Count; i++) _parameters[i].copy_(other._parameters[i]);
        if (other.Adapter is not { } adapter) return;
        foreach (var (name, a, b, scale) in adapter.Changes)
        {
            using var scope = NewDisposeScope();
            var weight = other._named[name + ".weight"].to(adapter.Type);
            _named[name + ".weight"].copy_(weight.Plus(b.matmul(a).Times(scale))); // (out, in)
        }
    }

    /// <summary>How many numbers the model's own parameters are.</summary>
    public long ParameterCount => _parameters.Sum(p => p.numel());

    /// <summary>Input embeddings of plain tokens.</summary>
    /// <param name="ids">(B, T) int64.</param>
    /// <returns>(B, T, D).</returns>
    public Tensor Embed(Tensor ids)
    {
        using var flat = ids.reshape(-1);
        using var rows = _embedding.index_select(0, flat); // (B·T, D)
        return rows.view([.. ids.shape, Config.HiddenSize]); // (B, T, D)
    }

    /// <summary>Input embeddings of mixtures: s = Σₖ wₖ · E[idₖ] (arXiv 2511.06411, eq. 3).</summary>
    /// <param name="ids">(B, T, K) int64.</param>
    /// <param name="weights">(B, T, K); unused slots have weight 0.</param>
    /// <returns>(B, T, D).</returns>
    public Tensor Embed(Tensor ids, Tensor weights)
    {
        using var scope = NewDisposeScope();
        long b = ids.shape[0], t = ids.shape[1], k = ids.shape[2];
        if (k == 1) return Embed(ids.squeeze(2)).mul(weights.to(Type)).MoveToOuterDisposeScope();
        var rows = _embedding.index_select(0, ids.reshape(-1)).reshape(b * t, k, -1);                     // (BT, K, D)
        return bmm(weights.to(Type).reshape(b * t, 1, k), rows).reshape(b, t, -1).MoveToOuterDisposeScope(); // (B, T, D)
    }

    /// <summary>Passes in few large steps, where <see cref="Fuse"/> made them; null otherwise.</summary>
    public FusedModel? Fused { get; private set; }

    /// <summary>Makes passes over packed sequences possible.</summary>
    /// <param name="half">Products in bfloat16 rather than single precision.</param>
    /// <param name="workers">Threads that compute, the calling one included.</param>
    /// <exception cref="NotSupportedException">What cannot work, with the remedy.</exception>
    public void Fuse(bool half, int workers)
    {
        Fused?.Dispose();
        Fused = null;
        Fused = new FusedModel(this, half, workers);
    }

    /// <summary>Whole sequences at once, causally: position t sees positions up to t of its own row.</summary>
    /// <param name="inputs">Input embeddings (B, T, D); shorter rows are filled up at the end.</param>
    /// <returns>Normalised hidden states (B, T, D): times the head they are logits.</returns>
    public Tensor Forward(Tensor inputs) => Forward(inputs, null);

    /// <summary>
    /// Rows in which several completions stand behind one prompt: a position sees what comes before it in the prompt and in its
    /// own segment.
    /// </summary>
    /// <param name="inputs">Input embeddings (B, T, D).</param>
    /// <param name="positions">(B, T) int64: the rotary position of each.</param>
    /// <param name="segments">(B, T) int64: 0 for the prompt, another number for each completion.</param>
    /// <returns>Normalised hidden states (B, T, D).</returns>
    public Tensor Forward(Tensor inputs, Tensor positions, Tensor segments)
    {
        using var scope = NewDisposeScope();
        var t = inputs.shape[1];
        var of = segments.unsqueeze(2);   // (B, T, 1): of the position that looks
        var at = segments.unsqueeze(1);   // (B, 1, T): of the one looked at
        using var zero = zeros([], ScalarType.Int64, Device);
        var before = ones([t, t], ScalarType.Bool, Device).tril();
        var hidden = before.logical_and(at.eq(zero).logical_or(at.eq(of))).logical_not().unsqueeze(1); // (B, 1, T, T)
        var mask = zeros([.. hidden.shape], Type, Device).masked_fill_(hidden, Scalars.MinusInfinity);
        return Through(inputs, _rotary.At(positions, inputs.shape[1]), mask, (_, q, k, v, m) => Attend(q, k, v, m, causal: false))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same, keeping keys and values for decoding.</summary>
    internal Tensor Forward(Tensor inputs, KvCache? cache)
    {
        using var scope = NewDisposeScope();
        return Through(inputs, _rotary.Range(inputs.shape[1]), mask: null, (layer, q, k, v, _) =>
        {
            cache?.WritePrompt(layer, k, v);
            return Attend(q, k, v, mask: null, causal: q.shape[2] > 1);
        }).MoveToOuterDisposeScope();
    }

    /// <summary>One new position for every row, against its cache.</summary>
    /// <param name="inputs">(B, 1, D).</param>
    /// <param name="cache">Keys and values so far; takes the new ones in.</param>
    /// <returns>Normalised hidden states (B, 1, D).</returns>
    internal Tensor Step(Tensor inputs, KvCache cache)
    {
        using var scope = NewDisposeScope();
        var hidden = Through(inputs, _rotary.At(cache.NextPositions(), cache.Capacity), cache.Mask(), (layer, q, k, v, mask) =>
        {
            var (keys, values) = cache.WriteStep(layer, k, v);
            return Attend(q, keys, values, mask, causal: false);
        });
        cache.Advance();
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>All layers and the last norm; how a layer attends is what tells the passes apart.</summary>
    private Tensor Through(
        Tensor inputs, (Tensor, Tensor) angles, Tensor? mask, Func<int, Tensor, Tensor, Tensor, Tensor?, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var x = inputs;
        for (var at = 0; at < _layers.Length; at++)
        {
            var i = at; // backward may ask for this layer again
            Tensor Run(Tensor x, (Tensor, Tensor) angles, Tensor? mask) =>
                Layered(i, x, angles, (q, k, v) => attend(i, q, k, v, mask));
            x = Recomputes && is_grad_enabled()
                ? RecomputedLayer.Of(Run, x, angles, mask, LayerParameters(i))
                : Run(x, angles, mask);
        }
        return Normalize(x, _norm, Config.NormEpsilon).MoveToOuterDisposeScope(); // (B, T, D)
    }

    /// <summary>All tensors of a layer that want a gradient: what <see cref="RecomputedLayer"/> is told.</summary>
    private IReadOnlyList<Tensor> LayerParameters(int layer) =>
        [.. _layers[layer].Parameters.Where(p => p.requires_grad), .. Adapter?.OfLayer(layer) ?? []];

    /// <summary>A pre-norm layer around its attention: x + attention(norm x), then x + feed-forward(norm x).</summary>
    private Tensor Layered(int index, Tensor x, (Tensor, Tensor) angles, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var layer = _layers[index];
        long b = x.shape[0], t = x.shape[1];
        int heads = Config.Heads, kv = Config.KeyValueHeads, size = Config.HeadSize;

        var qkv = Map(FusedMap.Qkv, Normalize(x, layer.InputNorm, Config.NormEpsilon), layer.Qkv, layer.QkvBias)
            .view(b, t, heads + 2 * kv, size);
        var turned = layer.QNorm is null
            ? RotaryEmbedding.Rotate(qkv.narrow(2, 0, heads + kv), angles) // (B, T, H + Hkv, d)
            : RotaryEmbedding.Rotate(cat([
                Normalize(qkv.narrow(2, 0, heads), layer.QNorm, Config.NormEpsilon),
                Normalize(qkv.narrow(2, heads, kv), layer.KNorm!, Config.NormEpsilon)], 2), angles);
        var q = turned.narrow(2, 0, heads).transpose(1, 2);       // (B, H, T, d)
        var k = turned.narrow(2, heads, kv).transpose(1, 2);      // (B, Hkv, T, d)
        var v = qkv.narrow(2, heads + kv, kv).transpose(1, 2);    // (B, Hkv, T, d)

        var mixed = attend(q, k, v).transpose(1, 2).reshape(b, t, heads * size); // (B, T, H·d)
        var y = x.Plus(Map(FusedMap.Output, mixed, layer.Output, layer.OutputBias));

        var gateUp = Map(
            FusedMap.GateUp, Normalize(y, layer.FeedForwardNorm, Config.NormEpsilon), layer.GateUp,
            layer.GateUpBias); // (B, T, 2F)
        var gated = nn.functional.silu(gateUp.narrow(-1, 0, Config.IntermediateSize))
            .mul(gateUp.narrow(-1, Config.IntermediateSize, Config.IntermediateSize));
        return y.Plus(Map(FusedMap.Down, gated, layer.Down, layer.DownBias)).MoveToOuterDisposeScope(); // (B, T, D)

        // A linear map with the adapter's change.
        Tensor Map(FusedMap map, Tensor inputs, Tensor weight, Tensor? bias)
        {
            var outputs = nn.functional.linear(inputs, weight, bias);
            return Adapter is null ? outputs : Adapter.AddTo(index, map, inputs, outputs);
        }
    }

    /// <summary>
    /// softmax(q kᵀ / √d) v with several query heads to a key-value head. q (B, H, T, d), k and v (B, Hkv, S, d) → (B, H, T, d).
    /// </summary>
    private static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal)
    {
        long b = q.shape[0], h = q.shape[1], t = q.shape[2], d = q.shape[3], kv = k.shape[1], s = k.shape[2];
        if (h != kv && t == 1)
        {
            // Decoding: a group's query heads are rows of one small matrix, so keys and values need no copies.
            var grouped = q.reshape(b, kv, h / kv, d);
            return nn.functional.scaled_dot_product_attention(grouped, k, v, mask).reshape(b, h, 1, d);
        }
        if (h != kv)
        {
            k = k.unsqueeze(2).expand(b, kv, h / kv, s, d).reshape(b, h, s, d);
            v = v.unsqueeze(2).expand(b, kv, h / kv, s, d).reshape(b, h, s, d);
        }
        return nn.functional.scaled_dot_product_attention(q, k, v, mask, is_casual: causal);
    }

    /// <summary>
    /// RMSNorm (arXiv 1910.07467): x / √(mean x² + ε) · w over the last dimension; of half-precision models in single precision
    /// up to w, as transformers has it.
    /// </summary>
    private static Tensor Normalize(Tensor x, Tensor weight, double epsilon)
    {
        using var scope = NewDisposeScope();
        var wide = x.dtype == ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
        var scale = wide.mul(wide).mean([-1], keepdim: true).Plus(epsilon).rsqrt();
        return wide.mul(scale).to(x.dtype).mul(weight).MoveToOuterDisposeScope();
    }

    /// <summary>A parameter made of named parts stacked along its first dimension.</summary>
    private Tensor Parameter(long[] shape, params (string Name, int Rows)[] parts)
    {
        var tensor = empty(shape, Type, Device).DetachFromDisposeScope();
        long start = 0;
        foreach (var (name, rows) in parts)
        {
            _named[name] = tensor.narrow(0, start, rows).DetachFromDisposeScope();
            _origin[name] = (tensor, start, rows);
            start += rows;
        }
        tensor.requires_grad = true;
        _parameters.Add(tensor);
        return tensor;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Fused?.Dispose();
        if (_borrows) return;
        Adapter?.Dispose();
        foreach (var view in _named.Values) view.Dispose();
        foreach (var parameter in _parameters)
        {
            parameter.grad?.Dispose();
            parameter.Dispose();
        }
        _rotary.Dispose();
    }

    /// <summary>One layer's parameters, those of a kind stacked.</summary>
    internal sealed record Layer(
        Tensor InputNorm, Tensor Qkv, Tensor? QkvBias, Tensor? QNorm, Tensor? KNorm, Tensor Output, Tensor? OutputBias,
        Tensor FeedForwardNorm, Tensor GateUp, Tensor? GateUpBias, Tensor Down, Tensor? DownBias)
    {
        public IEnumerable<Tensor> Parameters => new[]
        {
            InputNorm, Qkv, QkvBias, QNorm, KNorm, Output, OutputBias, FeedForwardNorm, GateUp, GateUpBias, Down, DownBias,
        }.OfType<Tensor>();
    }
}
