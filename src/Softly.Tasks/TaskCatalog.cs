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

    /// <summary>Tasks whose sizes can be set, and which of the settings each reads.</summary>
    private static readonly Dictionary<string, (Func<TaskSettings, ITask> Make, string[] Reads)> Sized = new()
    {
        ["reachability"] = (settings => new Reachability(1, settings), Graph),
        ["reachability-two"] = (settings => new Reachability(2, settings), Graph),
        ["subset-sums"] = (settings => new SubsetSums(settings),
            [nameof(TaskSettings.Terms), nameof(TaskSettings.Largest), nameof(TaskSettings.Candidates),
                nameof(TaskSettings.Thoughts)]),
        ["knight-moves"] = (settings => new KnightMoves(settings),
            [nameof(TaskSettings.Board), nameof(TaskSettings.Blocked), nameof(TaskSettings.Hops), nameof(TaskSettings.Candidates),
                nameof(TaskSettings.Thoughts)]),
    };

    private static string[] Graph =>
        [nameof(TaskSettings.Nodes), nameof(TaskSettings.Window), nameof(TaskSettings.Degree), nameof(TaskSettings.Hops),
            nameof(TaskSettings.Candidates), nameof(TaskSettings.Thoughts)];

    private static readonly Dictionary<string, Func<JsonLinesOptions, ITask>> Readers = new()
    {
        ["jsonl"] = JsonLinesTask.Open,
        ["gsm8k"] = options => JsonLinesTask.Open(options.AsGsm8k()),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Makers.Keys, .. Sized.Keys, .. Readers.Keys];

    /// <summary>Whether a task's problems come from a file, which <see cref="Find"/> must then be given.</summary>
    public static bool ReadsFile(string name) => Readers.ContainsKey(name);

    /// <summary>A task by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="file">Where <see cref="ReadsFile"/> tasks find their problems; the others do not look at it.</param>
    /// <param name="settings">Sizes other than the standard ones.</param>
    /// <exception cref="ArgumentException">
    /// There is no such task (the message has the nearest), it has no file, does not read a setting, or a size is out of range.
    /// </exception>
    /// <exception cref="DatasetException">The file cannot be read as problems.</exception>
    public static ITask Find(string name, JsonLinesOptions? file = null, TaskSettings? settings = null)
    {
        if (settings is not null && Names.Contains(name)) CheckRead(name, settings);
        if (Sized.TryGetValue(name, out var sized)) return sized.Make(settings ?? new());
        if (Makers.TryGetValue(name, out var make)) return make();
        if (Readers.TryGetValue(name, out var open))
            return open(file ?? throw new ArgumentException($"task '{name}' reads its problems from a file: set dataset_name"));
        var near = NearestName.Of(name, Names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        throw new ArgumentException($"there is no task '{name}'{near} Tasks: {string.Join(", ", Names)}.");
    }

    /// <summary>The names in a recipe of the settings that a task reads; none for most.</summary>
    public static IReadOnlyList<string> Reads(string name) =>
        Sized.TryGetValue(name, out var sized) ? [.. sized.Reads.Select(Key)] : [];

    private static void CheckRead(string name, TaskSettings settings)
    {
        var reads = Reads(name);
        var unread = typeof(TaskSettings).GetProperties().Where(p => p.GetValue(settings) is not null).Select(p => Key(p.Name))
            .Except(reads).ToList();
        if (unread.Count == 0) return;
        var (does, them) = unread.Count == 1 ? ("does", "it") : ("do", "them");
        throw new ArgumentException($"{string.Join(" and ", unread)} {does} nothing here: leave {them} out; the task reads "
            + (reads.Count > 0 ? string.Join(", ", reads) : "no task_* setting"));
    }

    /// <summary>A setting's name in a recipe.</summary>
    private static string Key(string setting) => "task_" + setting.ToLowerInvariant();
}
