namespace Softly.Tasks.Statistics;

/// <summary>The most common answer; ties go to the one that came first.</summary>
public static class MajorityVote
{
    /// <summary>The winner among answers; null answers do not vote. Null where none votes.</summary>
    public static string? Of(IEnumerable<string?> answers) =>
        answers.OfType<string>().Select((a, i) => (a, i)).GroupBy(x => x.a, StringComparer.Ordinal)
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Min(x => x.i)).FirstOrDefault()?.Key;
}
