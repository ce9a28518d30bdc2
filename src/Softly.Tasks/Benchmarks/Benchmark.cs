namespace Softly.Tasks;

/// <summary>
/// A published set of problems by name: where its records lie, how they are put to a model, and who judges. Whether and how a
/// model ends its thinking is the model's custom, not the benchmark's.
/// </summary>
/// <param name="Name">What a user calls it, such as <c>math500</c>.</param>
/// <param name="Title">What it is, for lists.</param>
/// <param name="Size">Problems of the usual score.</param>
/// <param name="Grader">Who judges, by name.</param>
/// <param name="Hub">
/// The data set on the Hugging Face hub that holds it, and the file in it; <c>*</c> stands for anything.
/// </param>
public sealed record Benchmark(string Name, string Title, int Size, string Grader, (string Name, string File) Hub)
{
    /// <summary>Names of files that hold it in a folder of data, without their ending, the best first.</summary>
    public IReadOnlyList<string> Files { get; init; } = [Name];

    /// <summary>How a question becomes the user's turn.</summary>
    public BenchmarkPrompt Prompt { get; init; } = BenchmarkPrompt.Boxed;

    /// <summary>Whether answers are programs, which are held to the tests of their record.</summary>
    public bool IsOfPrograms { get; init; }

    /// <summary>The records that the usual score is of, where a file has more: this value in the column <c>split</c>.</summary>
    public string? Split { get; init; }

    /// <summary>The chance that a guess is right; null where there is no natural guess.</summary>
    public double? GuessChance { get; init; }

    /// <summary>Tokens that a completion may have where nobody says it; reasoning models want more.</summary>
    public int CompletionLength { get; init; } = 4096;

    /// <summary>The file endings that are looked for.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".jsonl", ".parquet"];
}
