namespace Softly.Generation;

/// <summary>
/// Draws the next steps of rows from their logits, and feeds them. The rows lie in the decoder's order; a row that is
/// <see cref="BatchRow.Fresh"/> has the logits of its prompt, the others those of the last <see cref="Feed"/>.
/// </summary>
internal interface IDrawing : IDisposable
{
    /// <summary>
    /// Draws for all rows that have logits and no step drawn from them, and appends what was drawn to their rollouts: after
    /// <see cref="Feed"/> all rows, and then fresh ones behind them as they come.
    /// </summary>
    /// <param name="rows">All rows of the decoder.</param>
    void Draw(IReadOnlyList<BatchRow> rows);

    /// <summary>
    /// Follows the decoder's <see cref="Models.IDecoder.Keep"/>, once all rows are drawn: those that stay keep their place, or
    /// fill one that is left from behind.
    /// </summary>
    void Keep(ReadOnlySpan<int> rows);

    /// <summary>Feeds the last step of every row.</summary>
    void Feed();
}

/// <summary>How the steps of a rollout are drawn. Both ways give the same rollouts up to rounding.</summary>
public enum DrawingForm
{
    /// <summary>Row by row where the device is a CPU and the law has a row form, with tensors elsewhere.</summary>
    Auto,

    /// <summary>With tensors, all rows at once: every device, every law, and the plain truth.</summary>
    Tensors,

    /// <summary>Row by row, in vector code on the logits themselves: on a CPU, for laws that have a row form.</summary>
    Rows,
}
