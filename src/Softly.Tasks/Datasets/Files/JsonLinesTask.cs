using System.Text.Json;

namespace Softly.Tasks;

/// <summary>
/// Problems from a file of one JSON object a line. The layouts of TRL, verl, SkyRL, NeMo-RL, OpenRLHF, GSM8K, MATH and
/// Latent-GRPO are recognised; <see cref="Description"/> says what was found. The file is read whole when the task is opened, so
/// that what is wrong with it shows before time is spent.
/// </summary>
public sealed class JsonLinesTask : ITask
{
    private readonly IGrader _grader;
    private readonly double? _guess;
    private readonly IReadOnlyList<Problem> _train;
    private readonly IReadOnlyList<Problem> _test;

    private JsonLinesTask(
        JsonLinesOptions options, string description, IGrader grader, IReadOnlyList<Problem> train, IReadOnlyList<Problem> test)
    {
        (Name, CompletionLength, _guess) = (options.Name, options.CompletionLength, options.GuessChance);
        (Description, _grader, _train, _test) = (description, grader, train, test);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>What was detected: files, layout, columns, how many problems, who judges.</summary>
    public string Description { get; }

    /// <inheritdoc />
    public IReadOnlyList<string>? Vocabulary => null;

    /// <summary>None: whether and how a model ends its thinking is the model's custom, not the dataset's.</summary>
    public string? ThinkEnd => null;

    /// <inheritdoc />
    public int? CompletionLength { get; }

    /// <summary>Who judges, by name.</summary>
    public string Grader => _grader.Name;

    /// <summary>The problems to test on, in the file's order.</summary>
    public IReadOnlyList<Problem> InFileOrder => _test;

    /// <summary>Reads the files.</summary>
    /// <exception cref="DatasetException">A file is missing, empty or malformed, or the columns are not there.</exception>
    /// <exception cref="ArgumentException">No file is given, there is no such grader, or the held-out share is none.</exception>
    public static JsonLinesTask Open(JsonLinesOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HoldOutOneIn, 2);
        var grader = options.Judge ?? Graders.Find(options.Grader ?? "math");
        var path = options.Path ?? options.TestPath
            ?? throw new ArgumentException("no file is given: set dataset_name, or dataset_test to evaluate only");
        var file = Load(path, options, grader);
        var parts = options switch
        {
            { Path: null } => new Parts([], file.Records, $"{file.Records.Count} to test"),
            { TestPath: { } testPath } => Apart(file, Load(testPath, options, grader)),
            _ => HoldOut(file, options.HoldOutOneIn),
        };
        var description = $"{Path.GetFileName(path)}: {file.Layout.Style} layout, {file.Layout.Prompt} → {file.Layout.Answer}"
            + $"{file.Rule}; {parts.Told}; judged by {grader.Name}";
        return new JsonLinesTask(
            options, description, grader, [.. parts.Train.Select(r => r.Problem)], [.. parts.Test.Select(r => r.Problem)]);
    }

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
        HeldOut.Some(split == Split.Test ? _test : _train, count, seed);

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion) => _grader.Grade(problem, completion);

    /// <inheritdoc />
    public IReadOnlyList<Grade> GradeAll(Problem problem, IReadOnlyList<string> completions) =>
        _grader.GradeAll(problem, completions);

    /// <inheritdoc />
    public bool SameAnswer(string a, string b) => _grader.Same(a, b);

    /// <summary>None: a dataset's solutions are not in the model's words.</summary>
    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    /// <summary>What the options say; an answer may be anything where they say nothing.</summary>
    public double? GuessChance(Problem problem) => _guess;

    /// <summary>A problem with its question as the file has it, which decides where it belongs.</summary>
    private readonly record struct Asked(string Question, Problem Problem);

    private sealed record Loaded(string Path, RecordLayout Layout, string Rule, IReadOnlyList<Asked> Records);

    private sealed record Parts(IEnumerable<Asked> Train, IEnumerable<Asked> Test, string Told);

    private static Loaded Load(string path, JsonLinesOptions options, IGrader grader)
    {
        RecordLayout? layout = null;
        ProblemRecord? reader = null;
        var rule = "";
        var records = new List<Asked>();
        var ids = new HashSet<string>();
        foreach (var (line, record) in options.Read(path))
        {
            if (options.Split is not null && !IsOf(record, options.Split)) continue;
            if (reader is null)
            {
                layout = RecordLayout.Detect(path, line, record, options.PromptColumn, options.AnswerColumn, grader);
                reader = new ProblemRecord(path, layout, options, grader);
                if (RecordLayout.Find(record, layout.Answer) is { ValueKind: JsonValueKind.String } text)
                    rule = FinalAnswer.Rule(text.GetString()!, layout.AnswerIsSolution);
            }
            var (question, problem) = reader.Read(line, record);
            if (!ids.Add(problem.Id)) ids.Add((problem = problem with { Id = $"{problem.Id}@{line}" }).Id);
            records.Add(new Asked(question, problem));
        }
        return layout is null
            ? throw new DatasetException(options.Split is { } split
                ? $"{path}: no record's split is '{split}'" : $"{path}: the dataset is empty")
            : new Loaded(path, layout, rule, records);
    }

    private static bool IsOf(JsonElement record, string split) =>
        RecordLayout.Find(record, "split") is { ValueKind: JsonValueKind.String } value && value.GetString() == split;

    /// <summary>Two files; what both ask is for the test only.</summary>
    private static Parts Apart(Loaded train, Loaded test)
    {
        var known = test.Records.Select(r => r.Question).ToHashSet();
        var rest = train.Records.Where(r => !known.Contains(r.Question)).ToArray();
        if (rest.Length == 0)
            throw new DatasetException($"{train.Path}: every question is in {test.Path} too: nothing is left to train on");
        var both = train.Records.Count - rest.Length;
        var told = $"{rest.Length} to train, {test.Records.Count} to test from {Path.GetFileName(test.Path)}"
            + (both > 0 ? $" (questions of it left out of training: {both})" : "");
        return new Parts(rest, test.Records, told);
    }

    /// <summary>
    /// One file: the hash of a question's text decides; in a small file at least one question is held out, so that there is a
    /// test, and not all.
    /// </summary>
    private static Parts HoldOut(Loaded file, int oneIn)
    {
        var questions = file.Records.Select(r => r.Question).Distinct().OrderBy(q => StableHash.Of(q)).ToArray();
        var held = questions.Where(q => HeldOut.SplitOf(q, oneIn) == Split.Test).ToHashSet();
        if (questions.Length == 1) held.Clear();
        else if (held.Count == 0) held.Add(questions[0]);
        else if (held.Count == questions.Length) held.Remove(questions[0]);
        var parts = file.Records.ToLookup(r => held.Contains(r.Question));
        return new Parts(parts[false], parts[true], $"{parts[false].Count()} to train, {parts[true].Count()} held out");
    }
}
