using System.Globalization;

namespace Softly.Cli.Benches;

/// <summary>What a step is made of.</summary>
/// <param name="Algorithm">The method.</param>
/// <param name="Prompts">Problems a step.</param>
/// <param name="PromptTokens">Tokens of each.</param>
/// <param name="Group">Completions of each.</param>
/// <param name="NewTokens">Tokens of each completion; none ends earlier.</param>
internal sealed record StepSizes(string Algorithm, int Prompts, int PromptTokens, int Group, int NewTokens)
{
    /// <summary>The weight of the divergence from the frozen start; 0 needs no reference.</summary>
    public double Beta { get; init; }

    /// <summary>For readers.</summary>
    public string Words => $"{Prompts} prompts of {PromptTokens} × {Group} completions of {NewTokens}";

    /// <summary>Something of the same kind that is done at once.</summary>
    public StepSizes Quick() => this with
    {
        Prompts = Math.Min(Prompts, 2), PromptTokens = Math.Min(PromptTokens, 6), Group = Math.Min(Group, 4),
        NewTokens = Math.Min(NewTokens, 6),
    };

    public IReadOnlyList<string> Recipe =>
    [
        $"algorithm={Algorithm}", $"prompts_per_step={Prompts}", $"num_generations={Group}", $"max_completion_length={NewTokens}",
        "train_problems=64", string.Create(CultureInfo.InvariantCulture, $"beta={Beta}"), "max_steps=1000000",
        "mini_batches=1", "num_iterations=1",
    ];
}

/// <summary>
/// A whole training step as a run makes it, prompt to update, by the trainer's own clock: rollout until the last grade, update
/// from there to the end (what is collated, the optimizer, and the engine that takes the new weights in are all in it).
/// </summary>
/// <param name="name">Name.</param>
/// <param name="part">Part.</param>
/// <param name="about">What it is.</param>
/// <param name="seconds">Estimate.</param>
/// <param name="shape">The model; null for the large one.</param>
/// <param name="sizes">The step.</param>
internal class StepScenario(string name, string part, string about, double seconds, Shape? shape, StepSizes sizes)
    : Scenario(name, part, about, seconds)
{
    /// <summary>Names behind which rollout and update are measured as well.</summary>
    private const string Rollout = ": rollout", Update = ": update";

    /// <summary>Only the update counts, and stands under the plain name.</summary>
    public bool UpdateOnly { get; init; }

    /// <summary>Products of the update in bfloat16, where the processor has them.</summary>
    public bool Half { get; init; }

    public bool Alone { get; init; }

    public override bool OneCore => Alone;

    public override IReadOnlyList<string> Own => sizes.Recipe;

    public override void Run(Bench bench)
    {
        var asked = bench.Options.Quick ? sizes.Quick() : sizes;
        var threads = bench.Options.Threads;
        bench.SeeLimits(threads);
        using var rig = new Rig(
            bench, shape is null ? bench.Large : bench.Of(shape), asked.PromptTokens, asked.Recipe,
            shape is null || Half ? bench.Options.HalfWhereItCan(decoding: shape is null, training: true) : [], training: true);
        using var trainer = rig.MakeTrainer();
        long promptTokens = (long)asked.Prompts * asked.PromptTokens, newTokens = 0;
        var steps = 0;
        var timings = bench.Patience.Measure(() =>
        {
            var report = trainer.Step();
            newTokens = report.Groups.Sum(g => g.Rollouts.Sum(r => (long)r.Length));
            steps = report.Groups.Max(g => g.Rollouts.Max(r => r.Length));
            if (newTokens != (long)asked.Prompts * asked.Group * asked.NewTokens)
                throw new InvalidOperationException($"{newTokens} new tokens: a completion ended before {asked.NewTokens}");
            return new Dictionary<string, double>
            {
                [""] = report.Metrics["step_time"], [Rollout] = report.Metrics["timing/rollout"],
                [Update] = report.Metrics["timing/update"],
            };
        }, bench.Doing);
        bench.SeeLimits(threads);

        var matrices = rig.Shape.MatrixParameters;
        rig.Setting["sizes"] = asked.Words;
        var update = Work.Update(matrices, promptTokens, newTokens);
        if (UpdateOnly)
        {
            Tell("", Update, update);
            return;
        }
        Tell("", "", Work.Step(matrices, promptTokens, newTokens));
        Tell(Rollout, Rollout, Work.Rollout(matrices, promptTokens, newTokens, steps, rig.WeightBytes));
        Tell(Update, Update, update);

        void Tell(string behind, string timed, Work work) =>
            bench.Measured(new Measurement(Name + behind, threads, timings[timed], work)
            {
                Setting = rig.Setting, IsAsked = rig.IsAsked(shape),
            });
    }
}
