using System.Text.Json;
using Softly.Tasks;

namespace Softly.Cli;

/// <summary>Prompts of a symbolic task from a file of records: the task grades them as its own.</summary>
internal static class PromptFile
{
    /// <summary>Up to <paramref name="most"/> prompts in the file's order.</summary>
    /// <exception cref="DatasetException">
    /// The file is missing or malformed, or a prompt is not one of the task's; line and remedy are named.
    /// </exception>
    public static IReadOnlyList<Problem> Read(string path, string column, int most, ITask task)
    {
        var problems = new List<Problem>();
        foreach (var (line, record) in RecordFiles.Read(path))
        {
            if (problems.Count == most) break;
            if (!record.TryGetProperty(column, out var prompt) || prompt.ValueKind != JsonValueKind.String)
            {
                var near = NearestName.Of(column, record.EnumerateObject().Select(p => p.Name));
                throw new DatasetException(
                    $"{path}:{line}: no text column '{column}'{(near is null ? "" : $"; did you mean prompt_column: {near}?")}");
            }
            var problem = new Problem(prompt.GetString()!, prompt.GetString()!, "");
            if (task.GuessChance(problem) is null)
                throw new DatasetException($"{path}:{line}: '{problem.Prompt}' is not a prompt of task {task.Name}");
            problems.Add(problem);
        }
        return problems.Count > 0 ? problems : throw new DatasetException($"{path}: the dataset is empty");
    }
}
