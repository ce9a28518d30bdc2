using System.Text.Json;
using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>A programming problem: what a program is asked for, and what it is held to.</summary>
/// <param name="EntryPoint">The function that tests call.</param>
/// <param name="Check">Source that defines <c>check(candidate)</c>; null where the tests are asserts.</param>
/// <param name="Asserts">Lines of asserts that call the function by its name; empty where there is a check.</param>
/// <param name="Imports">Lines that the asserts need before them.</param>
/// <param name="Prompt">The question: where it is the beginning of a program, answers may continue it.</param>
public sealed record CodeProblem(
    string EntryPoint, string? Check, IReadOnlyList<string> Asserts, IReadOnlyList<string> Imports, string Prompt)
{
    /// <summary>Columns of a record that graders of programs need whole.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["entry_point", "tests", "test_imports", "problem", "prompt", "answer"];

    /// <summary>Reads it from a problem's fields.</summary>
    /// <exception cref="FormatException">A field is missing or of another kind; the message names it.</exception>
    public static CodeProblem Of(Problem problem)
    {
        var entry = Need(problem, "entry_point");
        if (!entry.All(c => char.IsLetterOrDigit(c) || c == '_') || entry.Length == 0)
            throw new FormatException($"problem {problem.Id}: entry_point '{entry}' is no name of a function");
        var tests = Need(problem, "tests");
        var asserts = Texts(problem, "tests");
        return new CodeProblem(
            entry, asserts is null ? tests : null, asserts ?? [], Texts(problem, "test_imports") ?? [],
            problem.Fields.GetValueOrDefault("problem") ?? problem.Fields.GetValueOrDefault("prompt") ?? problem.Prompt);
    }

    /// <summary>Whether the prompt is the beginning of a program that defines the entry point.</summary>
    public bool PromptIsCode => CodeExtraction.Defines(Prompt, EntryPoint);

    private static string Need(Problem problem, string name) =>
        problem.Fields.TryGetValue(name, out var text) && !string.IsNullOrWhiteSpace(text) ? text
            : throw new FormatException($"problem {problem.Id}: there is no field '{name}', which grading a program needs");

    private static string[]? Texts(Problem problem, string name)
    {
        if (!problem.Fields.TryGetValue(name, out var text) || !text.StartsWith('[')) return null;
        try
        {
            return JsonSerializer.Deserialize<string[]>(text);
        }
        catch (JsonException)
        {
            return null; // a program that begins with a list
        }
    }
}
