using Wasmtime;

namespace Softly.Sandbox.Wasm;

/// <summary>
/// The clock that interrupts programs: while any runs, a thread of its own moves the engine's epoch on, and every running program
/// is asked then whether its time is up. A timer of the thread pool could wait behind work that waits for it.
/// </summary>
internal sealed class Ticker(Engine engine)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private int _running;
    private bool _disposed;
    private Thread? _thread;

    /// <summary>One more runs.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
            if (_thread is not null) return;
            _thread = new Thread(Run, 128 << 10) { IsBackground = true, Name = "sandbox clock" };
            _thread.Start();
        }
    }

    /// <summary>One fewer runs.</summary>
    public void Leave()
    {
        lock (_lock) _running--;
    }

    /// <summary>Stops, once nothing runs.</summary>
    /// <returns>Whether it has: else something runs still, on an engine that must stay then.</returns>
    public bool Stop(TimeSpan longest)
    {
        Thread? thread;
        lock (_lock)
        {
            _disposed = true;
            thread = _thread;
        }
        return thread?.Join(longest) ?? true;
    }

    private void Run()
    {
        var idle = 0;
        while (true)
        {
            Thread.Sleep(Tick);
            engine.IncrementEpoch();
            lock (_lock)
            {
                idle = _running > 0 ? 0 : idle + 1;
                if (idle < 100 && !(_disposed && _running == 0)) continue; // lasts a second, so that a batch has one thread
                _thread = null;
                return;
            }
        }
    }
}
