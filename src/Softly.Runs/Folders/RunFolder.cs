using System.Globalization;
using IoPath = System.IO.Path;

namespace Softly.Runs;

/// <summary>
/// What a run leaves behind:
/// <code>
/// recipe.yaml           the resolved recipe
/// metrics.jsonl         one line a step
/// rollouts/             step-000123.jsonl
/// evaluations/          one JSON file each
/// checkpoint-N/         complete checkpoints; .partial while being written
/// events/               TensorBoard
/// trainer_state.json    log_history for tools that read it
/// report.html
/// run.lock              while a process writes
/// </code>
/// A folder is a run when it has a recipe. One process writes a run at a time; any number may <see cref="View"/> it.
/// Refusals are <see cref="RunFolderException"/> and touch nothing.
/// </summary>
public sealed class RunFolder : IDisposable
{
    internal const string Partial = ".partial";
    private const string CheckpointPrefix = "checkpoint-";

    private readonly RunLock? _lock;
    private readonly int? _saveTotalLimit;

    private RunFolder(string path, string recipe, RunLock? runLock, int? saveTotalLimit)
    {
        Path = path;
        Recipe = recipe;
        _lock = runLock;
        _saveTotalLimit = saveTotalLimit;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The text of <c>recipe.yaml</c>.</summary>
    public string Recipe { get; }

    /// <summary><c>recipe.yaml</c></summary>
    public string RecipePath => IoPath.Combine(Path, "recipe.yaml");

    /// <summary><c>metrics.jsonl</c>, see <see cref="MetricsLog"/>.</summary>
    public string MetricsPath => IoPath.Combine(Path, "metrics.jsonl");

    /// <summary>The folder <c>rollouts</c>, see <see cref="RolloutLog"/>.</summary>
    public string RolloutsPath => IoPath.Combine(Path, "rollouts");

    /// <summary>The folder <c>evaluations</c>, one JSON file each.</summary>
    public string EvaluationsPath => IoPath.Combine(Path, "evaluations");

    /// <summary>The folder <c>events</c>, for TensorBoard.</summary>
    public string EventsPath => IoPath.Combine(Path, "events");

    /// <summary><c>trainer_state.json</c>, see <see cref="TrainerState"/>.</summary>
    public string TrainerStatePath => IoPath.Combine(Path, "trainer_state.json");

    /// <summary><c>report.html</c></summary>
    public string ReportPath => IoPath.Combine(Path, "report.html");

    /// <summary>True where this process may write here, that is, unless it is only viewed.</summary>
    public bool IsWritable => _lock is not null;

    /// <summary>Steps of the complete checkpoints, oldest first. Read from disk at every call.</summary>
    public IReadOnlyList<int> CheckpointSteps => [.. FindSteps(Path).Order()];

    /// <summary>Path of the newest complete checkpoint; null where there is none.</summary>
    public string? NewestCheckpoint => CheckpointSteps is [.., var step] ? CheckpointPath(step) : null;

    /// <summary>
    /// Begins a run in a folder that is missing or empty, and writes <paramref name="recipe"/> (the resolved whole) into it.
    /// </summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="recipe">Text for <c>recipe.yaml</c>.</param>
    /// <param name="saveTotalLimit">How many checkpoints to keep, the newest ones; null keeps all.</param>
    public static RunFolder Create(string path, string recipe, int? saveTotalLimit = null)
    {
        path = Checked(path, saveTotalLimit);
        RefuseUnlessFree(path);
        Directory.CreateDirectory(path);
        var runLock = RunLock.Take(path);
        try
        {
            RefuseUnlessFree(path); // somebody else may have been faster
            var run = new RunFolder(path, recipe, runLock, saveTotalLimit);
            WholeFile.Write(run.RecipePath, recipe);
            return run;
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a run to go on with it: takes the lock and removes checkpoints that were never completed.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="saveTotalLimit">How many checkpoints to keep, the newest ones; null keeps all.</param>
    /// <param name="recipe">
    /// The resolved recipe where something was changed for the resumption; null leaves the file as it is.
    /// </param>
    public static RunFolder Resume(string path, int? saveTotalLimit = null, string? recipe = null)
    {
        path = Checked(path, saveTotalLimit);
        RefuseUnlessRun(path);
        var runLock = RunLock.Take(path);
        try
        {
            foreach (var left in Directory.GetDirectories(path, CheckpointPrefix + "*" + Partial))
                Directory.Delete(left, recursive: true);
            var run = new RunFolder(path, recipe ?? ReadRecipe(path), runLock, saveTotalLimit);
            if (recipe is not null) WholeFile.Write(run.RecipePath, recipe);
            return run;
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a run for reading, also while another process writes it.</summary>
    public static RunFolder View(string path)
    {
        path = Checked(path, null);
        RefuseUnlessRun(path);
        return new RunFolder(path, ReadRecipe(path), null, null);
    }

    /// <summary>True where <paramref name="path"/> is the folder of a run.</summary>
    public static bool IsRun(string path) => File.Exists(IoPath.Combine(path, "recipe.yaml"));

    /// <summary>Where the checkpoint of a step is or would be.</summary>
    public string CheckpointPath(int step) =>
        IoPath.Combine(Path, CheckpointPrefix + step.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Begins a checkpoint. Steps must go up: after going back to an earlier one call <see cref="Rewind"/> first, so that the
    /// newest checkpoint on disk is always the newest of this history.
    /// </summary>
    public PendingCheckpoint BeginCheckpoint(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        RequireWritable();
        if (CheckpointSteps is [.., var newest] && newest >= step)
            throw new InvalidOperationException(
                $"{CheckpointPath(newest)} is there already: "
                + $"rewind the run to the step it resumes from before saving step {step}");
        try
        {
            return new PendingCheckpoint(this, step);
        }
        catch (IOException error)
        {
            throw DiskSpace.Explain(CheckpointPath(step) + Partial, error, OlderCheckpointsNote());
        }
    }

    /// <summary>
    /// Writes a checkpoint: <paramref name="write"/> gets the folder to fill. A full disk surfaces as an
    /// <see cref="IOException"/> that says where, how much is free, and which checkpoint to resume from.
    /// </summary>
    /// <returns>The path of the complete checkpoint.</returns>
    public string SaveCheckpoint(int step, Action<string> write)
    {
        using var checkpoint = BeginCheckpoint(step);
        try
        {
            write(checkpoint.Path);
        }
        catch (IOException error)
        {
            throw DiskSpace.Explain(checkpoint.Path, error, OlderCheckpointsNote());
        }
        checkpoint.Complete();
        return checkpoint.FinalPath;
    }

    /// <summary>Removes the checkpoints after <paramref name="step"/>, for a run that resumes from an earlier one.</summary>
    public void Rewind(int step)
    {
        RequireWritable();
        foreach (var later in CheckpointSteps.Where(s => s > step)) Remove(later);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _lock?.Dispose();

    internal void RemoveOldCheckpoints()
    {
        if (_saveTotalLimit is not { } limit) return;
        foreach (var old in CheckpointSteps.SkipLast(limit)) Remove(old);
    }

    internal string OlderCheckpointsNote() =>
        NewestCheckpoint is { } newest
            ? $"Older checkpoints are untouched; the newest is {newest}."
            : "There is no older checkpoint.";

    // Renamed first: a removal that is interrupted must not leave half a checkpoint under a complete one's name.
    private void Remove(int step)
    {
        var going = CheckpointPath(step) + Partial;
        if (Directory.Exists(going)) Directory.Delete(going, recursive: true);
        Directory.Move(CheckpointPath(step), going);
        Directory.Delete(going, recursive: true);
    }

    private void RequireWritable()
    {
        if (!IsWritable) throw new InvalidOperationException($"{Path} was opened for viewing only");
    }

    private static IEnumerable<int> FindSteps(string path)
    {
        foreach (var folder in Directory.EnumerateDirectories(path, CheckpointPrefix + "*"))
        {
            var number = IoPath.GetFileName(folder)[CheckpointPrefix.Length..];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                && step.ToString(CultureInfo.InvariantCulture) == number) yield return step;
        }
    }

    private static string Checked(string path, int? saveTotalLimit)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (saveTotalLimit is < 1)
            throw new ArgumentOutOfRangeException(
                nameof(saveTotalLimit), saveTotalLimit, "at least one checkpoint must be kept; null keeps all");
        path = IoPath.TrimEndingDirectorySeparator(IoPath.GetFullPath(path));
        return File.Exists(path)
            ? throw new RunFolderException($"{path} is a file; a run needs a folder. Choose another path.")
            : path;
    }

    private static void RefuseUnlessFree(string path)
    {
        if (!Directory.Exists(path)) return;
        if (IsRun(path)) throw new RunFolderException($"{path} holds a run already. Resume it, or choose another folder.");
        // What an attempt that died at once may have left does not count.
        var foreign = Directory.EnumerateFileSystemEntries(path).Select(IoPath.GetFileName)
            .Where(name => name is not RunLock.FileName && name != "recipe.yaml" + WholeFile.Unfinished)
            .Order(StringComparer.Ordinal).ToList();
        if (foreign.Count > 0)
            throw new RunFolderException(
                $"{path} is not empty and not a run: "
                + $"it holds {foreign[0]}{(foreign.Count > 1 ? $" and {foreign.Count - 1} more" : "")}. "
                + "Choose a folder that is new or empty.");
    }

    private static void RefuseUnlessRun(string path)
    {
        if (!Directory.Exists(path))
            throw new RunFolderException($"{path} does not exist. Check the path, or start a new run there.");
        if (!IsRun(path))
            throw new RunFolderException(
                $"{path} is not a run: it has no recipe.yaml. Give the folder that a run was written to.");
    }

    private static string ReadRecipe(string path) => File.ReadAllText(IoPath.Combine(path, "recipe.yaml"));
}
