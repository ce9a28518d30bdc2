using System.Text;

namespace Softly.Models.Weights;

/// <summary>
/// A file that appears whole or not at all: written beside its place under a temporary name, flushed to the disk, then renamed
/// over what was there. Disposing without <see cref="Commit"/> leaves the old file and removes the temporary one.
/// </summary>
internal sealed class DurableFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _closed;

    public DurableFile(string path)
    {
        _path = path;
        _temporary = path + ".partial";
        _stream = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Fixes the length, so that a full disk or a wrong place shows early.</summary>
    public void SetLength(long bytes) => _stream.SetLength(bytes);

    /// <summary>Writes bytes at a place of their own.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_stream.SafeFileHandle, bytes, offset);

    /// <summary>Puts everything on the disk and the file in its place.</summary>
    public void Commit()
    {
        Flush();
        Rename();
    }

    /// <summary>The first half of <see cref="Commit"/>: the bytes are on the disk, under the temporary name.</summary>
    public void Flush()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
    }

    /// <summary>The second half of <see cref="Commit"/>.</summary>
    public void Rename()
    {
        File.Move(_temporary, _path, overwrite: true);
        _closed = true;
    }

    public static void WriteAllText(string path, string text)
    {
        using var file = new DurableFile(path);
        file.Write(0, Encoding.UTF8.GetBytes(text));
        file.Commit();
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        _stream.Dispose();
        File.Delete(_temporary);
    }
}
