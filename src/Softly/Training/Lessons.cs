using Softly.Generation;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>A task's demonstrations as lessons, drawn at random.</summary>
public static class Lessons
{
    /// <summary>Draws a problem uniformly and one of its worked solutions.</summary>
    /// <exception cref="InvalidOperationException">The task has no demonstrations.</exception>
    public static Lesson Draw(ITask task, IReadOnlyList<Problem> problems, ProblemReader reader, Random random)
    {
        var problem = problems[random.Next(problems.Count)];
        var steps = (task.Demonstrate(problem, random)
            ?? throw new InvalidOperationException(
                $"{task.Name} has no demonstrations to warm-start from: set warm_start_steps: 0")).Steps;
        return new Lesson(
            reader.Read(problem), [.. steps.Select(s => reader.Row(s.Target))],
            [.. steps.Select(s => reader.Row(s.Input ?? s.Target))], [.. steps.Select(s => s.IsThought)]);
    }
}
