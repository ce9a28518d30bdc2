namespace Softly.Models;

/// <summary>
/// Workers that go through the same phases side by side: they share a phase's numbered pieces out among themselves, and meet
/// before the next. Waiting is spinning, for a phase takes microseconds; after a while a waiter lets other programs have its
/// processor.
/// </summary>
internal sealed class Team(int size)
{
    private const int Patience = 2000;

    private int _next;
    private int _arrived;
    private volatile int _phase;
    private volatile Exception? _failure;

    /// <summary>Workers that meet.</summary>
    public int Size => size;

    /// <summary>The next piece of the present phase; beyond the last there are no more.</summary>
    public int Claim() => size == 1 ? _next++ : Interlocked.Increment(ref _next) - 1;

    /// <summary>Ends a phase: returns when all have come, with all pieces to be claimed anew.</summary>
    /// <exception cref="InvalidOperationException">Another worker failed, and will not come.</exception>
    public void Meet()
    {
        if (size == 1)
        {
            _next = 0;
            return;
        }
        var phase = _phase;
        if (Interlocked.Increment(ref _arrived) == size)
        {
            _arrived = 0;
            Volatile.Write(ref _next, 0);
            _phase = phase + 1;
            return;
        }
        for (var spins = 0; _phase == phase; spins++)
        {
            if (_failure is { } failure) throw new InvalidOperationException("another worker failed", failure);
            if (spins < Patience) Thread.SpinWait(1);
            else Thread.Yield();
        }
    }

    /// <summary>Frees those who wait: the caller will not come.</summary>
    public void Break(Exception failure) => _failure = failure;

    /// <summary>Begins anew; nobody may be at work.</summary>
    public void Reset()
    {
        (_next, _arrived) = (0, 0);
        _failure = null;
    }
}
