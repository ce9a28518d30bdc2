namespace Softly.Generation;

/// <summary>Finds where a mark is complete that is no token but a text, spelt by several.</summary>
public static class Spelling
{
    /// <summary>The fewest steps whose text has the mark; more of them never lose it again.</summary>
    /// <param name="mark">The mark's text.</param>
    /// <param name="most">So many steps have it, at least 1.</param>
    /// <param name="said">The text of the first so many steps.</param>
    public static int Fewest(string mark, int most, Func<int, string> said)
    {
        var least = 1;
        while (least < most)
        {
            var half = (least + most) / 2;
            if (said(half).Contains(mark, StringComparison.Ordinal)) most = half;
            else least = half + 1;
        }
        return most;
    }
}
