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

/// <summary>
/// Rows turned into columns as they come: the left factor of a product that sums over rows. It lies in pieces of 512 rows, each
/// (width, 512), because kernels are generated for every stride.
/// </summary>
/// <param name="memory">As many numbers.</param>
internal readonly unsafe struct Turned(Plane memory)
{
    private const int Piece = 512;

    /// <summary>Takes in a block of rows.</summary>
    /// <param name="rows">(count, width).</param>
    /// <param name="first">Number of the first row.</param>
    /// <param name="count">An even number of rows.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="woven">Room for a block of rows.</param>
    public void Put(void* rows, int first, int count, int width, in Plane woven)
    {
        // A block never lies across two pieces: both are multiples of it.
        var to = (float*)memory.At(0) + ((long)(first / Piece) * width * Stride) + (first % Piece * Stride / Piece);
        if (!memory.IsHalf)
        {
            RowKernels.Transpose((float*)rows, width, count, width, to, Stride);
            return;
        }
        // Two rows interleaved are one row of numbers twice as large.
        var pairs = (ushort*)woven.At(0);
        for (var row = 0; row < count; row += 2)
            FactorPanels.Weave(
                (ushort*)rows + ((long)row * width), (ushort*)rows + ((row + 1L) * width), pairs + ((long)row * width), width);
        RowKernels.Transpose((float*)pairs, width, count / 2, width, to, Stride);
    }

    /// <summary>Numbers of a row of pairs, of four bytes each.</summary>
    private int Stride => memory.IsHalf ? Piece / 2 : Piece;

    /// <summary>Rows that memory is needed for: whole pieces.</summary>
    public static long Room(long rows) => (rows + Piece - 1) / Piece * Piece;

    /// <summary>gradient (width, columns) = or += this · inputs.</summary>
    /// <param name="width">Rows of the gradient.</param>
    /// <param name="held">Numbers of a row that was taken in: at least as many.</param>
    /// <param name="inputs">(rows, columns).</param>
    /// <param name="columns">Columns of the gradient.</param>
    /// <param name="rows">How many rows were taken in.</param>
    /// <param name="gradient">Row by row.</param>
    /// <param name="add">Adds to it.</param>
    public void Multiply(int width, int held, in Paired inputs, int columns, int rows, float* gradient, bool add)
    {
        const int most = 256, tile = 64;
        var parts = (columns + most - 1) / most;
        var part = ((columns + parts - 1) / parts + 15) / 16 * 16;
        for (var column = 0; column < columns; column += part)
            for (var row = 0; row < rows; row += Piece)
            {
                var depth = Math.Min(Piece, rows - row);
                for (var at = 0; at < width; at += tile)
                {
                    var to = gradient + ((long)at * columns) + column;
                    var (m, n) = (Math.Min(tile, width - at), Math.Min(part, columns - column));
                    if (memory.IsHalf)
                        BlockProduct.Multiply(
                            (ushort*)memory.At(0) + ((long)row * held) + ((long)at * Piece), Piece,
                            (ushort*)inputs.Memory.At(0) + ((long)row * columns) + (2 * column), columns, to, columns, m, n,
                            depth, add || row > 0);
                    else
                        BlockProduct.Multiply(
                            (float*)memory.At(0) + ((long)row * held) + ((long)at * Piece), Piece,
                            (float*)inputs.Memory.At(0) + ((long)row * columns) + column, columns, to, columns, m, n, depth,
                            add || row > 0);
                }
            }
    }
}

/// <summary>Rows as the right factor of a product that sums over them: as they are, or two interleaved in bfloat16.</summary>
/// <param name="memory">(rows, width).</param>
internal readonly unsafe struct Paired(Plane memory)
{
    /// <summary>Where they are.</summary>
    public Plane Memory => memory;

    /// <summary>Takes in a block of rows.</summary>
    /// <param name="rows">(count, width).</param>
    /// <param name="first">Number of the first row.</param>
    /// <param name="count">An even number of rows.</param>
    /// <param name="width">Numbers of a row.</param>
    public void Put(void* rows, int first, int count, int width)
    {
        if (!memory.IsHalf)
        {
            var bytes = (long)count * width * sizeof(float);
            Buffer.MemoryCopy(rows, (float*)memory.At(0) + ((long)first * width), bytes, bytes);
            return;
        }
        var to = (ushort*)memory.At(0) + ((long)first * width);
        for (var row = 0; row < count; row += 2)
            FactorPanels.Weave(
                (ushort*)rows + ((long)row * width), (ushort*)rows + ((row + 1L) * width), to + ((long)row * width), width);
    }
}
