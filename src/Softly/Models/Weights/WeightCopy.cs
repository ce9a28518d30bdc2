namespace Softly.Models.Weights;

/// <summary>
/// Carries weights from one file to another, some rows of one tensor at a time, so that no model ever stands in memory. The
/// source is whatever yields a parameter's numbers by name.
/// </summary>
internal static class WeightCopy
{
    private const int ChunkElements = 4 << 20;

    // The largest number of half precision.
    private const float MostOfHalf = 65504;

    /// <summary>Takes the next rows of a tensor.</summary>
    /// <param name="name">The parameter's Hugging Face name.</param>
    /// <param name="numbers">Whole rows.</param>
    public delegate void Writer(string name, ReadOnlySpan<float> numbers);

    /// <summary>Reads parameters in their order and hands them on.</summary>
    /// <param name="source">The weights.</param>
    /// <param name="targets">What becomes of each: Hugging Face names, and the types in which they are stored.</param>
    /// <param name="write">Takes their rows.</param>
    /// <param name="progress">Hears after every piece how many numbers were carried so far.</param>
    /// <param name="cancel">Stops between two pieces.</param>
    /// <exception cref="InvalidDataException">A number has no place in its target's type; the message has the remedy.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Run(
        IWeightFile source, IEnumerable<WeightEntry> targets, Writer write, Action<long>? progress, CancellationToken cancel)
    {
        var done = 0L;
        var buffer = Array.Empty<float>();
        foreach (var target in targets)
        {
            var (rowSize, rows) = (target.RowSize, target.Rows);
            var atOnce = (int)Math.Clamp(ChunkElements / Math.Max(1, rowSize), 1, Math.Max(1, rows));
            if (buffer.Length < atOnce * rowSize) buffer = new float[atOnce * rowSize];
            for (long first = 0; first < rows; first += atOnce)
            {
                cancel.ThrowIfCancellationRequested();
                var count = (int)Math.Min(atOnce, rows - first);
                var numbers = buffer.AsSpan(0, (int)(count * rowSize));
                source.Read(target.Name, first, count, numbers);
                if (target.Type is StoredType.F16 or (>= StoredType.Q40 and <= StoredType.Q80)) Check(source, target, numbers);
                write(target.Name, numbers);
                progress?.Invoke(done += numbers.Length);
            }
        }
    }

    private static void Check(IWeightFile source, WeightEntry target, ReadOnlySpan<float> numbers)
    {
        foreach (var number in numbers)
            if (!(MathF.Abs(number) <= MostOfHalf)) // also where it is no number
                throw Refusal.Of(source.Path, $"tensor {Refusal.Quote(target.Name)}: {number} cannot be stored as "
                    + $"{target.Type.Label()}, which ends at {MostOfHalf}; bf16 and f32 hold it");
    }
}
