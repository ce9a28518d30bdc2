using System.Runtime.InteropServices;

namespace Softly.Models;

/// <summary>
/// A block of native memory that is dealt out from one end and taken back whole. What is dealt out is not cleared.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private const long Line = 64;
    private static long LiveTotal;
    private byte* _memory;
    private long _used;

    /// <summary>Bytes there are.</summary>
    public long Capacity { get; private set; }

    /// <summary>Bytes of all living arenas of the process.</summary>
    public static long Live => Interlocked.Read(ref LiveTotal);

    /// <summary>Takes everything back, and makes room for so many bytes.</summary>
    public void Reset(long bytes)
    {
        _used = 0;
        if (bytes <= Capacity) return;
        Free();
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)Line);
        Capacity = bytes;
        Interlocked.Add(ref LiveTotal, bytes);
    }

    /// <summary>Bytes that so many numbers take.</summary>
    public static long Bytes(long count, bool half = false) =>
        ((count * (half ? sizeof(ushort) : sizeof(float))) + Line - 1) / Line * Line;

    /// <summary>Numbers in single precision.</summary>
    public float* Floats(long count) => (float*)Take(Bytes(count));

    /// <summary>Rows of activations.</summary>
    public Plane Rows(long rows, int width, bool half) => new(Take(Bytes(rows * width, half)), width, half);

    private byte* Take(long bytes)
    {
        if (_used + bytes > Capacity) throw new InvalidOperationException("the arena was made too small");
        var at = _memory + _used;
        _used += bytes;
        return at;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_memory is null) return;
        NativeMemory.AlignedFree(_memory);
        Interlocked.Add(ref LiveTotal, -Capacity);
        _memory = null;
        Capacity = 0;
    }

    /// <summary>A graph that is dropped without its backward pass leaves its activations to the collector.</summary>
    ~Arena() => Free();
}
