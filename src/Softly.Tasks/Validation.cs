namespace Softly.Tasks;

/// <summary>
/// Problems for choices, such as that of a learning rate: one content in fourteen of the training problems, left out of training
/// where a run wants them. What was chosen on them is reported on the test problems, which stay as they are.
/// </summary>
/// <remarks>
/// What a problem is about (<see cref="ITask.ContentOf"/>) decides, never its place or the seed: training, validation and test
/// share no content.
/// </remarks>
public static class Validation
{
    private const int OneIn = 14;

    /// <summary>True where a training problem belongs to the validation problems.</summary>
    public static bool Holds(ITask task, Problem problem) =>
        StableHash.Of("validation " + task.ContentOf(problem)) % OneIn == 0;

    /// <summary>Validation problems, the same ones for the same arguments; fewer where there are not that many.</summary>
    /// <param name="task">Says what a problem is about.</param>
    /// <param name="draw">The first so many training problems.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<Problem> Of(ITask task, Func<int, IReadOnlyList<Problem>> draw, int count)
    {
        for (var asked = 2L * OneIn * count; ; asked *= 2)
        {
            var pool = draw((int)Math.Min(asked, int.MaxValue));
            var found = pool.Where(p => Holds(task, p)).Take(count).ToList();
            if (found.Count == count || pool.Count < asked) return found;
        }
    }
}
