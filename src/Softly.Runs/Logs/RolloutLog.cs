using System.Globalization;

namespace Softly.Runs;

/// <summary>
/// The folder <c>rollouts</c>: one file a step, one line a rollout. The whole folder is kept under a cap; where a step would
/// pass it, nothing of that step or a later one is written, and <c>STOPPED.txt</c> and <see cref="Stopped"/> say so.
/// </summary>
public sealed class RolloutLog
{
    private const string NoteFile = "STOPPED.txt";
    private readonly string _folder;
    private readonly long _cap;
    private long _used;

    /// <summary>Opens the folder, or creates it.</summary>
    /// <param name="folder">The folder, see <see cref="RunFolder.RolloutsPath"/>.</param>
    /// <param name="resumeAt">The step a run resumes after: files of later steps are deleted. Null keeps all.</param>
    /// <param name="maxBytes">The cap in bytes.</param>
    public RolloutLog(string folder, int? resumeAt = null, long maxBytes = 256L << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _folder = Directory.CreateDirectory(folder).FullName;
        _cap = maxBytes;
        var note = Path.Combine(_folder, NoteFile);
        File.Delete(note); // the cap may be another now, and a rewound run holds less
        foreach (var (step, path) in Files(_folder))
        {
            if (step > resumeAt) File.Delete(path);
            else _used += new FileInfo(path).Length;
        }
    }

    /// <summary>Why nothing more is written: one sentence for the console. Null while the cap is not reached.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Bytes written so far, in all steps.</summary>
    public long Bytes => _used;

    /// <summary>Adds the rollouts of one step to its file; all of them or none.</summary>
    /// <returns>False where the cap stopped them.</returns>
    public bool Append(int step, IEnumerable<RolloutRecord> rollouts)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (Stopped is not null) return false;
        using var piece = new MemoryStream();
        foreach (var rollout in rollouts)
        {
            if (rollout.Step != step)
                throw new ArgumentException($"a rollout of step {rollout.Step} was given for step {step}", nameof(rollouts));
            piece.Write(JsonLines.Line(rollout.Write));
        }
        if (_used + piece.Length > _cap)
        {
            Stopped = $"Rollouts are logged up to before step {step} only: "
                + $"the cap of {HumanBytes.Format(_cap)} for {_folder} is reached "
                + $"({HumanBytes.Format(_used)} written, {HumanBytes.Format(piece.Length)} to come). "
                + "Raise the cap or log fewer steps.";
            File.WriteAllText(Path.Combine(_folder, NoteFile), Stopped + "\n");
            return false;
        }
        using var file = new AppendFile(PathOf(step), long.MaxValue);
        file.Append(piece.GetBuffer().AsSpan(0, (int)piece.Length));
        _used += piece.Length;
        return true;
    }

    /// <summary>Steps that have a file, ascending.</summary>
    public static IReadOnlyList<int> Steps(string folder) =>
        Directory.Exists(folder) ? [.. Files(folder).Select(f => f.Step).Order()] : [];

    /// <summary>The rollouts of one step, in the order written; none where it has no file. Also while being written.</summary>
    public static IReadOnlyList<RolloutRecord> Read(string folder, int step)
    {
        var path = Path.Combine(folder, Name(step));
        return File.Exists(path) ? [.. JsonLines.Read(path).Select(line => RolloutRecord.Parse(path, line))] : [];
    }

    private string PathOf(int step) => Path.Combine(_folder, Name(step));

    private static string Name(int step) => $"step-{step:000000}.jsonl";

    private static IEnumerable<(int Step, string Path)> Files(string folder)
    {
        foreach (var path in Directory.GetFiles(folder, "step-*.jsonl"))
        {
            var number = Path.GetFileNameWithoutExtension(path)["step-".Length..];
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                && Name(step) == Path.GetFileName(path))
                yield return (step, path);
        }
    }
}
