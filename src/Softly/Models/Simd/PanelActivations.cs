namespace Softly.Models;

/// <summary>Up to 64 rows on their way through the model, seen by all workers of a team.</summary>
internal sealed unsafe class PanelActivations : IDisposable
{
    /// <summary>Rows there is room for: as many as a product takes at a time.</summary>
    public const int Capacity = 64;

    private readonly PaddedShape _shape;
    private readonly NativeFloats _memory;
    private readonly int[] _chunks = new int[Capacity + 1];

    /// <summary>Room for one block of rows.</summary>
    /// <param name="shape">The padded shape.</param>
    /// <param name="half">Whether factors of products are bfloat16.</param>
    public PanelActivations(PaddedShape shape, bool half)
    {
        _shape = shape;
        AttendedStride = PaddedShape.Up(shape.Config.Heads * shape.Config.HeadSize, FactorPanels.Width);
        InnerStride = PaddedShape.Up(shape.Config.IntermediateSize, FactorPanels.Width);
        var factors = ((long)AttendedStride + InnerStride) / (half ? 2 : 1);
        _memory = new NativeFloats(Capacity * (shape.HiddenStride + shape.QkvStride + factors));
        Hidden = _memory.Start;
        Qkv = Hidden + (Capacity * (long)shape.HiddenStride);
        Attended = (byte*)(Qkv + (Capacity * (long)shape.QkvStride));
        Inner = Attended + (Capacity * (long)AttendedStride * (half ? sizeof(ushort) : sizeof(float)));
    }

    /// <summary>The residual stream, (rows, HiddenStride).</summary>
    public float* Hidden { get; }

    /// <summary>Queries, keys and values, (rows, QkvStride).</summary>
    public float* Qkv { get; }

    /// <summary>What attention gives, (rows, AttendedStride) of the products' type.</summary>
    public byte* Attended { get; }

    /// <summary>The feed-forward's inside, (rows, InnerStride) of the products' type.</summary>
    public byte* Inner { get; }

    public int AttendedStride { get; }

    public int InnerStride { get; }

    /// <summary>Rows in use.</summary>
    public int Rows { get; set; }

    /// <summary>Whether rows are positions of prompts, which attend to the rows before them.</summary>
    public bool Reading { get; set; }

    /// <summary>What the rows share with others; while a prompt is read, its positions up to the row's.</summary>
    public Segment[] Prompts { get; } = new Segment[Capacity];

    /// <summary>What the rows own, the present position included; empty while a prompt is read.</summary>
    public Segment[] Own { get; } = new Segment[Capacity];

    /// <summary>How many chunks <see cref="Cut"/> made.</summary>
    public int Chunks { get; private set; }

    /// <summary>Rows that products compute for <paramref name="rows"/>: few sizes, since a kernel is made for each.</summary>
    public static int Rounded(int rows) => rows <= 2 ? rows : rows <= 4 ? 4 : PaddedShape.Up(rows, 8);

    /// <summary>Zeros for the rows' inputs.</summary>
    public void Clear(int rows)
    {
        Rows = rows;
        new Span<float>(Hidden, Rounded(rows) * _shape.HiddenStride).Clear();
    }

    /// <summary>
    /// Cuts the rows into chunks of neighbours that share a prompt, of even sizes, and no larger than that their query heads of
    /// one key-value head fill a product.
    /// </summary>
    public void Cut()
    {
        Chunks = 0;
        var most = Math.Max(1, Capacity / _shape.Group);
        for (int first = 0, end; first < Rows; first = end)
        {
            for (end = first + 1; end < Rows && Prompts[end].Memory == Prompts[first].Memory;) end++;
            var pieces = (end - first + most - 1) / most;
            for (var i = 0; i < pieces; i++) _chunks[Chunks++] = first + ((end - first) * i / pieces);
        }
        _chunks[Chunks] = Rows;
    }

    /// <summary>A chunk's first row and the row behind its last.</summary>
    public (int First, int End) Chunk(int index) => (_chunks[index], _chunks[index + 1]);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
