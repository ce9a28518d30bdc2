using System.Diagnostics;
using System.Runtime.InteropServices;
using Softly.Runs;

namespace Softly.Cli.Benches;

/// <summary>Measures one scenario after the other and makes a document of what they say.</summary>
/// <param name="options">What was asked.</param>
/// <param name="reporter">Where progress is told.</param>
internal sealed class BenchRun(BenchOptions options, Reporter reporter)
{
    private readonly List<Measurement> _measured = [];
    private readonly Dictionary<(string What, int Threads), Ceiling> _limits = [];
    private readonly Dictionary<string, string> _skipped = [], _failed = [];

    /// <summary>The worst exit code of a measurement that broke; 0 where none did.</summary>
    public int Code { get; private set; }

    /// <summary>Whether Ctrl-C came before the end: what was not measured by then is among what was left out.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Measures.</summary>
    /// <param name="scenarios">What.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="stop">Ctrl-C.</param>
    public BenchDocument Measure(IReadOnlyList<Scenario> scenarios, string command, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var planned = scenarios.Sum(s => s.Seconds);
        double done = 0, pace = options.Quick ? 0.05 : 1; // the estimates are for one kind of machine: how far off they are here
        for (var i = 0; i < scenarios.Count; i++)
        {
            var scenario = scenarios[i];
            var began = clock.Elapsed.TotalSeconds;
            var at = $"{i + 1}/{scenarios.Count} {scenario.Name}";
            Tell("starting");
            int code;
            string error;
            try
            {
                (code, error) = Isolated.Run(scenario, options, word => Hear(scenario, word, Tell), stop);
            }
            catch (OperationCanceledException)
            {
                Stopped = true;
                foreach (var left in scenarios.Skip(i)) _skipped[left.Name] = "stopped";
                break;
            }
            if (code != ExitCode.Ok)
            {
                _failed[scenario.Name] = error.Length > 0 ? error : $"its process ended with {code}";
                Code = Math.Max(Code, code is ExitCode.WrongInput or ExitCode.Machine ? code : ExitCode.Fault);
                if (code == ExitCode.WrongInput) throw new UserError(error);
                reporter.Say($"{at}: failed: {_failed[scenario.Name]}");
            }
            done += scenario.Seconds;
            pace = clock.Elapsed.TotalSeconds / done;

            void Tell(string what)
            {
                var rest = Math.Max(0, scenario.Seconds * pace - (clock.Elapsed.TotalSeconds - began));
                var left = rest + (planned - done - scenario.Seconds) * pace;
                reporter.Progress($"{at}: {what} · about {HumanTime.Format(left)} left");
            }
        }
        return new BenchDocument
        {
            Machine = BenchDocument.ThisMachine, Processor = BenchDocument.ThisProcessor, Date = BenchDocument.Today,
            Command = command, Load = BenchDocument.LoadNow,
            Runtime = $"{RuntimeInformation.FrameworkDescription}, libtorch {TorchSharp.torch.__version__}",
            Threads = options.Threads, Seed = options.Seed, Quick = options.Quick,
            Ceilings = [.. _limits.Values.OrderBy(c => c.What, StringComparer.Ordinal).ThenBy(c => c.Threads)],
            Measurements = _measured, Skipped = _skipped, Failed = _failed,
        };
    }

    private void Hear(Scenario scenario, Word word, Action<string> tell)
    {
        if (word.Doing is { } what) tell(what);
        if (word.Ceiling is { } seen
            && !(_limits.TryGetValue((seen.What, seen.Threads), out var best) && best.Value >= seen.Value))
            _limits[(seen.What, seen.Threads)] = seen;
        if (word.Measured is { } measured)
        {
            _measured.Add(measured);
            reporter.Record(measured);
            tell($"{HumanTime.Format(measured.Seconds.Best)}, {measured.TokensPerSecond:N0} tokens/s");
        }
        if (word.Skipped is not { } why) return;
        _skipped[scenario.Name] = why;
        reporter.Say($"{scenario.Name}: skipped: {why}");
    }
}
