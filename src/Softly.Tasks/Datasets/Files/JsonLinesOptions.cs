using System.Text.Json;

namespace Softly.Tasks;

/// <summary>Where problems are read from, and how. Only a path is needed: columns are found by their usual names.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>
    /// A file with one JSON object a line, UTF-8; null where there is only <see cref="TestPath"/> and nothing to train on.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>A file of held-out problems; null holds out a share of <see cref="Path"/>.</summary>
    public string? TestPath { get; init; }

    /// <summary>Without <see cref="TestPath"/>, one question in so many is held out, chosen by its text. Default 10.</summary>
    public int HoldOutOneIn { get; init; } = 10;

    /// <summary>The column with the question; dots lead into objects. Null detects it.</summary>
    public string? PromptColumn { get; init; }

    /// <summary>The column with the reference answer, such as <c>reward_model.ground_truth</c>. Null detects it.</summary>
    public string? AnswerColumn { get; init; }

    /// <summary>
    /// Put behind every question (its last user turn). Null takes the grader's own for columns of bare questions, and nothing for
    /// a column named <c>prompt</c>, which by custom is complete.
    /// </summary>
    public string? PromptSuffix { get; init; }

    /// <summary>
    /// The system turn of every conversation; replaces one that a record has. Null leaves it to record and chat template.
    /// </summary>
    public string? SystemPrompt { get; init; }

    /// <summary>
    /// True puts questions to the model as a user turn, false as plain text. Null makes conversations of bare questions, of lists
    /// of turns and of everything with a system prompt, and leaves a text in a column named <c>prompt</c> plain.
    /// </summary>
    public bool? Conversation { get; init; }

    /// <summary>One of <see cref="Graders.Names"/>. Null takes <c>math</c>.</summary>
    public string? Grader { get; init; }

    /// <summary>Who judges, where it is none of <see cref="Graders"/>; goes before <see cref="Grader"/>.</summary>
    public IGrader? Judge { get; init; }

    /// <summary>The task's name.</summary>
    public string Name { get; init; } = "jsonl";

    /// <summary>A longer line is an error, in characters: it is hardly a problem, and reading it could fill the memory.</summary>
    public int LongestLine { get; init; } = 4 << 20;

    /// <summary>
    /// Reads a file's records with their line numbers; null for one JSON object a line. Other formats come in here.
    /// </summary>
    public Func<string, IEnumerable<(int Line, JsonElement Record)>>? Records { get; init; }

    /// <summary>Makes the user's turn of a question and its record; goes before <see cref="PromptSuffix"/>.</summary>
    public Func<string, JsonElement, string>? Ask { get; init; }

    /// <summary>Only records with this value in the column <c>split</c>; null for all.</summary>
    public string? Split { get; init; }

    /// <summary>The chance that a guess is right; null where there is no natural guess.</summary>
    public double? GuessChance { get; init; }

    /// <summary>Tokens that a completion may have where nobody says it; null where unknown.</summary>
    public int? CompletionLength { get; init; }

    /// <summary>The records of a file.</summary>
    /// <exception cref="DatasetException">It cannot be read.</exception>
    public IEnumerable<(int Line, JsonElement Record)> Read(string path) =>
        Records?.Invoke(path) ?? JsonLinesReader.Read(path, LongestLine);

    /// <summary>The name and the grader of GSM8K where they are not given.</summary>
    public JsonLinesOptions AsGsm8k() => this with { Name = "gsm8k", Grader = Grader ?? "gsm8k" };
}
