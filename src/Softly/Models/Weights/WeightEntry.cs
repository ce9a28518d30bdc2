namespace Softly.Models.Weights;

/// <summary>What a weight file says about one tensor.</summary>
/// <param name="Name">Its Hugging Face parameter name.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Shape">Its shape, outermost dimension first; empty for a single number.</param>
public sealed record WeightEntry(string Name, StoredType Type, IReadOnlyList<long> Shape)
{
    /// <summary>How many numbers it holds. The readers have checked that this fits.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The outermost dimension, by which it can be read in parts; 1 for a single number.</summary>
    public long Rows => Shape.Count == 0 ? 1 : Shape[0];

    /// <summary>How many numbers a row holds.</summary>
    public long RowSize => Rows == 0 ? 0 : Elements / Rows;

    /// <summary>The shape as text, such as <c>(64, 48)</c>.</summary>
    public string ShapeText => $"({string.Join(", ", Shape)})";
}
