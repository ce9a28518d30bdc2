using Softly.Models;
using Softly.Training;

namespace Softly.Tests.Training;

/// <summary>Lessons by hand, over the words of <see cref="Some.Model"/>.</summary>
internal static class SomeLessons
{
    /// <summary>Thoughts, then the mark and a last word.</summary>
    /// <param name="prompt">Plain words.</param>
    /// <param name="thoughts">Each a set in equal shares, a word, or nothing for a blank.</param>
    /// <param name="last">The word after the mark.</param>
    public static Lesson Of(int[] prompt, int[][] thoughts, int last = 9)
    {
        MixtureRow[] targets = [.. thoughts.Select(Set), MixtureRow.Token(Some.ThinkEndToken), MixtureRow.Token(last)];
        return new Lesson(
            Some.Prompt(string.Join('-', prompt), prompt), targets, targets, [.. targets.Select((_, i) => i < thoughts.Length)]);
    }

    public static MixtureRow Set(int[] words) => new(words, [.. words.Select(_ => 1f / words.Length)]);

    /// <summary>The lesson with other inputs at its first thoughts.</summary>
    public static Lesson Feeding(this Lesson lesson, IEnumerable<MixtureRow> thoughts)
    {
        MixtureRow[] given = [.. thoughts];
        return lesson with { Inputs = [.. given, .. lesson.Inputs.Skip(given.Length)] };
    }

    /// <summary>A batch of lessons as they are, with room for other thoughts.</summary>
    public static LessonBatch Batch(IReadOnlyList<Lesson> lessons, bool packed, int width = 1) =>
        new(lessons, [.. lessons.Select(l => l.Inputs.Take(l.Inputs.Count - 1).ToArray())], packed, width);
}
