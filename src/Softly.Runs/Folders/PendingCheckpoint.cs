namespace Softly.Runs;

/// <summary>
/// A checkpoint on its way: its files go into <see cref="Path"/>, and <see cref="Complete"/> gives the folder its final
/// name in one act. Disposed before that, it is removed and the older checkpoints stand as they were.
/// </summary>
public sealed class PendingCheckpoint : IDisposable
{
    private readonly RunFolder _folder;
    private bool _open = true;

    internal PendingCheckpoint(RunFolder folder, int step)
    {
        _folder = folder;
        Step = step;
        FinalPath = folder.CheckpointPath(step);
        Path = FinalPath + RunFolder.Partial;
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    /// <summary>The step it is taken after.</summary>
    public int Step { get; }

    /// <summary>Where to write: <c>checkpoint-N.partial</c>. It exists and is empty at first.</summary>
    public string Path { get; }

    /// <summary>Where the files will be after <see cref="Complete"/>: <c>checkpoint-N</c>.</summary>
    public string FinalPath { get; }

    /// <summary>
    /// Forces the files to disk, gives the folder its final name and removes what exceeds the limit of checkpoints. Only now
    /// can the checkpoint be found.
    /// </summary>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        if (!Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Any())
            throw new InvalidOperationException($"{Path} holds no file: a checkpoint cannot be empty");
        try
        {
            OnDisk.Force(Path);
            Directory.Move(Path, FinalPath);
        }
        catch (IOException error)
        {
            throw DiskSpace.Explain(Path, error, _folder.OlderCheckpointsNote());
        }
        _open = false;
        _folder.RemoveOldCheckpoints();
    }

    /// <summary>Removes the folder if it was not completed.</summary>
    public void Dispose()
    {
        if (!_open) return;
        _open = false;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // An error is already on its way to the caller; the next opening of the run removes what is left.
        }
    }
}
