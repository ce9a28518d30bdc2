using System.Text.Json;

namespace Softly.Runs;

/// <summary>A problem of an evaluation, so that its folder can be read without the data it was asked from.</summary>
/// <param name="Id">As its answers name it.</param>
/// <param name="Question">What was put to the model; of a conversation the last user turn.</param>
/// <param name="Answer">The reference answer.</param>
/// <param name="Guess">The chance that a guess is right; null where there is no such chance.</param>
public sealed record AskedProblem(string Id, string Question, string Answer, double? Guess)
{
    /// <summary>Writes a file of problems, whole or not at all.</summary>
    public static void WriteAll(string path, IEnumerable<AskedProblem> problems)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        WholeFile.Write(path, [.. problems.SelectMany(p => JsonLines.Line(p.Write))]);
    }

    /// <summary>The problems of a file, in order.</summary>
    /// <exception cref="InvalidDataException">A line is no problem; file, line and field are named.</exception>
    public static IReadOnlyList<AskedProblem> ReadAll(string path) => [.. JsonLines.Read(path).Select(line =>
    {
        var fields = new LineFields(path, line);
        return new AskedProblem(
            fields.Text("problem_id"), fields.Text("question"), fields.Text("answer"), fields.NumberOrNull("guess"));
    })];

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("problem_id", Id);
        json.WriteString("question", Question);
        json.WriteString("answer", Answer);
        if (Guess is { } guess) json.WriteNumber("guess", guess);
        json.WriteEndObject();
    }
}
