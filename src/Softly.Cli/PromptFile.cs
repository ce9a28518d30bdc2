using System.Text.Json;
using Softly.Tasks;

namespace Softly.Cli;

/// <summary>Prompts of a symbolic task from a JSONL file: the task grades them as its own.</summary>
internal static class PromptFile
{
    public static IReadOnlyList<Problem> Read(string path, string column, int most)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: there is no such dataset file");
        var problems = new List<Problem>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            if (problems.Count == most) break;
            try
            {
                using var record = JsonDocument.Parse(text);
                if (record.RootElement.ValueKind != JsonValueKind.Object) throw new UserError($"{path}:{line}: expected an object");
                if (!record.RootElement.TryGetProperty(column, out var prompt) || prompt.ValueKind != JsonValueKind.String)
                {
                    var near = NearestName.Of(column, record.RootElement.EnumerateObject().Select(p => p.Name));
                    throw new UserError($"{path}:{line}: no text column '{column}'{(near is null ? "" : $"; did you mean prompt_column: {near}?")}");
                }
                problems.Add(new Problem(prompt.GetString()!, prompt.GetString()!, ""));
            }
            catch (JsonException e)
            {
                throw new UserError($"{path}:{line}: not JSON: {e.Message.Split('.')[0]}");
            }
        }
        return problems.Count > 0 ? problems : throw new UserError($"{path}: the dataset is empty");
    }
}
