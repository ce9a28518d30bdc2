using System.Diagnostics;
using Softly.Sampling;

namespace Softly.Cli.Benches;

/// <summary>What is drawn.</summary>
/// <param name="Rows">Completions that decode together.</param>
/// <param name="PromptTokens">Tokens of the one prompt that they share.</param>
/// <param name="NewTokens">Tokens of each.</param>
/// <param name="Soft">Whether steps are mixtures.</param>
internal sealed record DecodeSizes(int Rows, int PromptTokens, int NewTokens, bool Soft)
{
    /// <summary>Tokens kept for a mixture.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>The time to the first token is taken off, and so is the first token.</summary>
    public bool WithoutPrompt { get; init; }

    public DecodeSizes Quick() => this with
    {
        Rows = Math.Min(Rows, 6), PromptTokens = Math.Min(PromptTokens, 6), NewTokens = Math.Min(NewTokens, 6),
    };

    public IReadOnlyList<string> Recipe => Soft
        ? ["algorithm=soft-grpo", $"max_completion_length={NewTokens}", $"top_k={TopK}", "top_p=0.95",
            "gumbel_softmax_temperature=0.1", "beta=0", "train_problems=1"]
        : ["algorithm=grpo", $"max_completion_length={NewTokens}", "beta=0", "train_problems=1"];
}

/// <summary>
/// Drawing by the generator, as rollouts are drawn: the prompt once, then all rows step by step, with noise and records.
/// </summary>
/// <param name="name">Name.</param>
/// <param name="part">Part.</param>
/// <param name="about">What it is.</param>
/// <param name="seconds">Estimate.</param>
/// <param name="shape">The model; null for the large one.</param>
/// <param name="sizes">What is drawn.</param>
internal sealed class DecodeScenario(string name, string part, string about, double seconds, Shape? shape, DecodeSizes sizes)
    : Scenario(name, part, about, seconds)
{
    public override IReadOnlyList<string> Own => sizes.Recipe;

    public override void Run(Bench bench)
    {
        var asked = bench.Options.Quick ? sizes.Quick() : sizes;
        var threads = bench.Options.Threads;
        bench.SeeLimits(threads);
        using var rig = new Rig(
            bench, shape is null ? bench.Large : bench.Of(shape), asked.PromptTokens, asked.Recipe,
            shape is null ? bench.Options.HalfWhereItCan(decoding: true, training: false) : [], training: false);
        var timing = bench.Patience.Measure(() =>
        {
            var seconds = Draw(rig.Setup.Sampling);
            if (asked.WithoutPrompt) seconds -= Draw(rig.Setup.Sampling with { MaxNewTokens = 1 });
            return new Dictionary<string, double> { [""] = seconds };
        }, bench.Doing)[""];
        bench.SeeLimits(threads);
        bench.Saw(Ceilings.Reading(threads, bench.Options.Quick ? 64L << 20 : 256L << 20, 3));
        rig.Setting["sizes"] = $"{asked.Rows} rows after one prompt of {asked.PromptTokens}, {asked.NewTokens} new tokens each, "
            + (asked.Soft ? $"mixtures of at most {asked.TopK}" : "plain tokens");
        var (prompt, steps) = asked.WithoutPrompt ? (0, asked.NewTokens - 1) : (asked.PromptTokens, asked.NewTokens);
        bench.Measured(new Measurement(
            Name, threads, timing,
            Work.Rollout(rig.Shape.MatrixParameters, prompt, (long)asked.Rows * steps, steps, rig.WeightBytes))
        {
            Setting = rig.Setting, IsAsked = rig.IsAsked(shape),
        });

        double Draw(SamplingOptions sampling)
        {
            var clock = Stopwatch.StartNew();
            var drawn = rig.Workbench.Generator.Generate(rig.Prompts, asked.Rows, sampling, (ulong)bench.Options.Seed);
            var seconds = clock.Elapsed.TotalSeconds;
            if (drawn.Any(g => g.Rollouts.Any(r => r.Length != sampling.MaxNewTokens)))
                throw new InvalidOperationException($"a completion ended before {sampling.MaxNewTokens} tokens");
            return seconds;
        }
    }
}
