using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wasmtime;

namespace Softly.Sandbox.Wasm;

/// <summary>
/// Python in a store of its own, on a thread of its own. Stdin carries messages to it and is at its end in between; what it writes
/// on stdout is a message where it begins with this interpreter's mark, and output otherwise.
/// </summary>
internal sealed class WasmInterpreter : IInterpreter
{
    /// <summary>Whose move it is.</summary>
    private enum Turn { Starting, Idle, Asked, Owing, Ended }

    /// <summary>How soon a program that is told to stop has stopped: a tick, or the longest that one instruction takes.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string _mark = "<" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)) + ">";
    private readonly byte[] _markBytes;
    private readonly object _gate = new(); // a Monitor: it is waited on
    private readonly Thread _thread;
    private readonly SandboxLimits _limits;
    private readonly Deadline _deadline;
    private readonly OutputSink _output;

    private Turn _turn = Turn.Starting;
    private byte[] _request = [];
    private int _taken;
    private byte[]? _reply;
    private volatile InterpreterEndedException? _stop; // why it is told to stop
    private InterpreterEndedException? _end;
    private bool _spoke;

    public WasmInterpreter(
        Engine engine, Linker linker, Module module, Ticker ticker, Runner runner, SandboxLimits limits, Deadline deadline)
    {
        (_limits, _deadline, _output, _markBytes) = (limits, deadline, new OutputSink(limits), Encoding.ASCII.GetBytes(_mark));
        ticker.Enter();
        _thread = new Thread(
            () =>
            {
                InterpreterEndedException end;
                try
                {
                    end = Run(engine, linker, module, runner);
                }
                catch (Exception e) // nothing may leave a thread of ours: it would end the process
                {
                    end = new InterpreterEndedException(RunStatus.Crash, $"{e.GetType().Name}: {WasmSandbox.FirstLine(e)}");
                }
                ticker.Leave();
                lock (_gate)
                {
                    _end = _stop ?? end;
                    _turn = Turn.Ended;
                    Monitor.PulseAll(_gate);
                }
            },
            8 << 20) { IsBackground = true, Name = "sandbox " + runner.Name };
        _thread.Start();
    }

    /// <inheritdoc />
    public byte[] Output => _output.Kept;

    /// <inheritdoc />
    public byte[] Ask(byte[] message)
    {
        lock (_gate)
        {
            WaitWhile(turn => turn == Turn.Starting);
            if (_turn == Turn.Ended || _stop is not null) throw Ended();
            _request = [.. Encoding.ASCII.GetBytes(message.Length.ToString("x8", CultureInfo.InvariantCulture)), .. message];
            (_taken, _reply, _turn) = (0, null, Turn.Asked);
            Monitor.PulseAll(_gate);
            WaitWhile(turn => turn is Turn.Asked or Turn.Owing);
            if (_turn == Turn.Idle && _reply is { } reply) return reply;
            throw Ended();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _stop ??= new InterpreterEndedException(RunStatus.Crash, "was ended");
            Monitor.PulseAll(_gate);
        }
        _thread.Join(Grace);
    }

    /// <summary>Stdin: what is left of the message, or its end while an answer is owed. Runs on the program's thread.</summary>
    internal int Read(Span<byte> into)
    {
        lock (_gate)
        {
            while (_turn == Turn.Idle)
            {
                StopIfTold();
                Monitor.Wait(_gate, Step(_deadline.Left));
            }
            StopIfTold();
            if (_turn != Turn.Asked) return 0;
            var count = Math.Min(into.Length, _request.Length - _taken);
            _request.AsSpan(_taken, count).CopyTo(into);
            _taken += count;
            if (_taken == _request.Length) (_turn, _request) = (Turn.Owing, []);
            return count;
        }
    }

    /// <summary>Stdout and stderr. Runs on the program's thread.</summary>
    internal void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        if (descriptor == 1 && bytes.StartsWith(_markBytes))
        {
            Answer(bytes[_markBytes.Length..]);
            return;
        }
        if (_output.Take(bytes)) return;
        _stop ??= _output.Ended();
        StopIfTold();
    }

    /// <summary>A wait of the program's, in nanoseconds, which ends when it is told to stop.</summary>
    internal void Sleep(long nanoseconds)
    {
        var end = Environment.TickCount64 + Math.Min(nanoseconds / 1_000_000, int.MaxValue);
        lock (_gate)
            while (true)
            {
                StopIfTold();
                var left = end - Environment.TickCount64;
                if (left <= 0) break;
                Monitor.Wait(_gate, Step(TimeSpan.FromMilliseconds(left)));
            }
    }

    private void Answer(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 8 || frame.Length - 8 > SandboxLimits.LongestMessage)
        {
            _stop ??= new InterpreterEndedException(RunStatus.OutputLimit, "answers with more than a message may hold");
            StopIfTold();
            return;
        }
        lock (_gate)
        {
            if (_turn == Turn.Starting) _spoke = true;
            else if (_turn == Turn.Owing) _reply = frame[8..].ToArray();
            else return; // nobody asked
            _turn = Turn.Idle;
            Monitor.PulseAll(_gate);
        }
    }

    private InterpreterEndedException Run(Engine engine, Linker linker, Module module, Runner runner)
    {
        using var store = new Store(engine, this);
        store.SetLimits(memorySize: _limits.MemoryBytes);
        store.SetEpochDeadline(1);
        store.SetEpochDeadlineCallback(_ =>
        {
            StopIfTold();
            return 1;
        });
        store.SetWasiConfiguration(new WasiConfiguration()
            .WithArgs("python", "-s", "-S", "-B", "-c", runner.Source(_mark))
            .WithEnvironmentVariable("PYTHONHASHSEED", "0")
            .WithEnvironmentVariable("PYTHONUTF8", "1"));
        try
        {
            var start = linker.Instantiate(store, module).GetAction("_start")
                ?? throw new InvalidOperationException("the module exports no _start");
            start();
            return new InterpreterEndedException(RunStatus.Crash, "ended itself");
        }
        catch (TrapException e)
        {
            return new InterpreterEndedException(
                RunStatus.Crash, e.Type == TrapCode.StackOverflow ? "overflowed its stack" : $"its interpreter trapped: {e.Type}");
        }
        catch (WasmtimeException e)
        {
            return new InterpreterEndedException(
                RunStatus.Crash, e.ExitCode is { } code ? $"ended itself with exit code {code}" : WasmSandbox.FirstLine(e));
        }
    }

    /// <summary>Ends the program from within one of its own calls or loops.</summary>
    private void StopIfTold()
    {
        if (_stop is null && _deadline.IsOver)
            _stop = new InterpreterEndedException(
                RunStatus.Timeout, string.Create(CultureInfo.InvariantCulture, $"took more than {_deadline.Wall.TotalSeconds:0.#} s"));
        if (_stop is { } stop) throw stop;
    }

    /// <summary>Waits for the program to move; once time is up, only so long as it takes to stop. With the gate held.</summary>
    private void WaitWhile(Func<Turn, bool> waiting)
    {
        var last = _deadline.Left + Grace;
        var until = Environment.TickCount64 + (long)last.TotalMilliseconds;
        while (waiting(_turn) && Environment.TickCount64 < until)
            Monitor.Wait(_gate, Step(TimeSpan.FromMilliseconds(until - Environment.TickCount64)));
    }

    private Exception Ended()
    {
        var end = _end ?? _stop ?? new InterpreterEndedException(
            RunStatus.Timeout, "did not stop when it was told to");
        return _spoke ? end : new SandboxUnavailableException($"Python for WASI did not start: {end.Message}", end);
    }

    private static TimeSpan Step(TimeSpan left) =>
        left <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : left > TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : left;
}
