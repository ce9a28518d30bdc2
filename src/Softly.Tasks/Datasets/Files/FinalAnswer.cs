namespace Softly.Tasks;

/// <summary>The reference answer inside what a dataset gives for it.</summary>
internal static class FinalAnswer
{
    private const string Mark = "####";

    /// <summary>
    /// What stands behind the last <c>####</c>, commas between digits removed, as GSM8K writes it; else, in a worked solution
    /// with a box, what the last box holds; else the whole, trimmed.
    /// </summary>
    /// <param name="text">The column's text.</param>
    /// <param name="isSolution">Whether it is a worked solution.</param>
    public static string Of(string text, bool isSolution)
    {
        var mark = text.LastIndexOf(Mark, StringComparison.Ordinal);
        if (mark >= 0)
        {
            var marked = text[(mark + Mark.Length)..].Trim();
            return marked.Any(char.IsAsciiDigit) && marked.All(c => char.IsAsciiDigit(c) || c is ',' or '.' or '-')
                ? marked.Replace(",", "") : marked;
        }
        return (isSolution ? HendrycksGrader.LastBoxed(text) : null)?.Trim() ?? text.Trim();
    }

    /// <summary>How <see cref="Of"/> read it, for the reader.</summary>
    public static string Rule(string text, bool isSolution) => text.Contains(Mark) ? " after ####"
        : isSolution && HendrycksGrader.LastBoxed(text) is not null ? " in its last box" : "";
}
