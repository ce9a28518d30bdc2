using System.Globalization;
using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Comparisons;

/// <summary>
/// What a comparison leaves behind:
/// <code>
/// comparison.md, .json, .html     the tables
/// start/                          the common start, with start.yaml beside it
/// arms/ARM/arm.yaml               the arm's resolved recipe
/// arms/ARM/evaluations/           of the start, of the sweep's models on validation problems, in the common decoding
/// arms/ARM/gradient.json, .f32    gradient noise at the start, and the mean gradient
/// arms/ARM/sweep/…, runs/…        ordinary run folders; audit.json in the first seed's says what its thoughts are worth
/// </code>
/// With several starts every model has a place of its own:
/// <code>
/// starts/START/start.yaml         the start's recipe
/// starts/START/seed-1/            its model of start seed 1
/// arms/ARM/arm.yaml               as above
/// arms/ARM/start-1/…              what stands in arms/ARM otherwise, from the model of start seed 1
/// compare.lock                    while a process works here
/// </code>
/// Whatever is there was made by the same recipe, or the comparison refuses to go on.
/// </summary>
internal sealed class ComparisonFolder(string path, Comparison comparison)
{
    /// <summary>Keys that do not change an arm's numbers, or that are set run by run.</summary>
    internal static readonly string[] Free =
    [
        "output_dir", "save_steps", "save_total_limit", "log_completions_steps", "report_to", "threads", "rollout_rows",
        "per_device_train_batch_size", "gradient_checkpointing", "learning_rate", "seed",
    ];

    public string Path => path;

    /// <summary>The first start seed: learning rates are chosen and gradients are measured from its models.</summary>
    public int FirstStart => comparison.StartSeeds[0];

    /// <summary>The model that runs start from.</summary>
    /// <param name="start">Which start.</param>
    /// <param name="seed">The start seed.</param>
    public string Start(ComparisonStart start, int seed) => ComparisonReader.IsGiven(start.Recipe)
        ? ModelName.Resolve(start.Recipe.ModelNameOrPath)
        : comparison.SeveralStarts
            ? System.IO.Path.Combine(StartsOf(start), $"seed-{Text(seed)}")
            : System.IO.Path.Combine(path, "start");

    public bool HasStart(ComparisonStart start, int seed) =>
        ComparisonReader.IsGiven(start.Recipe) || File.Exists(System.IO.Path.Combine(Start(start, seed), "config.json"));

    /// <summary>
    /// The recipe of a warm start: on one thread where several are made side by side; a single one has the base's threads,
    /// whatever --jobs is, since another number of threads would round otherwise.
    /// </summary>
    public Recipe StartRecipe(ComparisonStart start, int seed) =>
        comparison.SeveralStarts ? start.Recipe with { Seed = seed, Threads = 1 } : start.Recipe;

    /// <summary>An arm's folder.</summary>
    public string Of(ComparisonArm arm) => System.IO.Path.Combine(path, "arms", arm.Folder);

    /// <summary>What an arm made from the model of a start seed.</summary>
    public string Of(ComparisonArm arm, int startSeed) =>
        comparison.SeveralStarts ? System.IO.Path.Combine(Of(arm), $"start-{Text(startSeed)}") : Of(arm);

    /// <summary>
    /// Whether an arm's runs are evaluated in the control's decoding too: not the control itself, and not what started from
    /// other thoughts than the control's.
    /// </summary>
    public bool IsReadAsControl(ComparisonArm arm) => arm != comparison.Control && arm.Start == comparison.Control.Start;

    public string Evaluations(ComparisonArm arm, int startSeed) => System.IO.Path.Combine(Of(arm, startSeed), "evaluations");

    /// <summary>The recipe of a run that helps to choose the learning rate.</summary>
    public Recipe SweepRun(ComparisonArm arm, double rate) => Run(
        arm, FirstStart, rate, comparison.SweepSeed, "sweep",
        $"lr-{Text(rate)}-seed-{comparison.SweepSeed}-steps-{comparison.SweepSteps}") with
    {
        MaxSteps = comparison.SweepSteps, EvalSteps = 0, LogCompletionsSteps = 0, ReportTo = "none",
    };

    /// <summary>The recipe of a run that is reported.</summary>
    public Recipe Run(ComparisonArm arm, int startSeed, double rate, int seed) =>
        Run(arm, startSeed, rate, seed, "runs", $"lr-{Text(rate)}-seed-{seed}");

    /// <summary>Steps that a run has behind it, whether or not they are evaluated.</summary>
    public static int StepsDone(Recipe run)
    {
        if (!RunFolder.IsRun(run.OutputDir)) return 0;
        using var folder = RunFolder.View(run.OutputDir);
        return folder.CheckpointSteps is [.., var newest] ? newest : 0;
    }

    /// <summary>The evaluations a run made of itself, by step.</summary>
    public static IReadOnlyList<EvaluationRecord> Curve(Recipe run) =>
        [.. EvaluationLog.Read(System.IO.Path.Combine(run.OutputDir, "evaluations")).Where(e => e.Decoding == "own")];

    public static bool Finished(Recipe run) => StepsDone(run) >= run.MaxSteps
        && (run.EvalSteps == 0 || Curve(run).Any(e => e.Step == run.MaxSteps));

    /// <summary>
    /// The comparison with its start held to one commit where that is a model of the hub, for all arms and for good: the commit
    /// that the folder was made with, or, in a new folder, what the name means now.
    /// </summary>
    /// <param name="path">The comparison's folder, which need not be there.</param>
    /// <param name="comparison">As its file has it.</param>
    public static Comparison Pinned(string path, Comparison comparison)
    {
        var folder = new ComparisonFolder(path, comparison);
        var starts = comparison.Starts.ToDictionary(start => start, start =>
        {
            var asked = start.Recipe.ModelNameOrPath;
            var file = folder.StartFile(start);
            var made = File.Exists(file) ? RecipeReader.Read(file, []).ModelNameOrPath : "";
            var name = made.StartsWith(asked + "@", StringComparison.Ordinal) ? made : ModelName.Pin(asked);
            return name == asked ? start : start with { Recipe = start.Recipe with { ModelNameOrPath = name } };
        });
        if (starts.All(s => s.Key == s.Value)) return comparison;
        var arms = comparison.Arms.Select(a => a with
        {
            Start = starts[a.Start], Recipe = a.Recipe with { ModelNameOrPath = starts[a.Start].Recipe.ModelNameOrPath },
        }).ToList();
        return comparison with
        {
            Shared = comparison.SeveralStarts ? comparison.Shared : starts[comparison.Starts[0]].Recipe,
            Starts = [.. comparison.Starts.Select(s => starts[s])],
            Arms = arms,
            Control = arms.Single(a => a.Name == comparison.Control.Name),
            Reference = comparison.Reference is { } other ? arms.Single(a => a.Name == other.Name) : null,
        };
    }

    /// <summary>Refuses to mix what was made by other recipes with what this comparison asks for.</summary>
    /// <param name="arms">The arms that are worked on.</param>
    /// <exception cref="UserError">Something differs; the message names it.</exception>
    public void Claim(IReadOnlyList<ComparisonArm> arms)
    {
        Check();
        foreach (var start in comparison.Starts.Where(s => arms.Any(a => a.Start == s))) Write(StartFile(start), start.Recipe);
        foreach (var arm in arms) Write(System.IO.Path.Combine(Of(arm), "arm.yaml"), arm.Recipe);
    }

    /// <summary>The same without writing anything: for those who only read.</summary>
    /// <exception cref="UserError">Something differs; the message names it.</exception>
    public void Check()
    {
        if (!Directory.Exists(System.IO.Path.Combine(path, "arms")) && Directory.Exists(path)
            && Directory.EnumerateFileSystemEntries(path).Any(e => !Own.Contains(System.IO.Path.GetFileName(e))))
            throw new UserError($"{path} holds something else than a comparison: give another --output");
        var other = comparison.SeveralStarts ? "start.yaml" : "starts";
        if (System.IO.Path.Exists(System.IO.Path.Combine(path, other)))
            throw new UserError($"{path} holds a comparison with {(comparison.SeveralStarts ? "one start" : "several starts")}, "
                + "laid out otherwise: give another --output");
        var wrong = new List<string>();
        // A key that any start changes is one that may matter to all of them.
        var keys = ComparisonReader.OfTheStart.Concat(comparison.Starts.SelectMany(s => s.Keys)).ToHashSet();
        if (comparison.SeveralStarts) keys.Remove("seed"); // every seed has a folder of its own
        foreach (var start in comparison.Starts)
            Stamp(StartFile(start), start.Recipe, keys.Contains,
                comparison.SeveralStarts ? $"start '{start.Name}'" : "the common start", wrong);
        foreach (var arm in comparison.Arms)
            Stamp(
                System.IO.Path.Combine(Of(arm), "arm.yaml"), arm.Recipe, k => !Free.Contains(k),
                $"arm '{arm.Name}'", wrong);
        if (wrong.Count > 0)
            throw new UserError(string.Join(Environment.NewLine, wrong.Append(
                "what is there is not mixed with what is asked: give another --output, or rename the "
                + (wrong.All(w => w.Contains(": start '", StringComparison.Ordinal)) ? "start" : "arm"))));
    }

    /// <summary>
    /// Keeps other processes from working here at once, so that nothing is made twice; ends with the process, however it ends.
    /// </summary>
    /// <exception cref="UserError">Another one works here.</exception>
    public IDisposable Hold()
    {
        Directory.CreateDirectory(path);
        try
        {
            return new FileStream(
                System.IO.Path.Combine(path, Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (e.HResult is LinuxBusy or MacBusy or WindowsBusy)
        {
            throw new UserError($"{path}: another process works here: wait for it, or give another --output; "
                + "softly compare --report shows what is finished");
        }
    }

    private const string Lock = "compare.lock";

    /// <summary>What a system says of a file that another process holds: EWOULDBLOCK, ERROR_SHARING_VIOLATION.</summary>
    private const int LinuxBusy = 11, MacBusy = 35, WindowsBusy = unchecked((int)0x80070020);

    private static readonly Recipe Standard = new();

    /// <summary>What a comparison, or a quickstart made of one, may have left before its first arm.</summary>
    private static readonly string[] Own = ["start.yaml", "starts", "quickstart.json", Lock];

    private string StartsOf(ComparisonStart start) => System.IO.Path.Combine(path, "starts", start.Folder);

    private string StartFile(ComparisonStart start) =>
        System.IO.Path.Combine(comparison.SeveralStarts ? StartsOf(start) : path, "start.yaml");

    /// <summary>A learning rate as people write it: 1e-4.</summary>
    public static string Text(double rate) => rate.ToString("0.####e0", CultureInfo.InvariantCulture);

    private static string Text(int seed) => seed.ToString(CultureInfo.InvariantCulture);

    private Recipe Run(ComparisonArm arm, int startSeed, double rate, int seed, string kind, string name) => arm.Recipe with
    {
        // The start has its own weights and angles: keys of new models would do nothing.
        ModelNameOrPath = Start(arm.Start, startSeed), WarmStartSteps = 0, Initialization = Standard.Initialization,
        RopeTheta = Standard.RopeTheta, LearningRate = rate,
        Seed = comparison.SeveralStarts ? ComparisonReader.SeedsPerStart * startSeed + seed : seed, Threads = 1,
        SaveTotalLimit = 1, OutputDir = System.IO.Path.Combine(Of(arm, startSeed), kind, name),
    };

    private static void Stamp(string file, Recipe asked, Func<string, bool> matters, string what, List<string> wrong)
    {
        if (!File.Exists(file)) return;
        var made = RecipeReader.Read(file, []);
        foreach (var key in RecipeReader.Keys.Where(k => matters(k.Name)))
            if (key.Property.GetValue(made) is var old && key.Property.GetValue(asked) is var now && !Equals(old, now))
                wrong.Add($"{file}: {what} was made with {key.Name}: {Shown(old)}, now it is {Shown(now)}");
    }

    private static string Shown(object? value) => value is IFormattable f
        ? f.ToString(null, CultureInfo.InvariantCulture)
        : value?.ToString() ?? "null";

    private static void Write(string file, Recipe recipe)
    {
        if (File.Exists(file)) return;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file + ".partial", RecipeReader.Write(recipe));
        File.Move(file + ".partial", file);
    }
}
