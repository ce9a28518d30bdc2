using System.Runtime.ExceptionServices;

namespace Softly.Models;

/// <summary>
/// A few threads that share out numbered pieces of work. The calling thread is worker 0; the others are background threads that
/// spin briefly for the next call, then sleep. A call waits for pieces, not for threads: one that wakes too late is not missed.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Looks before sleeping, a third of a microsecond apart: about what lies between two calls of a step.</summary>
    private const int Looks = 100;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _finished = new(0);
    private Action<int, int>? _work;
    private ExceptionDispatchInfo? _failure;
    private long _ticket;  // how many pieces there are, and in the lower half how many are taken: one number, read as one
    private int _left;     // pieces that are not done
    private int _asleep;   // helpers that need waking
    private int _waiting;  // 1 while the caller needs waking
    private volatile bool _ending;

    /// <summary>Starts <paramref name="workers"/> − 1 threads.</summary>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _helpers = new Thread[workers - 1];
        for (var i = 0; i < _helpers.Length; i++)
        {
            var worker = i + 1;
            _helpers[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"decoder worker {worker}" };
            _helpers[i].Start();
        }
    }

    /// <summary>How many workers, the calling thread included.</summary>
    public int Workers => _helpers.Length + 1;

    /// <summary>Calls <paramref name="work"/>(worker, piece) once for every piece, and returns when all are done.</summary>
    public void Run(int pieces, Action<int, int> work)
    {
        if (pieces <= 0) return;
        (_work, _left) = (work, pieces);
        Interlocked.Exchange(ref _ticket, (long)pieces << 32);
        if (Math.Min(Volatile.Read(ref _asleep), pieces - 1) is > 0 and var needed) _wake.Release(needed);
        Drain(0);
        Wait();
        Interlocked.Exchange(ref _failure, null)?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ending) return;
        _ending = true;
        if (_helpers.Length > 0) _wake.Release(_helpers.Length);
        foreach (var helper in _helpers) helper.Join();
        _wake.Dispose();
        _finished.Dispose();
    }

    private bool HasWork
    {
        get
        {
            var ticket = Interlocked.Read(ref _ticket);
            return (int)ticket < (int)(ticket >> 32);
        }
    }

    private void Serve(int worker)
    {
        while (!_ending)
        {
            for (var look = 0; look < Looks && !HasWork && !_ending; look++) Thread.SpinWait(10);
            if (!HasWork)
            {
                // Whoever brings work first writes the ticket and then reads who sleeps: one of the two sees the other.
                Interlocked.Increment(ref _asleep);
                if (!HasWork && !_ending) _wake.Wait();
                Interlocked.Decrement(ref _asleep);
            }
            Drain(worker);
        }
    }

    private void Drain(int worker)
    {
        while (HasWork)
        {
            var ticket = Interlocked.Increment(ref _ticket);
            var piece = (int)ticket - 1;
            if (piece >= (int)(ticket >> 32)) return;
            try
            {
                _work!(worker, piece); // not yet another call's: that one waits for this piece
            }
            catch (Exception failure)
            {
                // An exception on a helper would end the process: it travels to the caller instead, once all have stopped.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
            }
            if (Interlocked.Decrement(ref _left) == 0 && Interlocked.Exchange(ref _waiting, 0) == 1) _finished.Release();
        }
    }

    private void Wait()
    {
        for (var look = 0; look < Looks; look++)
        {
            if (Volatile.Read(ref _left) == 0) return;
            Thread.SpinWait(10);
        }
        Interlocked.Exchange(ref _waiting, 1);
        if (Volatile.Read(ref _left) > 0 || Interlocked.Exchange(ref _waiting, 0) == 0) _finished.Wait();
    }
}
