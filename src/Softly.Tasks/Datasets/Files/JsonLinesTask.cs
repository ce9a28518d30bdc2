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
    private readonly IReadOnlyList<Problem> _train;
    private readonly IReadOnlyList<Problem> _test;

    private JsonLinesTask(
        string name, string description, IGrader grader, IReadOnlyList<Problem> train, IReadOnlyList<Problem> test) =>
        (Name, Description, _grader, _train, _test) = (name, description, grader, train, test);

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>What was detected: files, layout, columns, how many problems, who judges.</summary>
    public string Description { get; }

    /// <inheritdoc />
    public IReadOnlyList<string>? Vocabulary => null;

    /// <summary>None: whether and how a model ends its thinking is the model's custom, not the dataset's.</summary>
    public string? ThinkEnd => null;

    /// <inheritdoc />
    public int? CompletionLength => null;

    /// <summary>Reads the files.</summary>
    /// <exception cref="DatasetException">A file is missing, empty or malformed, or the columns are not there.</exception>
    /// <exception cref="ArgumentException">There is no such grader, or the held-out share is none.</exception>
    public static JsonLinesTask Open(JsonLinesOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HoldOutOneIn, 2);
        var grader = Graders.Find(options.Grader ?? "hendrycks");
        var (layout, rule, all) = Load(options.Path, options, grader);
        List<Problem> train, test;
        string held;
        if (options.TestPath is { } testPath)
        {
            var (_, _, others) = Load(testPath, options, grader);
            var known = others.Select(o => o.Question).ToHashSet();
            train = [.. all.Where(r => !known.Contains(r.Question)).Select(r => r.Problem)];
            test = [.. others.Select(o => o.Problem)];
            if (train.Count == 0)
                throw new DatasetException($"{options.Path}: every question is in {testPath} too: nothing is left to train on");
            held = $"{test.Count} to test from {Path.GetFileName(testPath)}"
                + (train.Count < all.Count ? $" ({all.Count - train.Count} questions of it left out of training)" : "");
        }
        else
        {
            var secluded = HeldOutOf(all, options.HoldOutOneIn);
            var parts = all.ToLookup(r => secluded.Contains(r.Question), r => r.Problem);
            (train, test) = ([.. parts[false]], [.. parts[true]]);
            held = $"{test.Count} held out";
        }
        var description = $"{Path.GetFileName(options.Path)}: {layout.Style} layout, {layout.Prompt} → {layout.Answer}{rule}; "
            + $"{train.Count} to train, {held}; judged by {grader.Name}";
        return new JsonLinesTask(options.Name, description, grader, train, test);
    }

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
        HeldOut.Some(split == Split.Test ? _test : _train, count, seed);

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion) => _grader.Grade(problem.Answer, completion);

    /// <summary>None: a dataset's solutions are not in the model's words.</summary>
    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    /// <summary>None: an answer may be anything.</summary>
    public double? GuessChance(Problem problem) => null;

    private static (RecordLayout Layout, string Rule, List<(string Question, Problem Problem)> Records) Load(
        string path, JsonLinesOptions options, IGrader grader)
    {
        RecordLayout? layout = null;
        ProblemRecord? reader = null;
        var rule = "";
        var records = new List<(string Question, Problem Problem)>();
        var ids = new HashSet<string>();
        foreach (var (line, record) in JsonLinesReader.Read(path, options.LongestLine))
        {
            if (reader is null)
            {
                layout = RecordLayout.Detect(path, line, record, options.PromptColumn, options.AnswerColumn);
                reader = new ProblemRecord(path, layout, options, grader);
                if (RecordLayout.Find(record, layout.Answer) is { ValueKind: JsonValueKind.String } text)
                    rule = FinalAnswer.Rule(text.GetString()!, layout.AnswerIsSolution);
            }
            var (question, problem) = reader.Read(line, record);
            if (!ids.Add(problem.Id)) ids.Add((problem = problem with { Id = $"{problem.Id}@{line}" }).Id);
            records.Add((question, problem));
        }
        return layout is null ? throw new DatasetException($"{path}: the dataset is empty") : (layout, rule, records);
    }

    /// <summary>
    /// Questions that the hash of their text holds out; in a small file at least one, so that there is a test, and not all.
    /// </summary>
    private static HashSet<string> HeldOutOf(List<(string Question, Problem Problem)> records, int oneIn)
    {
        var questions = records.Select(r => r.Question).Distinct().OrderBy(q => StableHash.Of(q)).ToArray();
        var secluded = questions.Where(q => HeldOut.SplitOf(q, oneIn) == Split.Test).ToHashSet();
        if (questions.Length < 2) return [];
        return secluded.Count == 0 ? [questions[0]] : secluded.Count == questions.Length ? [.. questions.Skip(1)] : secluded;
    }
}
