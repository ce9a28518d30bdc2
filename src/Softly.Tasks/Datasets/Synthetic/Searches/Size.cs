namespace Softly.Tasks;

/// <summary>Reads sizes of a task from its settings.</summary>
internal static class Size
{
    /// <summary>The size given, or the standard one.</summary>
    /// <param name="given">From <see cref="TaskSettings"/>.</param>
    /// <param name="standard">What is taken where none is given.</param>
    /// <param name="least">The smallest that makes sense.</param>
    /// <param name="most">The largest.</param>
    /// <param name="key">The setting's name in a recipe.</param>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public static int Of(int? given, int standard, int least, int most, string key)
    {
        var size = given ?? standard;
        return size >= least && size <= most
            ? size
            : throw new ArgumentException($"{key} {size} is out of range: expected a whole number from {least} to {most}");
    }
}
