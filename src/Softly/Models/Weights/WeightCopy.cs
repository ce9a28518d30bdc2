namespace Softly.Models.Weights;

/// <summary>
/// Carries weights from one file to another, some rows of one tensor at a time, so that no model ever stands in memory. The
/// source is whatever yields a parameter's numbers by name.
/// </summary>
internal static class WeightCopy
{
    private const int ChunkElements = 4 << 20;

    /// <summary>Takes the next rows of a tensor.</summary>
    /// <param name="name">The parameter's Hugging Face name.</param>
    /// <param name="numbers">Whole rows.</param>
    public delegate void Writer(string name, ReadOnlySpan<float> numbers);

    /// <summary>Reads parameters in their order and hands them on.</summary>
    /// <param name="source">The weights.</param>
    /// <param name="targets">Which ones: Hugging Face names and shapes.</param>
    /// <param name="write">Takes their rows.</param>
    /// <param name="progress">Hears after every piece how many numbers were carried so far.</param>
    /// <param name="cancel">Stops between two pieces.</param>
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
                write(target.Name, numbers);
                progress?.Invoke(done += numbers.Length);
            }
        }
    }
}
