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
/// arms/ARM/sweep/…, runs/…        ordinary run folders
/// </code>
/// Whatever is there was made by the same recipe, or the comparison refuses to go on.
/// </summary>
internal sealed class ComparisonFolder(string path, Comparison comparison)
{
    /// <summary>Keys that do not change an arm's numbers, or that are set run by run.</summary>
    private static readonly string[] Free =
    [
        "output_dir", "save_steps", "save_total_limit", "log_completions_steps", "report_to", "threads", "rollout_rows",
        "per_device_train_batch_size", "gradient_checkpointing", "learning_rate", "seed",
    ];

    public string Path => path;

    /// <summary>True where the common start is somebody else's model as it stands.</summary>
    public bool StartIsGiven => comparison.Shared is { WarmStartSteps: 0, ModelNameOrPath: not "scratch" };

    /// <summary>The model all arms start from.</summary>
    public string Start =>
        StartIsGiven ? ModelName.Resolve(comparison.Shared.ModelNameOrPath) : System.IO.Path.Combine(path, "start");

    public bool HasStart => StartIsGiven || File.Exists(System.IO.Path.Combine(Start, "config.json"));

    public string Of(ComparisonArm arm) => System.IO.Path.Combine(path, "arms", arm.Folder);

    public string Evaluations(ComparisonArm arm) => System.IO.Path.Combine(Of(arm), "evaluations");

    /// <summary>The recipe of a run that helps to choose the learning rate.</summary>
    public Recipe SweepRun(ComparisonArm arm, double rate) => Run(
        arm, rate, comparison.SweepSeed, "sweep",
        $"lr-{Text(rate)}-seed-{comparison.SweepSeed}-steps-{comparison.SweepSteps}") with
    {
        MaxSteps = comparison.SweepSteps, EvalSteps = 0, LogCompletionsSteps = 0, ReportTo = "none",
    };

    /// <summary>The recipe of a run that is reported.</summary>
    public Recipe Run(ComparisonArm arm, double rate, int seed) =>
        Run(arm, rate, seed, "runs", $"lr-{Text(rate)}-seed-{seed}");

    /// <summary>Steps that a run has behind it; its last step counts once its evaluation is there.</summary>
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
        var asked = comparison.Shared.ModelNameOrPath;
        var file = System.IO.Path.Combine(path, "start.yaml");
        var made = File.Exists(file) ? RecipeReader.Read(file, []).ModelNameOrPath : "";
        var name = made.StartsWith(asked + "@", StringComparison.Ordinal) ? made : ModelName.Pin(asked);
        if (name == asked) return comparison;
        var arms = comparison.Arms.Select(a => a with { Recipe = a.Recipe with { ModelNameOrPath = name } }).ToList();
        return comparison with
        {
            Shared = comparison.Shared with { ModelNameOrPath = name },
            Arms = arms,
            Control = arms.Single(a => a.Name == comparison.Control.Name),
            Reference = comparison.Reference is { } other ? arms.Single(a => a.Name == other.Name) : null,
        };
    }

    /// <summary>Refuses to mix what was made by other recipes with what this comparison asks for.</summary>
    /// <exception cref="UserError">Something differs; the message names it.</exception>
    public void Claim()
    {
        if (!Directory.Exists(System.IO.Path.Combine(path, "arms")) && Directory.Exists(path)
            && Directory.EnumerateFileSystemEntries(path).Any(e => System.IO.Path.GetFileName(e) != "start.yaml"))
            throw new UserError($"{path} holds something else than a comparison: give another --output");
        var wrong = new List<string>();
        var startKeys = ComparisonReader.OfTheStart;
        Stamp(System.IO.Path.Combine(path, "start.yaml"), comparison.Shared, startKeys.Contains, "the common start", wrong);
        foreach (var arm in comparison.Arms)
            Stamp(
                System.IO.Path.Combine(Of(arm), "arm.yaml"), arm.Recipe, k => !Free.Contains(k),
                $"arm '{arm.Name}'", wrong);
        if (wrong.Count > 0)
            throw new UserError(string.Join(Environment.NewLine, wrong.Append(
                "what is there is not mixed with what is asked: give another --output, or rename the arm")));
        foreach (var arm in comparison.Arms) Directory.CreateDirectory(Of(arm));
        Write(System.IO.Path.Combine(path, "start.yaml"), comparison.Shared);
        foreach (var arm in comparison.Arms) Write(System.IO.Path.Combine(Of(arm), "arm.yaml"), arm.Recipe);
    }

    /// <summary>A learning rate as people write it: 1e-4.</summary>
    public static string Text(double rate) => rate.ToString("0.####e0", CultureInfo.InvariantCulture);

    private Recipe Run(ComparisonArm arm, double rate, int seed, string kind, string name) => arm.Recipe with
    {
        ModelNameOrPath = Start, WarmStartSteps = 0, LearningRate = rate, Seed = seed, Threads = 1, SaveTotalLimit = 1,
        OutputDir = System.IO.Path.Combine(Of(arm), kind, name),
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
        File.WriteAllText(file + ".partial", RecipeReader.Write(recipe));
        File.Move(file + ".partial", file);
    }
}
