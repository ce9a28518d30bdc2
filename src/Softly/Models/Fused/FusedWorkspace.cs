namespace Softly.Models;

/// <summary>Room that one worker needs for a block of rows and, in backward, for a shard.</summary>
internal sealed unsafe class FusedWorkspace : IDisposable
{
    /// <summary>Rows that are computed at a time.</summary>
    public const int Block = 64;

    private readonly DecoderConfig _config;
    private readonly bool _half;
    private readonly Arena _block = new();
    private readonly Arena _shard = new();
    private int _rows;

    /// <param name="config">The model's shape.</param>
    /// <param name="half">Whether products are of bfloat16.</param>
    public FusedWorkspace(DecoderConfig config, bool half)
    {
        (_config, _half) = (config, half);
        int q = config.Heads * config.HeadSize, qkv = q + (2 * config.KeyValueHeads * config.HeadSize);
        var widest = Math.Max(Math.Max(config.HiddenSize, qkv), 2 * config.IntermediateSize);
        _block.Reset((3 * Arena.Bytes(Block * (long)widest)) + (2 * Arena.Bytes(Block * (long)widest, half)));
        First = _block.Floats(Block * (long)widest);
        Second = _block.Floats(Block * (long)widest);
        Third = _block.Floats(Block * (long)widest);
        Operand = _block.Rows(Block, widest, half);
        Woven = _block.Rows(Block, widest, half);
        Attention = new FusedAttention(config, 32);
    }

    /// <summary>(64, widest) each.</summary>
    public float* First { get; }

    /// <summary>As <see cref="First"/>.</summary>
    public float* Second { get; }

    /// <summary>As <see cref="First"/>.</summary>
    public float* Third { get; }

    /// <summary>Rows as the left factor of a product.</summary>
    public Plane Operand { get; }

    /// <summary>Pairs of rows, interleaved.</summary>
    public Plane Woven { get; }

    /// <summary>For the longest group so far.</summary>
    public FusedAttention Attention { get; private set; }

    /// <summary>Gradients of a product's outputs, turned: (widest, rows).</summary>
    public Turned Wide { get; private set; }

    /// <summary>The same for rows of D numbers.</summary>
    public Turned Narrow { get; private set; }

    /// <summary>A product's inputs: (rows, widest input).</summary>
    public Paired Inner { get; private set; }

    /// <summary>The same for rows of D numbers.</summary>
    public Paired Normed { get; private set; }

    /// <summary>(rows, H · d).</summary>
    public float* DMixed { get; private set; }

    /// <summary>(rows, (H + 2 Hkv) · d).</summary>
    public float* DQkv { get; private set; }

    /// <summary>(rows, D): the gradient of the residual stream.</summary>
    public float* DResidual { get; private set; }

    /// <summary>Makes room for a shard's groups.</summary>
    public void Reach(FusedShard shard)
    {
        var longest = shard.Groups.Max(g => g.Longest);
        if (longest <= Attention.Longest) return;
        Attention.Dispose();
        Attention = new FusedAttention(_config, longest);
    }

    /// <summary>Makes room for a shard's backward pass.</summary>
    public void ReachBackward(FusedShard shard)
    {
        Reach(shard);
        if (shard.Rows <= _rows) return;
        _rows = shard.Rows;
        long rows = _rows;
        int d = _config.HiddenSize, q = _config.Heads * _config.HeadSize;
        var (qkv, wide, inner) = Widths(_config);
        _shard.Reset(BackwardBytes(_config, rows, _half));
        Wide = new Turned(_shard.Rows(Turned.Room(rows), wide, _half));
        Narrow = new Turned(_shard.Rows(Turned.Room(rows), d, _half));
        Inner = new Paired(_shard.Rows(rows, inner, _half));
        Normed = new Paired(_shard.Rows(rows, d, _half));
        DMixed = _shard.Floats(rows * q);
        DQkv = _shard.Floats(rows * qkv);
        DResidual = _shard.Floats(rows * d);
    }

    /// <summary>Bytes of what <see cref="ReachBackward"/> makes room for.</summary>
    public static long BackwardBytes(DecoderConfig config, long rows, bool half)
    {
        int d = config.HiddenSize, q = config.Heads * config.HeadSize;
        var (qkv, wide, inner) = Widths(config);
        return Arena.Bytes(Turned.Room(rows) * wide, half) + Arena.Bytes(Turned.Room(rows) * d, half) + Arena.Bytes(rows * d, half)
            + Arena.Bytes(rows * inner, half) + Arena.Bytes(rows * q) + Arena.Bytes(rows * qkv) + Arena.Bytes(rows * d);
    }

    /// <summary>Numbers of queries, keys and values, of the widest output, and of the widest input but D.</summary>
    private static (int Qkv, int Wide, int Inner) Widths(DecoderConfig config)
    {
        int f = config.IntermediateSize, q = config.Heads * config.HeadSize;
        var qkv = q + (2 * config.KeyValueHeads * config.HeadSize);
        return (qkv, Math.Max(2 * f, qkv), Math.Max(f, q));
    }

    /// <summary>Rows as the left factor of a product: themselves, or rounded.</summary>
    public void* AsOperand(float* rows, int count)
    {
        if (!_half) return rows;
        Brain.Narrow(rows, (ushort*)Operand.At(0), count);
        return Operand.At(0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Attention.Dispose();
        _block.Dispose();
        _shard.Dispose();
    }
}
