namespace Softly.Sandbox;

/// <summary>
/// A place where a Python program can do no harm: no files of the host, no network, no other processes, bounded time, memory
/// and output. It may be used from several threads.
/// </summary>
public interface ICodeSandbox : IDisposable
{
    /// <summary>The name that options take: <c>wasm</c> or <c>bwrap</c>.</summary>
    string Name { get; }

    /// <summary>What runs programs, with versions.</summary>
    string Version { get; }

    /// <summary>What a program may use where nothing else is said.</summary>
    SandboxLimits Limits { get; }

    /// <summary>Starts an interpreter on one of our own runners, without waiting for it.</summary>
    /// <exception cref="SandboxUnavailableException">It cannot be started.</exception>
    IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline);
}

/// <summary>
/// A Python interpreter in a sandbox that answers messages. One thread uses it: the one that started it, which must live as long
/// as the interpreter does.
/// </summary>
public interface IInterpreter : IDisposable
{
    /// <summary>
    /// What the program wrote, the beginning of it, in the encoding it chose; complete once the interpreter is disposed of.
    /// </summary>
    byte[] Output { get; }

    /// <summary>Sends a message and waits for the answer. Its bytes are the program's: they may be anything.</summary>
    /// <exception cref="InterpreterEndedException">The interpreter ended, or was ended, before it answered.</exception>
    /// <exception cref="SandboxUnavailableException">It never began to run.</exception>
    byte[] Ask(byte[] message);
}

/// <summary>When a grading must be over.</summary>
public sealed class Deadline(TimeSpan wall)
{
    private readonly long _end = Environment.TickCount64 + (long)wall.TotalMilliseconds;

    /// <summary>All the time there was.</summary>
    public TimeSpan Wall => wall;

    /// <summary>What is left, never less than nothing.</summary>
    public TimeSpan Left => TimeSpan.FromMilliseconds(Math.Max(0, _end - Environment.TickCount64));

    /// <summary>Whether it is over.</summary>
    public bool IsOver => Environment.TickCount64 >= _end;
}
