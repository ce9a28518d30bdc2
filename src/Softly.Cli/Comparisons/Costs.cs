using System.Diagnostics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Models;
using Softly.Training;

namespace Softly.Cli.Comparisons;

/// <summary>What things cost on this machine, tried out for a moment before the work begins.</summary>
/// <param name="WarmStart">Seconds of the whole warm start.</param>
/// <param name="Step">Seconds of a training step on one thread.</param>
/// <param name="Answer">Seconds of an answer in an evaluation on one thread.</param>
internal sealed record Costs(double WarmStart, double Step, double Answer)
{
    private const int Updates = 4, Problems = 30;

    /// <summary>Seconds of an evaluation.</summary>
    public double Evaluation(int problems, int samples) => problems * samples * Answer;

    /// <summary>Tries a few updates, batches and answers of an arm.</summary>
    /// <param name="start">
    /// The start where it is made already, an adapter on it where arms train one; a new model costs the same.
    /// </param>
    /// <param name="arm">The arm.</param>
    public static Costs Measure(string? start, ComparisonArm arm)
    {
        var recipe = arm.Recipe with { Threads = 1, WarmStartSteps = 0 };
        var setup = new Setup(recipe, start);
        using var model = start is null ? setup.MakeModel() : setup.MakePolicy(start);
        var clock = Stopwatch.StartNew();
        var warm = 0.0;
        if (start is null && arm.Recipe.WarmStartSteps > 0)
        {
            // As the start is taught, which may think otherwise than the arm.
            var teaching = new Setup(arm.Start.Recipe with { Threads = 1, WarmStartSteps = Updates });
            var lessons = new WarmStart(teaching, Reporter.Quiet);
            lessons.Run(model, teaching.Problems.Train(), CancellationToken.None); // the first updates are slow
            clock.Restart();
            lessons.Run(model, teaching.Problems.Train(), CancellationToken.None);
            warm = clock.Elapsed.TotalSeconds / Updates * arm.Recipe.WarmStartSteps;
        }
        Adapt(model, setup);
        using var bench = setup.MakeWorkbench(model);
        double step = 0;
        new GradientNoise(
            model, bench.Generator, setup.Algorithm, setup.Task, setup.Problems.Train(), bench.Reader.Read,
            setup.Settings.Training(setup.Sampling)).Measure(3, done =>
            {
                if (done > 1) step += clock.Elapsed.TotalSeconds / 2;
                clock.Restart();
            });
        var problems = setup.Problems.Tests()[0].Problems.Take(Problems).Select(bench.Reader.Read).ToList();
        clock.Restart();
        new Evaluator(bench.Generator, setup.Task).Run(problems, recipe.EvalSamples, setup.Sampling, 1);
        return new Costs(warm, step, clock.Elapsed.TotalSeconds / problems.Count / recipe.EvalSamples);
    }

    /// <summary>Puts an adapter on the model where arms train one and it has none yet, as after a warm start.</summary>
    internal static void Adapt(Decoder model, Setup setup)
    {
        if (setup.Lora is not { } lora || model.Adapter is not null) return;
        var adapter = new LoraAdapter(model.Config, lora, model.Type, model.Device);
        adapter.Initialize(setup.Recipe.Seed);
        model.Attach(adapter);
    }
}
