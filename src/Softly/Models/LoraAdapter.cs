using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// A low-rank change of some linear maps of a decoder (LoRA, arXiv 2106.09685): W x + s · B A x. Attached to a decoder
/// (<see cref="Decoder.Attach"/>) it is what training changes; the decoder's own parameters stay as they are, and without the
/// adapter they are the frozen start. Kept in single precision over a half-precision model.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly List<Part>[] _parts; // by layer and fused matrix
    private readonly List<Tensor> _parameters = [];
    private readonly Dictionary<string, Tensor> _named = [];
    private ulong? _dropKey;

    /// <summary>An adapter that changes nothing yet once <see cref="Initialize"/> has filled it.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="options">Which maps, and how.</param>
    /// <param name="type">The decoder's element type; the adapter's is single precision or better.</param>
    /// <param name="device">Where the decoder lives.</param>
    /// <exception cref="ArgumentException">The options do not fit the shape; the message has the remedy.</exception>
    public LoraAdapter(DecoderConfig config, LoraOptions options, ScalarType type, Device device)
    {
        if (options.Problems(config).ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        (Config, Options) = (config, options);
        Type = type == ScalarType.Float64 ? type : ScalarType.Float32;
        _parts = [.. Enumerable.Range(0, config.Layers * FusedMaps).Select(_ => new List<Part>())];
        using var scope = NewDisposeScope();
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var group in LinearMap.Of(config).GroupBy(m => m.Fused))
            {
                var start = 0;
                foreach (var map in group)
                {
                    var name = $"model.layers.{layer}.{map.Name}";
                    var changes = options.Changes(name, layer);
                    var rank = options.RankOf(name);
                    _parts[layer * FusedMaps + (int)map.Fused].Add(new Part(
                        name, start, map.Outputs,
                        changes ? Parameter(name + ".lora_A.weight", rank, map.Inputs, device) : null,
                        changes ? Parameter(name + ".lora_B.weight", map.Outputs, rank, device) : null,
                        changes ? options.ScaleOf(name) : 0));
                    start += map.Outputs;
                }
            }
        foreach (var parts in _parts)
            if (parts.All(p => p.A is null)) parts.Clear();
    }

    private const int FusedMaps = 4;

    /// <summary>The shape of the decoder it belongs to.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Which maps, and how.</summary>
    public LoraOptions Options { get; }

    /// <summary>Element type: Float32, or Float64 for a decoder in double precision.</summary>
    public ScalarType Type { get; }

    /// <summary>What an optimizer updates.</summary>
    public IReadOnlyList<Tensor> Parameters => _parameters;

    /// <summary>
    /// The parameters by PEFT's names without its prefix: <c>model.layers.0.self_attn.q_proj.lora_A.weight</c> (r, in) and
    /// <c>….lora_B.weight</c> (out, r).
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Named => _named;

    /// <summary>How many numbers the parameters are.</summary>
    public long ParameterCount => _parameters.Sum(p => p.numel());

    /// <summary>A uniform in ±1/√in, B zero: the decoder computes what it did before, as PEFT's own start does.</summary>
    public void Initialize(long seed)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, tensor) in _named)
        {
            using var scope = NewDisposeScope();
            if (name.EndsWith(".lora_B.weight", StringComparison.Ordinal)) tensor.zero_();
            else
                tensor.copy_(rand(tensor.shape, ScalarType.Float32, generator: generator).Times(2).Plus(-1)
                    .Times(1 / Math.Sqrt(tensor.shape[1])));
        }
    }

    /// <summary>
    /// Drops inputs, as <see cref="LoraOptions.Dropout"/> says, until the returned value is disposed. Which ones is a function of
    /// the key alone, so a pass that is computed twice drops the same.
    /// </summary>
    public IDisposable Drop(ulong key)
    {
        _dropKey = key;
        return new Dropping(this);
    }

    /// <summary>The parameters of a layer.</summary>
    internal IEnumerable<Tensor> OfLayer(int layer) =>
        _parts.AsSpan(layer * FusedMaps, FusedMaps).ToArray().SelectMany(parts => parts)
            .SelectMany(p => new[] { p.A, p.B }).OfType<Tensor>();

    /// <summary>Adds the change to what a fused matrix gave.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="map">The matrix.</param>
    /// <param name="x">Its inputs (…, in).</param>
    /// <param name="y">Its outputs (…, out).</param>
    /// <returns>(…, out): y itself where nothing changes.</returns>
    internal Tensor AddTo(int layer, FusedMap map, Tensor x, Tensor y)
    {
        var index = layer * FusedMaps + (int)map;
        if (_parts[index].Count == 0) return y;
        using var scope = NewDisposeScope();
        var inputs = Dropped(x.to(Type), (ulong)index);
        var sums = _parts[index].Select(part =>
        {
            var own = _parts[index].Count == 1 ? y : y.narrow(-1, part.Start, part.Rows);
            if (part.A is null) return own;
            var narrow = nn.functional.linear(inputs, part.A).Times(part.Scale); // (…, r)
            return own.Plus(nn.functional.linear(narrow, part.B!).to(y.dtype));  // (…, rows)
        }).ToArray();
        return (sums.Length == 1 ? sums[0] : cat(sums, -1)).MoveToOuterDisposeScope();
    }

    /// <summary>The changed maps: name, A, B and s.</summary>
    internal IEnumerable<(string Name, Tensor A, Tensor B, double Scale)> Changes =>
        _parts.SelectMany(parts => parts).Where(p => p.A is not null).Select(p => (p.Name, p.A!, p.B!, p.Scale));

    private Tensor Dropped(Tensor x, ulong place)
    {
        if (_dropKey is not { } key || Options.Dropout == 0) return x;
        using var generator = new Generator(key ^ ((place + 1) * 0x9E3779B97F4A7C15));
        using var draws = rand(x.shape, ScalarType.Float32, device: CPU, generator: generator);
        var kept = draws.ge(Scalars.Of(Options.Dropout)).to(x.dtype, x.device);
        return x.mul(kept).Times(1 / (1 - Options.Dropout));
    }

    private Tensor Parameter(string name, int rows, int columns, Device device)
    {
        var tensor = empty([rows, columns], Type, device).DetachFromDisposeScope();
        tensor.requires_grad = true;
        _named.Add(name, tensor);
        _parameters.Add(tensor);
        return tensor;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.grad?.Dispose();
            parameter.Dispose();
        }
    }

    /// <summary>One map's rows in its fused matrix, and its change; no A where it has none.</summary>
    private sealed record Part(string Name, int Start, int Rows, Tensor? A, Tensor? B, double Scale);

    private sealed class Dropping(LoraAdapter adapter) : IDisposable
    {
        public void Dispose() => adapter._dropKey = null;
    }
}
