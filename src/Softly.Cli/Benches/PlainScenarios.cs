using System.Diagnostics;
using Softly.Models;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli.Benches;

/// <summary>Drawing mixtures with <see cref="PlainLoop"/>: the baseline of the tiny model's decoding.</summary>
/// <param name="name">Name.</param>
/// <param name="about">What it is.</param>
/// <param name="sizes">As of the generator that it is told beside.</param>
/// <param name="alone">Whether it has one thread whatever was asked.</param>
/// <param name="spins">Whether libtorch's threads spin while they wait (its default), or sleep as ours do.</param>
internal sealed class PlainDecodeScenario(string name, string about, DecodeSizes sizes, bool alone, bool spins)
    : Scenario(name, "rollouts", about, 25)
{
    public override IReadOnlyDictionary<string, string> Variables =>
        new Dictionary<string, string> { ["OMP_WAIT_POLICY"] = spins ? "ACTIVE" : "PASSIVE" };

    public override void Run(Bench bench)
    {
        var asked = bench.Options.Quick ? sizes.Quick() : sizes;
        var shape = bench.Of(Shape.Tiny);
        var threads = alone ? 1 : bench.Options.Threads;
        bench.SeeLimits(threads);
        set_num_threads(threads);
        using var model = new Decoder(shape.Config);
        model.Initialize(bench.Options.Seed);
        using var loop = new PlainLoop(model);
        using var ids = PlainStepScenario.Prompts(bench, shape, 1, asked.Rows, asked.PromptTokens); // (B, T)
        using Scalar topP = 0.95.ToScalar(), temperature = 0.1.ToScalar();
        var timing = bench.Patience.Measure(() =>
        {
            using var scope = NewDisposeScope();
            var logits = loop.Start(ids, asked.NewTokens);
            for (var step = 0; step < asked.NewTokens; step++)
            {
                using var inner = NewDisposeScope();
                var (chosen, weights) = PlainLoop.Mixture(logits, asked.TopK, topP, temperature);
                logits.Dispose();
                if (step + 1 < asked.NewTokens) logits = loop.Step(chosen, weights).MoveToOuterDisposeScope();
            }
        }, bench.Doing);
        bench.SeeLimits(threads);
        long newTokens = (long)asked.Rows * asked.NewTokens;
        bench.Measured(new Measurement(
            Name, threads, timing,
            Work.Rollout(shape.MatrixParameters, asked.PromptTokens, newTokens, asked.NewTokens, sizeof(float)))
        {
            IsAsked = !bench.Options.Quick,
            Setting = new Dictionary<string, string>
            {
                ["model"] = shape.Name, ["waiting threads"] = spins ? "spin" : "sleep",
                ["sizes"] = $"{asked.Rows} rows with a prompt of {asked.PromptTokens} each, {asked.NewTokens} new tokens each",
            },
        });
    }
}

/// <summary>
/// A training step as one would write it by hand: every completion with its own copy of the prompt, drawn by
/// <see cref="PlainLoop"/>; the update on rows as wide as the longest, logits of every position over the whole vocabulary, their
/// log-softmax, and the chosen ones out of it. Clipping and optimizer are ours, which are faster than TorchSharp's.
/// </summary>
/// <param name="name">Name.</param>
/// <param name="about">What it is.</param>
/// <param name="sizes">As of the step that it is told beside.</param>
/// <param name="alone">Whether it has one thread whatever was asked.</param>
internal sealed class PlainStepScenario(string name, string about, StepSizes sizes, bool alone)
    : Scenario(name, "step", about, 60)
{
    public override void Run(Bench bench)
    {
        var asked = bench.Options.Quick ? sizes.Quick() : sizes;
        var shape = bench.Of(Shape.Tiny);
        var threads = alone ? 1 : bench.Options.Threads;
        bench.SeeLimits(threads);
        set_num_threads(threads);
        using var model = new Decoder(shape.Config);
        model.Initialize(bench.Options.Seed);
        using var optimizer = new FusedAdamW(model.Parameters);
        var update = new Update(
            model.Parameters, optimizer, new LearningRate(1e-6, 0, 1_000_000, Schedule.Constant), maxGradientNorm: 1);
        using var loop = new PlainLoop(model);
        using var prompts = Prompts(bench, shape, asked.Prompts, asked.Group, asked.PromptTokens); // (B, T)
        var random = new Random(bench.Options.Seed);
        var timings = bench.Patience.Measure(() =>
        {
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            loop.Refresh();
            var drawn = Draw(loop, prompts, asked.NewTokens); // (B, N)
            var advantages = Advantages(random, asked);
            var rollout = clock.Elapsed.TotalSeconds;
            Loss(model, prompts, drawn, advantages).backward();
            update.Apply();
            var all = clock.Elapsed.TotalSeconds;
            return new Dictionary<string, double> { [""] = all, [": rollout"] = rollout, [": update"] = all - rollout };
        }, bench.Doing);
        bench.SeeLimits(threads);
        // Told in the same work as ours, though it does more: prompts are computed for every completion.
        long promptTokens = (long)asked.Prompts * asked.PromptTokens,
            newTokens = (long)asked.Prompts * asked.Group * asked.NewTokens;
        var setting = new Dictionary<string, string>
        {
            ["model"] = shape.Name,
            ["sizes"] = asked.Words,
        };
        Tell("", Work.Step(shape.MatrixParameters, promptTokens, newTokens));
        Tell(": rollout", Work.Rollout(shape.MatrixParameters, promptTokens, newTokens, asked.NewTokens, sizeof(float)));
        Tell(": update", Work.Update(shape.MatrixParameters, promptTokens, newTokens));

        void Tell(string timed, Work work) => bench.Measured(
            new Measurement(Name + timed, threads, timings[timed], work) { Setting = setting, IsAsked = !bench.Options.Quick });
    }

    /// <summary>Random prompts, each as many times as its group has members.</summary>
    /// <returns>(P · G, T) int64.</returns>
    public static Tensor Prompts(Bench bench, Shape shape, int prompts, int group, int tokens)
    {
        var random = new Random(bench.Options.Seed);
        var ids = new long[prompts * group * tokens];
        for (var p = 0; p < prompts; p++)
        {
            var prompt = ids.AsSpan(p * group * tokens, tokens);
            foreach (ref var id in prompt) id = random.Next(shape.Config.VocabularySize);
            for (var g = 1; g < group; g++) prompt.CopyTo(ids.AsSpan((p * group + g) * tokens, tokens));
        }
        return tensor(ids, [prompts * group, tokens]);
    }

    private static Tensor Draw(PlainLoop loop, Tensor prompts, int count)
    {
        using var scope = NewDisposeScope();
        var tokens = new List<Tensor>();
        var logits = loop.Start(prompts, count);
        for (var step = 0; step < count; step++)
        {
            var token = PlainLoop.Token(logits); // (B, 1)
            tokens.Add(token);
            logits.Dispose();
            if (step + 1 < count) logits = loop.Step(token, token);
        }
        return cat(tokens, 1).MoveToOuterDisposeScope(); // (B, N)
    }

    private static Tensor Advantages(Random random, StepSizes sizes)
    {
        var all = new List<float>();
        for (var p = 0; p < sizes.Prompts; p++)
        {
            var rewards = Enumerable.Range(0, sizes.Group).Select(_ => random.NextDouble()).ToArray();
            var mean = rewards.Average();
            var deviation = Math.Sqrt(rewards.Sum(r => (r - mean) * (r - mean)) / (sizes.Group - 1));
            all.AddRange(rewards.Select(r => (float)((r - mean) / (deviation + 1e-4))));
        }
        return tensor(all.ToArray(), [all.Count, 1]); // (B, 1)
    }

    /// <summary>GRPO's loss of one update a rollout, in which the ratio is 1 and its gradient is what counts.</summary>
    private static Tensor Loss(Decoder model, Tensor prompts, Tensor drawn, Tensor advantages)
    {
        using var scope = NewDisposeScope();
        long t = prompts.shape[1], n = drawn.shape[1];
        var whole = cat([prompts, drawn.narrow(1, 0, n - 1)], 1);                       // (B, T + N − 1)
        Tensor inputs;
        using (no_grad()) inputs = model.Embed(whole);                                  // (B, T + N − 1, D)
        var logits = nn.functional.linear(model.Forward(inputs), model.Head);           // (B, T + N − 1, V)
        var logP = logits.log_softmax(-1).narrow(1, t - 1, n).gather(2, drawn.unsqueeze(2)).squeeze(2); // (B, N)
        var ratio = logP.sub(logP.detach()).exp();
        return ratio.mul(advantages).mean().neg().MoveToOuterDisposeScope();
    }
}
