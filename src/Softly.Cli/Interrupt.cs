using System.Runtime.InteropServices;

namespace Softly.Cli;

/// <summary>
/// Ctrl-C, and a polite kill: the first one asks the work to stop where nothing is lost, the second ends the process at once.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly string _promise;

    /// <param name="promise">What is said at the first signal: what happens now.</param>
    public Interrupt(string promise)
    {
        _promise = promise;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)
        ];
    }

    public CancellationToken Token => _source.Token;

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested) return; // not cancelled: the system's own handling ends the process
        context.Cancel = true;
        Console.Error.WriteLine();
        Console.Error.WriteLine(_promise + " (once more to end at once)");
        _source.Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _source.Dispose();
    }
}
