namespace Softly.Runs;

/// <summary>A file that only grows by whole pieces: a piece that does not fit on the disk is taken back.</summary>
internal sealed class AppendFile : IDisposable
{
    private readonly FileStream _file;

    /// <summary>Opens or creates; everything after <paramref name="keep"/> bytes is cut off.</summary>
    public AppendFile(string path, long keep)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        // No buffer: a piece is on its way to the system when Append returns, and a crash of this process loses none.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (_file.Length > keep) _file.SetLength(keep);
        _file.Position = _file.Length;
    }

    /// <summary>Bytes in the file.</summary>
    public long Length => _file.Position;

    /// <summary>
    /// Adds one piece; on failure the file is as before and an <see cref="IOException"/> names the place and its free bytes.
    /// </summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        var before = _file.Position;
        try
        {
            _file.Write(piece);
        }
        catch (IOException error)
        {
            _file.SetLength(before);
            _file.Position = before;
            throw DiskSpace.Explain(_file.Name, error, "What was written before is untouched.");
        }
    }

    public void Dispose() => _file.Dispose();
}
