namespace Softly.Runs;

/// <summary>
/// A folder that is there whole or not at all: its files go into a folder beside its place, and <see cref="Complete"/> renames
/// that into it. Disposed before that, it is removed, and what stood at the place stands as it was.
/// </summary>
/// <remarks>
/// The names beside the place are drawn anew each time, so nothing is removed but what this object made itself, and what it
/// replaces. Where something is replaced there are two renames: a machine that loses its power between them has the old folder
/// as <c>NAME.RANDOM.old</c> and the new one, whole, as <c>NAME.RANDOM.partial</c>; both stay until somebody removes them.
/// </remarks>
public sealed class WholeFolder : IDisposable
{
    private readonly string _place, _old;
    private bool _open = true;

    /// <summary>Begins.</summary>
    /// <param name="path">Where the folder will be. The folders above it are made.</param>
    public WholeFolder(string path)
    {
        _place = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var own = $"{_place}.{Guid.NewGuid():N}";
        (Path, _old) = (own + RunFolder.Partial, own + ".old");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to write. It exists and is empty at first.</summary>
    public string Path { get; }

    /// <summary>Forces the files to disk and gives the folder its place.</summary>
    /// <param name="replace">Whether a folder that is there goes; where not, it is an error.</param>
    /// <exception cref="IOException">The folder is there and not to be replaced, or the disk refuses.</exception>
    public void Complete(bool replace = true)
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        OnDisk.Force(Path);
        var replaces = replace && Directory.Exists(_place);
        if (replaces) Directory.Move(_place, _old);
        try
        {
            Directory.Move(Path, _place);
        }
        catch
        {
            if (replaces) Directory.Move(_old, _place);
            throw;
        }
        _open = false;
        if (replaces) Directory.Delete(_old, recursive: true);
    }

    /// <summary>Removes what was written if it was not completed.</summary>
    public void Dispose()
    {
        if (!_open) return;
        _open = false;
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
