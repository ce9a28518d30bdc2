using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Softly.Cli.Planning;
using Softly.Models;
using Softly.Sandbox;
using Softly.Sandbox.Wasm;
using TorchSharp;

namespace Softly.Cli;

/// <summary>A sandbox, and whether it ran a program.</summary>
internal sealed record SandboxCheck
{
    public required string Name { get; init; }
    public bool Works { get; init; }

    /// <summary>What runs programs; null where nothing does.</summary>
    public string? Version { get; init; }

    /// <summary>Loading it, in seconds; for wasm with compiling, where that had not been done before.</summary>
    public double? LoadSeconds { get; init; }

    /// <summary>Whether Python had to be compiled for this machine.</summary>
    public bool Compiled { get; init; }

    /// <summary>A smallest grading, both interpreters and all, in seconds: the best of three.</summary>
    public double? RunSeconds { get; init; }

    /// <summary>What is wrong and what to do about it; null where nothing is.</summary>
    public string? Trouble { get; init; }
}

/// <summary>What this machine has of what Softly uses.</summary>
internal sealed record Checkup
{
    private const int Runs = 3;

    public required IReadOnlyList<SandboxCheck> Sandboxes { get; init; }

    /// <summary>libtorch's version; null where it does not load.</summary>
    public string? Torch { get; init; }

    /// <summary>Why it does not load.</summary>
    public string? TorchTrouble { get; init; }

    /// <summary>Products by libtorch's generated kernels: in single precision, in bfloat16.</summary>
    public bool GeneratedKernels { get; init; }

    /// <summary>Products in bfloat16.</summary>
    public bool HalfKernels { get; init; }

    /// <summary>What the processor can do, of what makes a difference here.</summary>
    public required IReadOnlyList<string> Processor { get; init; }

    public int Cores { get; init; }

    /// <summary>Memory that can still be had; null where unknown.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Room in the working folder's file system; null where unknown.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Looks at everything, and runs a program in each sandbox.</summary>
    public static Checkup Make(Action<string> doing)
    {
        var sandboxes = Softly.Sandbox.Sandboxes.Names.Select(name =>
        {
            doing($"running a program in {name}");
            return Check(name);
        }).ToList();
        doing("loading libtorch");
        string? torch = null, trouble = null;
        try
        {
            NativeTorch.Load();
            torch = TorchSharp.torch.__version__;
        }
        catch (NativeTorchMissing e)
        {
            trouble = e.Message;
        }
        return new Checkup
        {
            Sandboxes = sandboxes, Torch = torch, TorchTrouble = trouble,
            GeneratedKernels = torch is not null && SimdDecoder.SupportsLarge,
            HalfKernels = torch is not null && SimdDecoder.SupportsHalf,
            Processor = [RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), .. Features()],
            Cores = Environment.ProcessorCount, MemoryBytes = Machine.AvailableBytes(), DiskBytes = Disk(),
        };
    }

    private static SandboxCheck Check(string name)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            using var sandbox = Softly.Sandbox.Sandboxes.Open(name);
            var loaded = clock.Elapsed.TotalSeconds;
            var judge = new ProgramJudge(sandbox);
            var problem = new CodeProblem("f", null, ["assert f(1) == 2"], [], "");
            var runs = Enumerable.Range(0, Runs).Select(_ => judge.Judge(problem, "def f(x):\n    return x + 1\n")).ToList();
            var wrong = runs.FirstOrDefault(r => r.Status != RunStatus.Passed);
            var wasm = sandbox as WasmSandbox;
            return new SandboxCheck
            {
                Name = name, Works = wrong is null, Version = sandbox.Version, LoadSeconds = loaded,
                Compiled = wasm?.Compiled == true, RunSeconds = runs.Min(r => r.Seconds),
                Trouble = wrong is null ? wasm?.CacheTrouble
                    : $"a program that is right came to {wrong.Status.Name()}: {wrong.Reason}",
            };
        }
        catch (SandboxUnavailableException e)
        {
            return new SandboxCheck { Name = name, Trouble = e.Message };
        }
    }

    private static IEnumerable<string> Features() => new (string Name, bool Has)[]
    {
        ("avx2", Avx2.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bf16", HasCpuFlag("avx512_bf16")),
        ("amx_bf16", HasCpuFlag("amx_bf16")),
    }.Where(f => f.Has).Select(f => f.Name);

    private static bool HasCpuFlag(string flag)
    {
        try
        {
            return File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal))
                ?.Split(' ').Contains(flag) == true;
        }
        catch (IOException)
        {
            return false; // another system
        }
    }

    private static long? Disk()
    {
        try
        {
            return new DriveInfo(Environment.CurrentDirectory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
