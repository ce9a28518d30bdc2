namespace Softly.Models;

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
