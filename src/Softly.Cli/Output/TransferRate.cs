namespace Softly.Cli;

/// <summary>How fast bytes come, judged by the last ten seconds: connections change their speed.</summary>
/// <param name="clock">The time; the system's where null.</param>
internal sealed class TransferRate(TimeProvider? clock = null)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Queue<(long Time, long Bytes)> _seen = [];

    /// <summary>Bytes a second; 0 before there is anything to judge by.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>Counts what is there by now.</summary>
    public void See(long bytes)
    {
        var now = _clock.GetTimestamp();
        if (_seen.Count > 0 && bytes < _seen.Peek().Bytes) _seen.Clear(); // some was thrown away
        _seen.Enqueue((now, bytes));
        while (_seen.Count > 2 && _clock.GetElapsedTime(_seen.Peek().Time, now) > Window) _seen.Dequeue();
        var (time, before) = _seen.Peek();
        var seconds = _clock.GetElapsedTime(time, now).TotalSeconds;
        BytesPerSecond = seconds > 0 ? (bytes - before) / seconds : 0;
    }
}
