namespace Softly.Runs.Reports;

/// <summary>A table's column.</summary>
/// <param name="Header">Its name.</param>
/// <param name="Numeric">True for numbers: they stand right-aligned.</param>
public readonly record struct Column(string Header, bool Numeric = false)
{
    /// <summary>A column of words.</summary>
    public static Column Text(string header) => new(header);

    /// <summary>A column of numbers.</summary>
    public static Column Number(string header) => new(header, Numeric: true);
}
