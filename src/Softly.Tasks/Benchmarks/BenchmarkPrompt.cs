using System.Text.Json;

namespace Softly.Tasks;

/// <summary>How the question of a record becomes the user's turn, in the manner of the SofT-GRPO evaluations.</summary>
public abstract class BenchmarkPrompt
{
    /// <summary>The question, a blank and the request for a boxed answer that the paper's models were trained with.</summary>
    public static BenchmarkPrompt Boxed { get; } = new BoxedPrompt();

    /// <summary>A question with lettered choices, answered in a field with the letter.</summary>
    public static BenchmarkPrompt Choice { get; } = new ChoicePrompt();

    /// <summary>A function's beginning, to be completed in a code block.</summary>
    public static BenchmarkPrompt Function { get; } = new FunctionPrompt();

    /// <summary>A task with the tests that a program must pass.</summary>
    public static BenchmarkPrompt Program { get; } = new ProgramPrompt();

    /// <summary>The whole turn.</summary>
    /// <param name="question">The question as the file has it, listed choices already behind it.</param>
    /// <param name="record">The record, for what else is shown.</param>
    public abstract string Of(string question, JsonElement record);

    private sealed class BoxedPrompt : BenchmarkPrompt
    {
        public override string Of(string question, JsonElement record) =>
            question + @" Let's think step by step and output the final answer within \boxed{}.";
    }

    private sealed class ChoicePrompt : BenchmarkPrompt
    {
        public override string Of(string question, JsonElement record) =>
            "Solve the following multiple-choice question. Show your choice in a field named \"answer\" that holds nothing but "
            + $"its letter, for example \"answer\": \"C\".\n\n{question}";
    }

    private sealed class FunctionPrompt : BenchmarkPrompt
    {
        public override string Of(string question, JsonElement record) =>
            "Solve the following problem in Python. Write the complete function inside one markdown code block.\n\n"
            + Block(question);
    }

    private sealed class ProgramPrompt : BenchmarkPrompt
    {
        public override string Of(string question, JsonElement record) =>
            "Solve the following problem in Python. Write the complete solution inside one markdown code block.\n"
            + "- The function must have exactly the name and the signature that the tests call.\n"
            + "- The block must not contain test cases.\n\n"
            + $"{question}\n\nThe tests:\n\n{Block(Tests(record))}";

        private static string Tests(JsonElement record)
        {
            foreach (var column in new[] { "tests", "test_list" })
                if (RecordLayout.Find(record, column) is { } tests)
                    return tests.ValueKind switch
                    {
                        JsonValueKind.String => tests.GetString()!,
                        JsonValueKind.Array => string.Join('\n', tests.EnumerateArray().Select(t => t.ToString())),
                        _ => throw new DatasetException($"column '{column}' should be a list of tests, found "
                            + JsonLinesReader.Kind(tests)),
                    };
            throw new DatasetException("the record has no tests: looked for the columns tests and test_list");
        }
    }

    private static string Block(string code) => $"```python\n{code.TrimEnd('\n')}\n```";
}
