using System.Text.Json;

namespace Softly.Tasks;

/// <summary>Which columns of a file's records hold question and answer, and whose custom that is.</summary>
/// <param name="Style">Whose layout it looks like, for the reader.</param>
/// <param name="Prompt">Path of the question; dots lead into objects.</param>
/// <param name="Answer">Path of the answer.</param>
internal sealed record RecordLayout(string Style, string Prompt, string Answer)
{
    // In order of precedence. Where a record has a 'prompt', that is what its makers put to a model.
    private static readonly string[] Prompts = ["prompt", "problem", "question", "input"];

    private static readonly string[] Answers =
    [
        "reward_model.ground_truth", "reward_spec.ground_truth", "expected_answer", "final_answer", "ground_truth",
        "answer", "label", "solution",
    ];

    /// <summary>The column that only programming problems have.</summary>
    private const string EntryPoint = "entry_point";

    /// <summary>
    /// Whether the column is, by custom, complete as it stands: bare questions want a suffix and a turn around them.
    /// </summary>
    public bool IsWholePrompt => Prompt == "prompt";

    /// <summary>Whether the answer is the end of a worked solution.</summary>
    public bool AnswerIsSolution => Answer.Split('.')[^1] == "solution";

    /// <summary>The layout of a file whose first record this is.</summary>
    /// <exception cref="DatasetException">
    /// A column is missing or cannot be told, or the records are programming problems and the grader runs no programs.
    /// </exception>
    public static RecordLayout Detect(
        string path, int line, JsonElement record, string? prompt, string? answer, IGrader grader)
    {
        if (prompt is null && answer is null && record.TryGetProperty(EntryPoint, out _) && !grader.Columns.Contains(EntryPoint))
            throw new DatasetException($"{path}:{line}: these are programming problems ({EntryPoint}), and the grader "
                + $"{grader.Name} runs no programs: set grader: code");
        prompt ??= Prompts.FirstOrDefault(c => Find(record, c) is not null)
            ?? throw Missing(path, line, record, "question", Prompts, "prompt_column");
        answer ??= Answers.FirstOrDefault(c => c != prompt && Find(record, c) is not null)
            ?? throw Missing(path, line, record, "answer", Answers, "answer_column");
        return new RecordLayout(StyleOf(prompt, answer, record), prompt, answer);
    }

    /// <summary>
    /// The value at a path; null where there is none or it is null. A column whose name has the dots itself goes first.
    /// </summary>
    public static JsonElement? Find(JsonElement record, string path)
    {
        if (record.ValueKind != JsonValueKind.Object) return null;
        if (record.TryGetProperty(path, out var value)) return value.ValueKind == JsonValueKind.Null ? null : value;
        var dot = path.IndexOf('.');
        return dot > 0 && record.TryGetProperty(path[..dot], out var inner) ? Find(inner, path[(dot + 1)..]) : null;
    }

    /// <summary>The value at a path.</summary>
    /// <exception cref="DatasetException">There is none; the message has the nearest column.</exception>
    public static JsonElement Need(string path, int line, JsonElement record, string column, string key) => Find(record, column)
        ?? throw new DatasetException($"{path}:{line}: no column '{column}'{Nearest(record, column, key)} {Columns(record)}");

    private static string StyleOf(string prompt, string answer, JsonElement record) => (prompt, answer) switch
    {
        ("prompt", "reward_model.ground_truth") => "verl",
        ("prompt", "reward_spec.ground_truth") => "SkyRL",
        ("problem", "expected_answer") => "NeMo-RL",
        ("question", "answer") => "GSM8K",
        ("problem", "answer" or "solution") when Find(record, "solution") is not null => "MATH",
        ("problem", "answer") => "Latent-GRPO",
        ("input", "label") => "OpenRLHF",
        ("prompt", _) => "TRL",
        _ => "own",
    };

    private static DatasetException Missing(string path, int line, JsonElement record, string what, string[] known, string key)
    {
        var names = Names(record);
        var near = known.Select(k => (Known: k, Found: NearestName.Of(k, names))).Where(n => n.Found is not null)
            .OrderBy(n => NearestName.Distance(n.Known, n.Found!)).FirstOrDefault();
        var cure = near.Found is null ? $"set {key}"
            : $"the nearest is '{near.Found}' for '{near.Known}': set {key}: {near.Found}";
        return new DatasetException(
            $"{path}:{line}: no column with the {what}, looked for {string.Join(", ", known)}; {cure}. {Columns(record)}");
    }

    private static string Nearest(JsonElement record, string column, string key) =>
        NearestName.Of(column, Names(record)) is { } near ? $"; did you mean {key}: {near}?" : ".";

    private static string Columns(JsonElement record) =>
        Names(record) is { Count: > 0 } names ? $"The record has: {string.Join(", ", names.Take(20))}"
            : "The record has no columns";

    /// <summary>All names, those inside objects with their path; long ones are noise, and comparing them would be slow.</summary>
    private static List<string> Names(JsonElement record, string prefix = "")
    {
        var names = new List<string>();
        foreach (var property in record.EnumerateObject().Where(p => p.Name.Length <= 64).Take(100))
        {
            names.Add(prefix + property.Name);
            if (property.Value.ValueKind == JsonValueKind.Object && prefix.Length == 0)
                names.AddRange(Names(property.Value, property.Name + "."));
        }
        return names;
    }
}
