namespace Softly.Models;

/// <summary>
/// A weight (columns, depth) in the order in which it is read: panels of two vectors' columns; in a panel, the columns' numbers
/// of depth 0, then of depth 1, and so on.
/// </summary>
internal unsafe struct PackedMatrix
{
    public float* Panels;
    public float* Bias;
    public int Depth;
    public int PanelWidth;
    public int PanelCount;

    /// <summary>Numbers that panels and biases take.</summary>
    public static long Size(int columns, int depth, int panelWidth) => (long)PaddedShape.Up(columns, panelWidth) * (depth + 1);

    /// <summary>Lays a matrix out at <paramref name="at"/>, and moves on behind it.</summary>
    public static PackedMatrix Lay(ref float* at, int columns, int depth, int panelWidth)
    {
        var padded = PaddedShape.Up(columns, panelWidth);
        var matrix = new PackedMatrix
        {
            Bias = at, Panels = at + padded, Depth = depth, PanelWidth = panelWidth, PanelCount = padded / panelWidth,
        };
        at += Size(columns, depth, panelWidth);
        return matrix;
    }

    /// <summary>Copies <paramref name="count"/> rows of a weight, and their biases, into neighbouring columns.</summary>
    /// <param name="weight">(count, Depth), row by row.</param>
    /// <param name="bias">(count), or null for none.</param>
    /// <param name="count">How many.</param>
    /// <param name="column">The first column.</param>
    public readonly void Place(float* weight, float* bias, int count, int column)
    {
        for (var i = 0; i < count; i++, column++, weight += Depth)
        {
            var to = Panels + ((long)(column / PanelWidth) * Depth * PanelWidth) + (column % PanelWidth);
            for (var k = 0; k < Depth; k++, to += PanelWidth) *to = weight[k];
            if (bias is not null) Bias[column] = bias[i];
        }
    }
}
