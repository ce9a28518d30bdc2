using Softly.Generation;
using Softly.Models;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>A task's demonstrations as lessons, drawn at random.</summary>
public static class Lessons
{
    /// <summary>
    /// The most lessons that share a beginning which is computed once: they are one worker's, and all are to have something to do.
    /// </summary>
    public const int MostTogether = 16;

    /// <summary>Draws a problem uniformly, and worked solutions of one or more questions about it.</summary>
    /// <param name="task">Asks and demonstrates.</param>
    /// <param name="problems">Drawn from.</param>
    /// <param name="reader">Reads words as tokens.</param>
    /// <param name="random">Of all choices.</param>
    /// <param name="questions">
    /// How many, at least 1: the problem itself and, where the task knows several about the same (<see cref="ITask.Ask"/>), others
    /// of it.
    /// </param>
    /// <param name="blanks">
    /// Blank thoughts in place of the demonstrated ones, as the blank law thinks; nothing is asked of them. 0 for the demonstrated
    /// ones.
    /// </param>
    /// <exception cref="InvalidOperationException">The task has no demonstrations.</exception>
    public static IReadOnlyList<Lesson> Draw(
        ITask task, IReadOnlyList<Problem> problems, ProblemReader reader, Random random, int questions = 1, int blanks = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(questions, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(blanks);
        var problem = problems[random.Next(problems.Count)];
        var lessons = new Lesson[questions];
        for (var i = 0; i < questions; i++)
            lessons[i] = Of(task, i == 0 ? problem : task.Ask(problem, random), reader, random, blanks);
        return lessons;
    }

    private static Lesson Of(ITask task, Problem problem, ProblemReader reader, Random random, int blanks)
    {
        var steps = (task.Demonstrate(problem, random)
            ?? throw new InvalidOperationException(
                $"{task.Name} has no demonstrations to warm-start from: set warm_start_steps: 0")).Steps;
        if (blanks > 0) steps = [.. steps.Where(s => !s.IsThought)];
        var nothing = Enumerable.Repeat(new MixtureRow([], []), blanks).ToList();
        return new Lesson(
            reader.Read(problem), [.. nothing, .. steps.Select(s => reader.Row(s.Target))],
            [.. nothing, .. steps.Select(s => reader.Row(s.Input ?? s.Target))],
            [.. nothing.Select(_ => true), .. steps.Select(s => s.IsThought)]);
    }
}
