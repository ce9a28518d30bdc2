namespace Softly.Runs;

/// <summary>
/// A folder that is there whole or not at all: its files go into a folder beside its place, and <see cref="Complete"/> renames
/// that into it. Disposed before that, it is removed, and what stood at the place stands as it was.
/// </summary>
/// <remarks>
/// Where something is replaced there are two renames: a machine that loses its power between them has the old folder under
/// <c>NAME.old</c> and the new one, whole, under <c>NAME.partial</c>.
/// </remarks>
public sealed class WholeFolder : IDisposable
{
    private readonly string _place;
    private bool _open = true;

    /// <summary>Begins; what an attempt that died left beside the place is removed.</summary>
    /// <param name="path">Where the folder will be. The folders above it are made.</param>
    public WholeFolder(string path)
    {
        _place = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Path = _place + RunFolder.Partial;
        Remove(Path);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to write. It exists and is empty at first.</summary>
    public string Path { get; }

    /// <summary>Gives the folder its place, instead of a folder that was there.</summary>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        var old = _place + ".old";
        Remove(old);
        var replaces = Directory.Exists(_place);
        if (replaces) Directory.Move(_place, old);
        try
        {
            Directory.Move(Path, _place);
        }
        catch
        {
            if (replaces) Directory.Move(old, _place);
            throw;
        }
        _open = false;
        Remove(old);
    }

    /// <summary>Removes what was written if it was not completed.</summary>
    public void Dispose()
    {
        if (!_open) return;
        _open = false;
        Remove(Path);
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }
}
