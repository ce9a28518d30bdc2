namespace Softly.Sandbox;

/// <summary>
/// The sandbox is not there or does not work: a fault of ours or of the machine, never of a program. The message says what is
/// missing and how to get it.
/// </summary>
public sealed class SandboxUnavailableException : Exception
{
    /// <summary>With the whole message.</summary>
    public SandboxUnavailableException(string message) : base(message) { }

    /// <summary>With the whole message and what it came from.</summary>
    public SandboxUnavailableException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>An interpreter ended before it answered.</summary>
/// <param name="status">How: out of time, memory or output, or a crash.</param>
/// <param name="reason">One clause for a reader of the log.</param>
public sealed class InterpreterEndedException(RunStatus status, string reason) : Exception(reason)
{
    /// <summary>How it ended.</summary>
    public RunStatus Status => status;
}
