namespace Softly.Models;

/// <summary>Rows of activations in single precision or bfloat16; the memory belongs to an <see cref="Arena"/>.</summary>
/// <param name="start">The first number.</param>
/// <param name="width">Numbers of a row.</param>
/// <param name="half">Whether they are bfloat16.</param>
internal readonly unsafe struct Plane(byte* start, int width, bool half)
{
    /// <summary>Numbers of a row.</summary>
    public int Width => width;

    /// <summary>Whether they are bfloat16.</summary>
    public bool IsHalf => half;

    /// <summary>A row as a factor of products.</summary>
    public void* At(int row) => start + ((long)row * width * (half ? sizeof(ushort) : sizeof(float)));

    /// <summary>Rows in single precision: themselves, or widened into <paramref name="scratch"/>.</summary>
    public float* Read(int row, int rows, float* scratch)
    {
        if (!half) return (float*)At(row);
        Brain.Widen((ushort*)At(row), scratch, rows * width);
        return scratch;
    }

    /// <summary>Where rows are to be written before <see cref="Write"/>.</summary>
    public float* Open(int row, float* scratch) => half ? scratch : (float*)At(row);

    /// <summary>Takes in what was written where <see cref="Open"/> said.</summary>
    public void Write(int row, int rows, float* written)
    {
        if (half) Brain.Narrow(written, (ushort*)At(row), rows * width);
    }
}
