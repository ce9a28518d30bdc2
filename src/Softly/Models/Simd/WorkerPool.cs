using System.Runtime.ExceptionServices;

namespace Softly.Models;

/// <summary>
/// A few threads that share out numbered pieces of work. The calling thread is worker 0; the others are background threads that
/// spin briefly for the next call, then sleep.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _start = new(0);
    private readonly CountdownEvent _done = new(0);
    private Action<int, int>? _work;
    private ExceptionDispatchInfo? _failure;
    private int _count;
    private int _next;
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
        (_work, _count, _next) = (work, pieces, 0);
        var helpers = Math.Min(_helpers.Length, pieces - 1);
        if (helpers > 0)
        {
            _done.Reset(helpers);
            _start.Release(helpers);
        }
        Drain(0);
        if (helpers > 0) _done.Wait();
        Interlocked.Exchange(ref _failure, null)?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ending) return;
        _ending = true;
        if (_helpers.Length > 0) _start.Release(_helpers.Length);
        foreach (var helper in _helpers) helper.Join();
        _start.Dispose();
        _done.Dispose();
    }

    private void Serve(int worker)
    {
        while (true)
        {
            _start.Wait();
            if (_ending) return;
            Drain(worker);
            _done.Signal();
        }
    }

    private void Drain(int worker)
    {
        try
        {
            for (var piece = Interlocked.Increment(ref _next) - 1; piece < _count; piece = Interlocked.Increment(ref _next) - 1)
                _work!(worker, piece);
        }
        catch (Exception failure)
        {
            // An exception on a helper would end the process: it travels to the caller instead, once all have stopped.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
        }
    }
}
