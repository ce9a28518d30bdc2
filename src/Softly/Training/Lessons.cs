using Softly.Generation;
using Softly.Models;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>A task's demonstrations as lessons, drawn at random.</summary>
public static class Lessons
{
    /// <summary>Draws a problem uniformly, and worked solutions of one or more questions about it.</summary>
    /// <param name="task">Asks and demonstrates.</param>
    /// <param name="problems">Drawn from.</param>
    /// <param name="reader">Reads words as tokens.</param>
    /// <param name="random">Of all choices.</param>
    /// <param name="questions">
    /// How many: the problem itself and, where the task knows several about the same (<see cref="ITask.Ask"/>), others of it.
    /// </param>
    /// <param name="blanks">Blank thoughts before the solution, of which nothing is asked.</param>
    /// <exception cref="InvalidOperationException">The task has no demonstrations.</exception>
    public static IReadOnlyList<Lesson> Draw(
        ITask task, IReadOnlyList<Problem> problems, ProblemReader reader, Random random, int questions = 1, int blanks = 0)
    {
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
        var nothing = Enumerable.Repeat(new MixtureRow([], []), blanks).ToList();
        return new Lesson(
            reader.Read(problem), [.. nothing, .. steps.Select(s => reader.Row(s.Target))],
            [.. nothing, .. steps.Select(s => reader.Row(s.Input ?? s.Target))],
            [.. nothing.Select(_ => true), .. steps.Select(s => s.IsThought)]);
    }
}
