using Softly.Tasks;

namespace Softly.Cli.Rewards;

/// <summary>A task's own judgement where a grader is wanted.</summary>
internal sealed class TaskGrader(ITask task) : IGrader
{
    public string Name => "task";

    public string PromptSuffix => "";

    public Grade Grade(string answer, string completion) => Grade(new Problem("", "", answer), completion);

    public Grade Grade(Problem problem, string completion) => task.Grade(problem, completion);

    public bool Same(string a, string b) => task.SameAnswer(a, b);
}
