namespace Softly.Tasks;

/// <summary>A part of a task's held-out problems.</summary>
public enum HeldOutPart
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Three contents in five: for reported numbers.</summary>
    Test,

    /// <summary>Two contents in five: for choices, such as that of a learning rate.</summary>
    Validation,
}

/// <summary>
/// The held-out problems divided once more, so that what was chosen on one part is reported on another. What a problem is about
/// (<see cref="ITask.ContentOf"/>) decides, never its place or the seed: the parts share no content.
/// </summary>
public static class HeldOutParts
{
    /// <summary>Problems of a part, the same ones for the same arguments; fewer where the part has not that many.</summary>
    /// <param name="task">Whose problems.</param>
    /// <param name="part">Which part.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Another seed gives others of the same part.</param>
    public static IReadOnlyList<Problem> HeldOut(this ITask task, HeldOutPart part, int count, ulong seed)
    {
        if (part == HeldOutPart.All) return task.Problems(Split.Test, count, seed);
        for (var asked = 4L * count; ; asked *= 2)
        {
            var pool = task.Problems(Split.Test, (int)Math.Min(asked, int.MaxValue), seed);
            var found = pool.Where(p => Of(task, p) == part).Take(count).ToList();
            if (found.Count == count || pool.Count < asked) return found;
        }
    }

    /// <summary>The part a held-out problem is in.</summary>
    public static HeldOutPart Of(ITask task, Problem problem) =>
        StableHash.Of("validation " + task.ContentOf(problem)) % 5 < 2 ? HeldOutPart.Validation : HeldOutPart.Test;
}
