namespace Softly.Models;

/// <summary>Checks of row numbers, for both engines.</summary>
internal static class RowNumbers
{
    /// <summary>Refuses rows that are not there, or are named twice.</summary>
    /// <exception cref="ArgumentException">The message names the row.</exception>
    public static void Check(ReadOnlySpan<int> rows, int count)
    {
        var taken = new bool[count];
        foreach (var row in rows)
        {
            Check(row, count);
            if (taken[row]) throw new ArgumentException($"row {row} is named twice; rows cannot share a cache", nameof(rows));
            taken[row] = true;
        }
    }

    /// <summary>Refuses a row that is not there.</summary>
    /// <exception cref="ArgumentException">The message names the row.</exception>
    public static void Check(int row, int count)
    {
        if ((uint)row >= (uint)count) throw new ArgumentException($"row {row} is not one of {count} rows", nameof(row));
    }
}
