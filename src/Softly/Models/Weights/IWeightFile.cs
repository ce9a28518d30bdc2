namespace Softly.Models.Weights;

/// <summary>
/// The tensors of a checkpoint by their Hugging Face names. Opening reads no tensor; reading converts straight from the mapped
/// file into memory the caller owns. A damaged file gives <see cref="InvalidDataException"/> that names file and tensor, an
/// unknown name <see cref="KeyNotFoundException"/>, a span of the wrong length <see cref="ArgumentException"/>.
/// Several threads may read at once.
/// </summary>
public interface IWeightFile : IDisposable
{
    /// <summary>The file or folder, for messages.</summary>
    string Path { get; }

    /// <summary>Every tensor by name.</summary>
    IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>Reads rows of a floating-point tensor, converted to single precision.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="firstRow">The first row along the outermost dimension.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="into">Receives rowCount · RowSize numbers, row by row.</param>
    void Read(string name, long firstRow, int rowCount, Span<float> into);

    /// <summary>Reads a whole floating-point tensor, converted to single precision.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="into">Receives all of its numbers, row by row.</param>
    void Read(string name, Span<float> into);

    /// <summary>Reads a whole floating-point tensor in double precision: exactly what is stored.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="into">Receives all of its numbers, row by row.</param>
    void ReadDoubles(string name, Span<double> into);

    /// <summary>
    /// Copies rows byte for byte as they are stored. Only a file that has them plainly and in this order can: one with quantised
    /// blocks or interleaved heads says false and leaves the span alone.
    /// </summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="firstRow">The first row along the outermost dimension.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="into">Receives rowCount · RowSize numbers of the stored type, little-endian.</param>
    bool TryCopy(string name, long firstRow, int rowCount, Span<byte> into) => false;
}
