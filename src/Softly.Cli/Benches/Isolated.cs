using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Softly.Cli.Benches;

/// <summary>A measurement in a process of its own, told by lines of JSON.</summary>
internal static class Isolated
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What a measurement's process says, as a line.</summary>
    public static string Line(Word word) => JsonSerializer.Serialize(word, Form);

    /// <summary>Runs it to its end.</summary>
    /// <param name="scenario">What is measured.</param>
    /// <param name="options">As asked of this process.</param>
    /// <param name="hear">Takes words as they come.</param>
    /// <param name="stop">Ends the process at once: nothing is lost but its measurement.</param>
    /// <returns>Its exit code, and what it said of its failure.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (int Code, string Error) Run(
        Scenario scenario, BenchOptions options, Action<Word> hear, CancellationToken stop)
    {
        var host = Environment.ProcessPath!;
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
        };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var word in Words(scenario, options)) start.ArgumentList.Add(word);
        foreach (var (name, value) in scenario.Variables) start.Environment[name] = value;

        using var process = scenario.OneCore ? OnOneCore(start) : Process.Start(start)!;
        using var ending = stop.Register(() =>
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // it has ended by itself
            }
        });
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None); // its end is that of the process
        while (process.StandardOutput.ReadLine() is { } line)
        {
            // libraries may print too; only what is ours is heard
            if (!line.StartsWith('{')) continue;
            hear(JsonSerializer.Deserialize<Word>(line, Form)!);
        }
        process.WaitForExit();
        stop.ThrowIfCancellationRequested();
        return (process.ExitCode, error.Result.Trim());
    }

    private static IEnumerable<string> Words(Scenario scenario, BenchOptions options)
    {
        yield return "bench";
        foreach (var change in options.Changes) yield return change;
        yield return "--only";
        yield return scenario.Name;
        yield return "--threads";
        yield return $"{(scenario.OneCore ? 1 : options.Threads)}";
        yield return "--seed";
        yield return $"{options.Seed}";
        if (options.Quick) yield return "--quick";
        if (options.Model is not { } model) yield break;
        yield return "--model";
        yield return model;
    }

    /// <summary>
    /// Starts a process that has one core from its first moment on: what a thread is held to, the processes it starts are held to
    /// with all their threads.
    /// </summary>
    private static Process OnOneCore(ProcessStartInfo start)
    {
        if (!OperatingSystem.IsLinux())
        {
            var process = Process.Start(start)!;
            if (OperatingSystem.IsWindows()) process.ProcessorAffinity = 1;
            return process;
        }
        Process? started = null;
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                var mask = new ulong[16];
                if (sched_getaffinity(0, (nuint)(8 * mask.Length), mask) < 0)
                    throw new IOException("the system does not say which cores this process may use");
                var last = Enumerable.Range(0, 64 * mask.Length).Last(i => (mask[i / 64] >> (i % 64) & 1) == 1);
                var one = new ulong[16];
                one[last / 64] = 1UL << (last % 64);
                if (sched_setaffinity(0, (nuint)(8 * one.Length), one) != 0)
                    throw new IOException($"the system does not let this process be held to core {last}");
                started = Process.Start(start);
            }
            catch (Exception e)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        return started ?? throw fault!;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sched_getaffinity(int process, nuint bytes, [Out] ulong[] mask);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sched_setaffinity(int process, nuint bytes, ulong[] mask);
}
