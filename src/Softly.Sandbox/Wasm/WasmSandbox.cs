using System.Diagnostics;
using Wasmtime;

namespace Softly.Sandbox.Wasm;

/// <summary>
/// CPython compiled to WebAssembly, in this process: a program there has no system calls but those that are given to it, which
/// are a clock, random numbers and its own channel. No root, no other software, on every platform.
/// </summary>
public sealed class WasmSandbox : ICodeSandbox
{
    /// <summary>The most that Wasmtime takes; more ends in a trap of the program's, not of the process.</summary>
    private const int NativeStack = 2 << 20;

    /// <summary>Room for the stack within the program's memory, in pages of 64 KiB: 8 MiB.</summary>
    private const int StackPages = 128;

    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);

    private readonly Config _config;
    private readonly Engine _engine;
    private readonly Module _module;
    private readonly Linker _linker;
    private readonly Ticker _ticker;

    private WasmSandbox(byte[] wasm, ModuleCache cache)
    {
        var clock = Stopwatch.StartNew();
        // The configuration belongs to the engine from then on.
        _config = new Config().WithEpochInterruption(true).WithMaximumStackSize(NativeStack);
        _engine = new Engine(_config);
        try
        {
            _module = cache.Load(_engine, wasm, $"epochs-{NativeStack >> 10}");
        }
        catch (WasmtimeException e)
        {
            _engine.Dispose();
            throw new SandboxUnavailableException($"python.wasm cannot be compiled: {FirstLine(e)}; {PythonWasm.Remedy}", e);
        }
        _linker = new Linker(_engine) { AllowShadowing = true };
        _linker.DefineWasi();
        WasiCalls.Define(_linker);
        _ticker = new Ticker(_engine);
        Compiled = !cache.WasThere;
        CacheTrouble = cache.Trouble;
        LoadSeconds = clock.Elapsed.TotalSeconds;
    }

    /// <inheritdoc />
    public string Name => "wasm";

    /// <inheritdoc />
    public string Version { get; } =
        $"CPython 3.12 for WASI in Wasmtime {typeof(Engine).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Python is some six times slower there: a grading has 30 s.</summary>
    public SandboxLimits Limits { get; } = new() { Wall = TimeSpan.FromSeconds(30) };

    /// <summary>Whether the module had to be compiled; else it was there from an earlier time.</summary>
    public bool Compiled { get; }

    /// <summary>How long loading or compiling the module took.</summary>
    public double LoadSeconds { get; }

    /// <summary>Why the compiled module is not kept; null where it is.</summary>
    public string? CacheTrouble { get; }

    /// <summary>Loads Python, compiling it where it has not been before (seconds).</summary>
    /// <param name="path">The file; where <see cref="PythonWasm.Find"/> finds it when null.</param>
    /// <param name="cache">Where compiled modules lie; the user's folder when null.</param>
    /// <exception cref="SandboxUnavailableException">There is no such file, or it is no such module.</exception>
    public static WasmSandbox Open(string? path = null, string? cache = null)
    {
        path ??= PythonWasm.Find()
            ?? throw new SandboxUnavailableException(
                $"the sandbox wasm needs Python for WASI, which is not there; {PythonWasm.Remedy}");
        try
        {
            var wasm = File.ReadAllBytes(path);
            if (PythonWasm.HashOf(wasm) == PythonWasm.Sha256) wasm = StackRoom.Widen(wasm, StackPages);
            return new WasmSandbox(wasm, new ModuleCache(cache ?? ModuleCache.UserFolder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxUnavailableException($"{path} cannot be read: {e.Message}; {PythonWasm.Remedy}", e);
        }
        catch (DllNotFoundException e)
        {
            throw new SandboxUnavailableException(
                $"Wasmtime's native library is not beside the program: build again for this platform ({e.Message})", e);
        }
    }

    /// <inheritdoc />
    public IInterpreter Start(Runner runner, SandboxLimits limits, Deadline deadline) =>
        new WasmInterpreter(_engine, _linker, _module, _ticker, runner, limits, deadline);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_ticker.Stop(LongestStop)) return; // what runs still stands on the rest: it is left to the end of the process
        _linker.Dispose();
        _module.Dispose();
        _engine.Dispose();
        _config.Dispose();
    }

    internal static string FirstLine(Exception e) => e.Message.Split('\n', 2)[0].Trim();
}
