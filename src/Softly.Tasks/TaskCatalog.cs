namespace Softly.Tasks;

/// <summary>All tasks by name: those that make their problems, and those that read them from a file.</summary>
public static class TaskCatalog
{
    private static readonly Dictionary<string, Func<ITask>> Makers = new()
    {
        ["countdown-3"] = () => new Countdown(3),
        ["countdown-4"] = () => new Countdown(4),
        ["two-ended-path"] = () => new TwoEndedPath(),
        ["two-ended-path-frontier"] = () => new TwoEndedPath(thoughts: PathThoughts.Frontier),
        ["two-ended-path-40"] = () => new TwoEndedPath(40, 20, 6),
        ["two-ended-path-64"] = () => new TwoEndedPath(64, 40, 6),
        ["hidden-strategy"] = () => new HiddenStrategy(),
        ["modular-arithmetic"] = () => new ModularArithmetic(),
        ["word-problems"] = () => new WordProblems(),
        ["word-problems-2"] = () => new WordProblems(steps: 2),
    };

    private static readonly Dictionary<string, Func<JsonLinesOptions, ITask>> Readers = new()
    {
        ["jsonl"] = JsonLinesTask.Open,
        ["gsm8k"] = options => JsonLinesTask.Open(options.AsGsm8k()),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Makers.Keys, .. Readers.Keys];

    /// <summary>Whether a task's problems come from a file, which <see cref="Find"/> must then be given.</summary>
    public static bool ReadsFile(string name) => Readers.ContainsKey(name);

    /// <summary>A task by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="file">Where <see cref="ReadsFile"/> tasks find their problems; the others do not look at it.</param>
    /// <exception cref="ArgumentException">There is no such task (the message has the nearest), or it has no file.</exception>
    /// <exception cref="DatasetException">The file cannot be read as problems.</exception>
    public static ITask Find(string name, JsonLinesOptions? file = null)
    {
        if (Makers.TryGetValue(name, out var make)) return make();
        if (Readers.TryGetValue(name, out var open))
            return open(file ?? throw new ArgumentException($"task '{name}' reads its problems from a file: set dataset_name"));
        var near = NearestName.Of(name, Names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        throw new ArgumentException($"there is no task '{name}'{near} Tasks: {string.Join(", ", Names)}.");
    }
}
