using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Softly.Sandbox.Bubblewrap;

/// <summary>
/// Python in bubblewrap: messages on stdin and stdout, output on stderr. The kernel ends it when the thread that started it ends,
/// so that nothing outlives us.
/// </summary>
/// <remarks>
/// bwrap must not be killed before Python speaks: its second process, which has not yet asked to be killed with the first, would
/// wait for it for ever. So an end that comes early waits for the first word, and for half a minute at most.
/// </remarks>
internal sealed class BubblewrapInterpreter : IInterpreter
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private const int Signalled = 128, Killed = 9, Segmentation = 11, CpuTime = 24;

    private readonly Process _process;
    private readonly SandboxLimits _limits;
    private readonly Deadline _deadline;
    private readonly OutputSink _output;
    private readonly Thread _reader;
    private readonly IDisposable _watch;
    private readonly Lock _lock = new();

    private volatile InterpreterEndedException? _stop; // why we ended it
    private volatile bool _spoke;
    private bool _disposed;
    private IDisposable? _late;

    public BubblewrapInterpreter(ProcessStartInfo command, SandboxLimits limits, Deadline deadline)
    {
        (_limits, _deadline, _output) = (limits, deadline, new OutputSink(limits));
        try
        {
            _process = Process.Start(command)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new SandboxUnavailableException($"bwrap cannot be started: {e.Message}", e);
        }
        _reader = new Thread(ReadOutput, 256 << 10) { IsBackground = true, Name = "sandbox output" };
        _reader.Start();
        _watch = Watchdog.Watch(deadline, () => End(OverTime()));
    }

    /// <inheritdoc />
    public byte[] Output => _output.Kept;

    /// <inheritdoc />
    public byte[] Ask(byte[] message)
    {
        try
        {
            if (!_spoke)
            {
                if (Receive() is not [(byte)'H'])
                    throw new SandboxUnavailableException("bwrap ran something else than our runner");
                _spoke = true;
                if (_stop is { } late) throw new SandboxUnavailableException($"bwrap did not start Python: {late.Message}");
            }
            var input = _process.StandardInput.BaseStream;
            input.Write(Encoding.ASCII.GetBytes(message.Length.ToString("x8", CultureInfo.InvariantCulture)));
            input.Write(message);
            input.Flush();
            var reply = Receive();
            // an end that was decided counts, also where the answer was quicker than the kernel
            lock (_lock) return _stop is { } over ? throw over : reply;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Ended();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed) return;
        if (!_spoke) AwaitFirstWord();
        lock (_lock)
        {
            _disposed = true;
            Kill();
        }
        _watch.Dispose();
        _late?.Dispose();
        _process.WaitForExit();
        _reader.Join(TimeSpan.FromSeconds(5)); // its end comes when the last process of the sandbox has gone
        _process.Dispose();
    }

    private byte[] Receive()
    {
        Span<byte> head = stackalloc byte[8];
        var stream = _process.StandardOutput.BaseStream;
        if (stream.ReadAtLeast(head, 8, throwOnEndOfStream: false) < 8) throw Ended();
        if (!int.TryParse(head, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length < 0)
        {
            End(new InterpreterEndedException(RunStatus.Crash, "its answer cannot be read"));
            throw Ended();
        }
        if (length > SandboxLimits.LongestMessage)
        {
            End(new InterpreterEndedException(RunStatus.OutputLimit, "answers with more than a message may hold"));
            throw Ended();
        }
        var message = new byte[length];
        if (stream.ReadAtLeast(message, length, throwOnEndOfStream: false) < length) throw Ended();
        return message;
    }

    private void ReadOutput()
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (_process.StandardError.BaseStream.Read(buffer) is > 0 and var count)
                if (!_output.Take(buffer.AsSpan(0, count))) End(_output.Ended());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // the process has gone
        }
    }

    private InterpreterEndedException OverTime() => new(
        RunStatus.Timeout, string.Create(CultureInfo.InvariantCulture, $"took more than {_deadline.Wall.TotalSeconds:0.#} s"));

    private void End(InterpreterEndedException why)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _stop ??= why;
            if (_spoke) Kill();
            else _late ??= Watchdog.Watch(new Deadline(LongestStart), Kill);
        }
    }

    /// <summary>Waits until Python runs, or bwrap has ended.</summary>
    private void AwaitFirstWord()
    {
        lock (_lock) _late ??= Watchdog.Watch(new Deadline(LongestStart), Kill);
        try
        {
            _process.StandardOutput.BaseStream.ReadAtLeast(new byte[9], 9, throwOnEndOfStream: false);
        }
        catch (IOException)
        {
            // it has gone
        }
    }

    /// <summary>Kills bwrap; the kernel then kills the first process of its namespace, and with that all others.</summary>
    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // it has ended already
        }
    }

    private Exception Ended()
    {
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
        {
            End(new InterpreterEndedException(RunStatus.Crash, "closed its channel"));
            _process.WaitForExit();
        }
        var end = _stop ?? Of(_process.ExitCode);
        if (_spoke) return end;
        _reader.Join(TimeSpan.FromSeconds(5));
        var said = Encoding.UTF8.GetString(_output.Kept).Trim();
        string[] forbidden = ["namespace", "uid map", "Operation not permitted"];
        var remedy = forbidden.Any(words => said.Contains(words, StringComparison.OrdinalIgnoreCase))
            ? "; " + BubblewrapSandbox.NamespaceRemedy : "";
        return new SandboxUnavailableException(
            $"bwrap did not start Python: {(said.Length > 0 ? said.Split('\n')[^1] : end.Message)}{remedy}", end);
    }

    private InterpreterEndedException Of(int code) => code switch
    {
        Signalled + CpuTime => OverTime(),
        Signalled + Killed when _deadline.IsOver => OverTime(),
        Signalled + Killed => new InterpreterEndedException(RunStatus.Crash, "was killed"),
        Signalled + Segmentation => new InterpreterEndedException(RunStatus.Crash, "accessed memory that it does not have"),
        > Signalled => new InterpreterEndedException(RunStatus.Crash, $"was ended by signal {code - Signalled}"),
        _ => new InterpreterEndedException(RunStatus.Crash, $"ended itself with exit code {code}"),
    };
}
