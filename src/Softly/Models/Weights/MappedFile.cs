using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Softly.Models.Weights;

/// <summary>
/// A file mapped into memory for reading. Ranges are checked; nothing is copied. Pages that were read are given back to the
/// system as reading goes on (on Linux; elsewhere the system takes them when it needs them), so that a model never stands in
/// memory twice, once as its parameters and once as pages of its file.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    /// <summary>Bytes looked at after which the pages are given back: at most this much, and one slice, stays.</summary>
    private const long KeptBytes = 16 << 20;

    private const int DontNeed = 4; // MADV_DONTNEED

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private long _seen;
    private bool _disposed;

    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public MappedFile(string path)
    {
        Path = path;
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            Length = stream.Length;
            if (Length == 0) throw Refusal.Of(path, "the file is empty");
            _map = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>A part of the file; at most 2 GiB.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw Refusal.Of(Path, $"bytes {offset} to {offset + length} lie outside the file of {Length} bytes");
        if (Interlocked.Add(ref _seen, length) > KeptBytes) GiveBack();
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    // The pages are the file's own: whoever still reads a slice has them read again, so threads need not wait for each other.
    private void GiveBack()
    {
        Interlocked.Exchange(ref _seen, 0);
        if (OperatingSystem.IsLinux()) _ = Advise((nint)_start, (nuint)Length, DontNeed); // advice: refused, it costs memory
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint start, nuint length, int advice);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
