using System.Runtime.CompilerServices;

namespace Softly.Models;

/// <summary>
/// What becomes of a row's two vectors once a matrix product has filled them, while they are still in registers.
/// </summary>
internal interface IEnding<V> where V : struct
{
    void Write(int row, int panel, V first, V second);
}

/// <summary>Stores them.</summary>
internal readonly unsafe struct Storing<L, V>(float* to, int stride) : IEnding<V> where L : struct, ILanes<V> where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int row, int panel, V first, V second)
    {
        var at = to + ((nint)row * stride) + ((nint)panel * 2 * L.Count);
        L.Store(first, at);
        L.Store(second, at + L.Count);
    }
}

/// <summary>Adds them to what is there (the residual stream).</summary>
internal readonly unsafe struct Adding<L, V>(float* to, int stride) : IEnding<V> where L : struct, ILanes<V> where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int row, int panel, V first, V second)
    {
        var at = to + ((nint)row * stride) + ((nint)panel * 2 * L.Count);
        L.Store(L.Add(L.Load(at), first), at);
        L.Store(L.Add(L.Load(at + L.Count), second), at + L.Count);
    }
}

/// <summary>Stores silu(first) · second: SwiGLU, its gate in the first vector.</summary>
internal readonly unsafe struct Gating<L, V>(float* to, int stride) : IEnding<V> where L : struct, ILanes<V> where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int row, int panel, V first, V second)
    {
        var decay = Kernels<L, V>.Exp(L.Subtract(L.All(0f), first));
        var gated = L.Divide(L.Multiply(first, second), L.Add(L.All(1f), decay));
        L.Store(gated, to + ((nint)row * stride) + ((nint)panel * L.Count));
    }
}

/// <summary>
/// Stores into memory without padding: only the first <paramref name="rows"/> rows and <paramref name="columns"/> columns.
/// </summary>
internal readonly unsafe struct Cropping<L, V>(float* to, long stride, int rows, int columns) : IEnding<V>
    where L : struct, ILanes<V> where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int row, int panel, V first, V second)
    {
        if (row >= rows) return;
        var column = panel * 2 * L.Count;
        var at = to + (row * stride) + column;
        if (column + (2 * L.Count) <= columns)
        {
            L.Store(first, at);
            L.Store(second, at + L.Count);
        }
        else
        {
            Crop(at, columns - column, first, second);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Crop(float* to, int count, V first, V second)
    {
        var whole = stackalloc float[2 * L.Count];
        L.Store(first, whole);
        L.Store(second, whole + L.Count);
        for (var i = 0; i < count; i++) to[i] = whole[i];
    }
}
