namespace Softly.Tasks;

/// <summary>
/// Which problems are held out. What a problem is about decides, never its place or the seed: the parts cannot meet.
/// </summary>
internal static class HeldOut
{
    /// <summary>The longest run of draws without a new problem before a source counts as exhausted.</summary>
    private const int Patience = 10_000;

    /// <summary>
    /// The split that holds everything with this content: one content in <paramref name="oneIn"/> is for the test.
    /// </summary>
    public static Split SplitOf(string content, int oneIn = 10) =>
        StableHash.Of("held out " + content) % (ulong)oneIn == 0 ? Split.Test : Split.Train;

    /// <summary>
    /// Different problems of a split from a source without end; fewer than <paramref name="count"/> once it has run dry.
    /// A smaller count gives the beginning of the same list.
    /// </summary>
    /// <param name="split">The wanted part.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Another seed draws others of the same part.</param>
    /// <param name="draw">Makes a problem and says what it is about: all problems of one content lie in the same part.</param>
    public static IReadOnlyList<Problem> Draw(
        Split split, int count, ulong seed, Func<StableRandom, (string Content, Problem Problem)> draw)
    {
        var random = new StableRandom(StableHash.Of("problems", seed));
        var problems = new List<Problem>();
        var seen = new HashSet<string>();
        for (var misses = 0; problems.Count < count && misses < Patience; misses++)
        {
            var (content, problem) = draw(random);
            if (SplitOf(content) != split || !seen.Add(problem.Id)) continue;
            problems.Add(problem);
            misses = 0;
        }
        return problems;
    }

    /// <summary>Problems of a list in an order that only seed and ids decide.</summary>
    public static IReadOnlyList<Problem> Some(IEnumerable<Problem> all, int count, ulong seed) =>
        [.. all.OrderBy(p => StableHash.Of(p.Id, seed)).ThenBy(p => p.Id, StringComparer.Ordinal).Take(count)];
}
