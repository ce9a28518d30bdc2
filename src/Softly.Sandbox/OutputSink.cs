namespace Softly.Sandbox;

/// <summary>Keeps the beginning of what a program writes, and counts the rest.</summary>
internal sealed class OutputSink(SandboxLimits limits)
{
    private readonly List<byte> _kept = [];
    private readonly Lock _lock = new();
    private long _count;

    /// <summary>What was kept.</summary>
    public byte[] Kept
    {
        get
        {
            lock (_lock) return [.. _kept];
        }
    }

    /// <summary>Takes some more. False once it is too much.</summary>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _count += bytes.Length;
            var room = limits.KeptBytes - _kept.Count;
            if (room > 0) _kept.AddRange(bytes[..Math.Min(room, bytes.Length)]);
            return _count <= limits.OutputBytes;
        }
    }

    /// <summary>How it ends where it was too much.</summary>
    public InterpreterEndedException Ended() =>
        new(RunStatus.OutputLimit, $"writes more than {limits.OutputBytes} bytes");
}
