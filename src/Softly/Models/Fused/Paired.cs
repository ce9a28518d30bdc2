namespace Softly.Models;

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
