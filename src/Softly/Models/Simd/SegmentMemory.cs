namespace Softly.Models;

/// <summary>
/// Native memory for segments of a few sizes, given out and taken back one by one. It is kept from one use to the next, and grows
/// when it must.
/// </summary>
internal sealed unsafe class SegmentMemory : IDisposable
{
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private readonly List<NativeFloats> _slabs = [];
    private long _used; // of the last slab

    /// <summary>Numbers there is room for, in use or not.</summary>
    public long Count => _slabs.Sum(s => s.Count);

    /// <summary>A segment of <paramref name="size"/> numbers, whatever they are.</summary>
    /// <param name="size">How many numbers. At most a sixteenth more is set aside, so that like sizes serve each other.</param>
    /// <param name="more">How many segments of this size will be asked for next.</param>
    public float* Take(long size, int more)
    {
        size = Rounded(size);
        if (_free.TryGetValue(size, out var free) && free.TryPop(out var again)) return (float*)again;
        if (_slabs.Count == 0 || _slabs[^1].Count - _used < size)
        {
            _slabs.Add(new NativeFloats(size * (more + 1)));
            _used = 0;
        }
        var at = _slabs[^1].Start + _used;
        _used += size;
        return at;
    }

    /// <summary>Takes a segment back.</summary>
    public void Give(float* segment, long size)
    {
        size = Rounded(size);
        if (!_free.TryGetValue(size, out var free)) _free[size] = free = [];
        free.Push((nint)segment);
    }

    /// <summary>Takes all back. Several pieces of memory become one at the next use.</summary>
    public void Clear()
    {
        _free.Clear();
        _used = 0;
        if (_slabs.Count < 2) return;
        var count = Count;
        Free();
        _slabs.Add(new NativeFloats(count));
    }

    /// <inheritdoc/>
    public void Dispose() => Free();

    /// <summary>Up to whole cache lines, and to sixteen sizes between two powers of two.</summary>
    private static long Rounded(long size)
    {
        var unit = Math.Max(16, (1L << (int)Math.Log2(Math.Max(1, size))) / 16);
        return (size + unit - 1) / unit * unit;
    }

    private void Free()
    {
        foreach (var slab in _slabs) slab.Dispose();
        _slabs.Clear();
        _free.Clear();
        _used = 0;
    }
}
