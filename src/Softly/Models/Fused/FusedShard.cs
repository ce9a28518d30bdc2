namespace Softly.Models;

/// <summary>What is kept of a pass for its backward pass.</summary>
internal enum Kept
{
    /// <summary>Nothing: there is none.</summary>
    Nothing,

    /// <summary>Every layer's input; backward computes the layers again.</summary>
    Inputs,

    /// <summary>What every layer computed.</summary>
    All,
}

/// <summary>What one layer leaves for its backward pass.</summary>
internal readonly unsafe struct LayerPlanes(
    float* input, float* middle, float* logSums, Plane qkv, Plane raw, Plane mixed, Plane gateUp)
{
    /// <summary>The layer's input, (positions, D).</summary>
    public float* Input => input;

    /// <summary>After attention, (positions, D).</summary>
    public float* Middle => middle;

    /// <summary>(positions, H).</summary>
    public float* LogSums => logSums;

    /// <summary>Queries, keys and values, turned by their positions.</summary>
    public Plane Qkv => qkv;

    /// <summary>Queries and keys before they were normalised; empty where they are not.</summary>
    public Plane Raw => raw;

    /// <summary>What attention gave, (positions, H · d).</summary>
    public Plane Mixed => mixed;

    /// <summary>(positions, 2 F).</summary>
    public Plane GateUp => gateUp;

    /// <summary>The same, from another input.</summary>
    public LayerPlanes From(float* other) => new(other, middle, logSums, qkv, raw, mixed, gateUp);
}

/// <summary>
/// Whole groups that one worker takes through all layers, forward and backward: small enough to share out and, for small models,
/// to stay in the caches. How a batch is cut depends on the batch and the model alone, so that sums over shards are the same for
/// any number of workers.
/// </summary>
internal sealed unsafe class FusedShard
{
    /// <summary>Rows are filled up to a multiple of this: half of what products take at a time.</summary>
    public const int Tile = 32;

    private FusedShard(IReadOnlyList<PromptGroup> groups)
    {
        Groups = groups;
        First = groups[0].Prompt.Start;
        Tokens = groups.Sum(g => g.Tokens);
        Rows = (Tokens + Tile - 1) / Tile * Tile;
    }

    /// <summary>The groups.</summary>
    public IReadOnlyList<PromptGroup> Groups { get; }

    /// <summary>The first position in the batch.</summary>
    public int First { get; }

    /// <summary>How many positions.</summary>
    public int Tokens { get; }

    /// <summary>Rows of the planes: positions, then zeros.</summary>
    public int Rows { get; }

    /// <summary>What each layer left.</summary>
    public LayerPlanes[] Layers { get; private set; } = [];

    /// <summary>What the last layer gave, (rows, D).</summary>
    public float* Output { get; private set; }

    /// <summary>Where a layer's output goes: the next one's input.</summary>
    public float* OutputOf(int layer) => layer + 1 < Layers.Length ? Layers[layer + 1].Input : Output;

    /// <summary>
    /// Cuts a batch. A narrow model's activations of 256 positions stay in the second cache; a wide model's gradients are read
    /// and written once for every shard, which a thousand positions make cheap.
    /// </summary>
    public static FusedShard[] Cut(PackedLayout layout, DecoderConfig config)
    {
        var size = config.HiddenSize <= 192 ? 256 : 1024;
        var count = Math.Clamp((layout.Tokens + (size / 2)) / size, Math.Min(2, layout.Groups.Count), layout.Groups.Count);
        var shards = new List<FusedShard>(count);
        var groups = new List<PromptGroup>();
        var done = 0;
        for (var i = 0; i < layout.Groups.Count; i++)
        {
            groups.Add(layout.Groups[i]);
            done += layout.Groups[i].Tokens;
            var enough = done >= (shards.Count + 1L) * layout.Tokens / count - (layout.Groups[i].Tokens / 2);
            if (!enough && i + 1 < layout.Groups.Count) continue;
            shards.Add(new FusedShard([.. groups]));
            groups.Clear();
        }
        return [.. shards];
    }

    /// <summary>Bytes of all planes.</summary>
    public long Bytes(DecoderConfig config, Kept kept, bool half)
    {
        var input = Arena.Bytes((long)Rows * config.HiddenSize);
        var inputs = kept == Kept.Nothing ? 2 : config.Layers + 1;
        return (inputs * input) + ((kept == Kept.All ? config.Layers : 1) * LayerBytes(config, half));
    }

    private long LayerBytes(DecoderConfig config, bool half)
    {
        long rows = Rows;
        int q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize;
        return Arena.Bytes(rows * config.HiddenSize) + Arena.Bytes(rows * config.Heads) + Arena.Bytes(rows * (q + (2 * kv)), half)
            + Arena.Bytes(config.QkNorm ? rows * (q + kv) : 0, half) + Arena.Bytes(rows * q, half)
            + Arena.Bytes(rows * 2 * config.IntermediateSize, half);
    }

    /// <summary>Deals out the planes.</summary>
    public void Lay(Arena arena, DecoderConfig config, Kept kept, bool half)
    {
        long width = config.HiddenSize;
        int q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize;
        Layers = new LayerPlanes[config.Layers];
        float* first = arena.Floats(Rows * width), second = kept == Kept.Nothing ? arena.Floats(Rows * width) : null;
        for (var i = 0; i < Layers.Length; i++)
        {
            var input = i == 0 ? first
                : kept != Kept.Nothing ? arena.Floats(Rows * width)
                : i % 2 == 0 ? first : second;
            Layers[i] = i > 0 && kept != Kept.All
                ? Layers[0].From(input)
                : new LayerPlanes(
                    input, arena.Floats(Rows * width), arena.Floats((long)Rows * config.Heads),
                    arena.Rows(Rows, q + (2 * kv), half),
                    arena.Rows(config.QkNorm ? Rows : 0, q + kv, half), arena.Rows(Rows, q, half),
                    arena.Rows(Rows, 2 * config.IntermediateSize, half));
        }
        Output = kept != Kept.Nothing ? arena.Floats(Rows * width) : Layers.Length % 2 == 0 ? first : second;
    }
}
