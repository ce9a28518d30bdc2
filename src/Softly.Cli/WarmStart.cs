using System.Diagnostics;
using Softly.Generation;
using Softly.Models;
using Softly.Runs;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Cli;

/// <summary>Supervised updates on a task's worked solutions, with progress.</summary>
internal sealed class WarmStart(Setup setup, Reporter reporter)
{
    /// <summary>Called after every update with its number, for whoever shows several at once.</summary>
    public Action<int>? Seen { get; init; }

    /// <summary>Teaches a model in place; stops after the current update when asked to.</summary>
    /// <returns>The last loss.</returns>
    public double Run(Decoder model, IReadOnlyList<Problem> problems, CancellationToken stop)
    {
        var options = setup.Settings.WarmStart.Options(setup.Sampling);
        var eta = new Eta(options.Steps);
        var clock = Stopwatch.StartNew();
        var reader = new ProblemReader(setup.Tokenizer);
        return new SupervisedTrainer(model, options).Run(
            random => setup.Settings.WarmStart.Draw(setup.Task, problems, reader, random, setup.Sampling),
            (step, loss) =>
            {
                eta.Step(clock.Elapsed);
                clock.Restart();
                reporter.Progress(
                    $"warm start {step}/{options.Steps} · loss {loss:F3} · {HumanTime.Format(eta.Left ?? TimeSpan.Zero)} left",
                    important: step == options.Steps);
                Seen?.Invoke(step);
            },
            stop);
    }
}
