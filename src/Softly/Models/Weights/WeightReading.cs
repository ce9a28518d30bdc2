namespace Softly.Models.Weights;

/// <summary>What all weight files share: look-ups, length checks and reading as doubles by way of floats.</summary>
internal static class WeightReading
{
    public static WeightEntry Entry(IWeightFile file, string name) => file.Entries.TryGetValue(name, out var entry)
        ? entry
        : throw new KeyNotFoundException($"{file.Path}: there is no tensor {Refusal.Quote(name)}");

    public static WeightEntry Floating(IWeightFile file, string name)
    {
        var entry = Entry(file, name);
        return entry.Type.IsFloating() ? entry : throw Refusal.Of(file.Path,
            $"tensor {Refusal.Quote(name)} is stored as {entry.Type.Label()}; floating-point numbers are asked for");
    }

    /// <summary>The element at which the rows begin.</summary>
    public static long CheckRows(WeightEntry entry, long firstRow, int rowCount, int length)
    {
        if (firstRow < 0 || rowCount < 0 || firstRow > entry.Rows - rowCount)
            throw new ArgumentOutOfRangeException(nameof(firstRow),
                $"rows {firstRow} to {firstRow + rowCount} are not in {entry.Name}, which has {entry.Rows}");
        if (rowCount * entry.RowSize != length)
            throw new ArgumentException(
                $"{rowCount} rows of {entry.Name} hold {rowCount * entry.RowSize} numbers, the span {length}");
        return firstRow * entry.RowSize;
    }

    public static void CheckAll(WeightEntry entry, int length)
    {
        if (entry.Elements != length)
            throw new ArgumentException(
                $"{entry.Name} of shape {entry.ShapeText} holds {entry.Elements} numbers, the span {length}");
    }

    public static void ReadAll(IWeightFile file, string name, Span<float> into)
    {
        var entry = Entry(file, name);
        CheckAll(entry, into.Length);
        // Rows fit an int here: the span holds them all, unless they are empty.
        if (!into.IsEmpty) file.Read(name, 0, (int)entry.Rows, into);
    }

    /// <summary>Doubles of a tensor of at most single precision, some rows at a time.</summary>
    public static void ReadDoubles(IWeightFile file, string name, Span<double> into)
    {
        var entry = Entry(file, name);
        CheckAll(entry, into.Length);
        if (into.IsEmpty) return;
        var rowSize = (int)entry.RowSize;
        var rowsAtOnce = (int)Math.Min(entry.Rows, Math.Max(1, (1 << 16) / rowSize));
        var floats = new float[rowsAtOnce * rowSize];
        for (long row = 0; row < entry.Rows; row += rowsAtOnce)
        {
            var rows = (int)Math.Min(rowsAtOnce, entry.Rows - row);
            var part = floats.AsSpan(0, rows * rowSize);
            file.Read(name, row, rows, part);
            var target = into.Slice((int)(row * rowSize), part.Length);
            for (var i = 0; i < part.Length; i++) target[i] = part[i];
        }
    }
}
