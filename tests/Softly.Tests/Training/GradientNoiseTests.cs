using Softly.Algorithms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

public class GradientNoiseTests
{
    private static TrainingOptions Options(SamplingOptions sampling, int micro = 256) =>
        new() { PromptsPerStep = 3, GroupSize = 4, MicroBatch = micro, Sampling = sampling, Seed = 9 };

    private static (IAlgorithm Algorithm, SamplingOptions Sampling) Arm(string name) => name switch
    {
        "grpo" => (Methods.Get("grpo").Algorithm(), new SamplingOptions { MaxNewTokens = 3 }),
        "soft-grpo with KL" => (Methods.Get("soft-grpo").Algorithm(), Some.Soft(new GumbelSoftmax(), length: 3)),
        _ => (
            Methods.Get("soft-grpo").Algorithm(new LossOptions { Advantage = AdvantageKind.PassAt, PassAt = 2 }),
            Some.Soft(new GumbelWinner(), length: 3)),
    };

    private static GradientFigures Measure(Decoder model, string arm, int batches, int micro = 256, bool recomputes = false)
    {
        var (algorithm, sampling) = Arm(arm);
        using var engine = Some.Engine("torch", model);
        var task = new LuckyWord(["6", "7", "11", "15", "20"]);
        return new GradientNoise(
            model, Some.GeneratorFor(model, engine), algorithm, task, task.Problems(Split.Train, 20, 1), LuckyWord.Render,
            Options(sampling, micro) with { GradientCheckpointing = recomputes }).Measure(batches);
    }

    /// <summary>Every batch's gradient, one rollout at a time and all of them kept.</summary>
    private static double[][] Slow(Decoder model, string arm, int batches)
    {
        var (algorithm, sampling) = Arm(arm);
        var options = Options(sampling);
        using var engine = Some.Engine("torch", model);
        var generator = Some.GeneratorFor(model, engine);
        var task = new LuckyWord(["6", "7", "11", "15", "20"]);
        var order = new ProblemOrder(task.Problems(Split.Train, 20, 1), options.Seed);
        return [.. Enumerable.Range(0, batches).Select(b =>
        {
            using var scope = NewDisposeScope();
            foreach (var parameter in model.Parameters) parameter.grad?.zero_();
            var groups = generator.Generate(
                [.. order.After(3 * b, 3).Select(LuckyWord.Render)], 4, sampling, CounterNoise.Mix(options.Seed, (ulong)b));
            var size = new UpdateSize(groups.Sum(g => g.Rollouts.Sum(r => (long)r.Length)), 12);
            foreach (var group in groups)
            {
                var rewards = group.Rollouts.Select(r => task.Grade(group.Prompt.Problem, r.Text).Score).ToArray();
                var advantages = algorithm.Advantages([new ScoredGroup(rewards, [.. group.Rollouts.Select(r => r.Length)])])[0];
                for (var i = 0; i < 4; i++)
                {
                    using var batch = RolloutBatch.Collate([(group.Prompt, group.Rollouts[i], advantages[i])], CPU);
                    var density = Replay.LogDensities(model, batch);
                    if (algorithm.NeedsReference) batch.Reference = density.detach().clone();
                    algorithm.Loss(new StepScores(density), batch, size).Total.backward();
                }
            }
            return model.Parameters.SelectMany(p => Some.Host(p.grad!.reshape(-1))).ToArray();
        })];
    }

    [Theory]
    [InlineData("grpo")]
    [InlineData("soft-grpo with KL")]
    [InlineData("winner, pass@2")]
    public void Streaming_equals_keeping_every_gradient(string arm)
    {
        const int B = 5;
        using var model = Some.Model();
        var slow = Slow(model, arm, B);
        foreach (var parameter in model.Parameters) parameter.grad?.zero_();
        var fast = Measure(model, arm, B, micro: 5);

        var mean = Enumerable.Range(0, slow[0].Length).Select(i => slow.Average(g => g[i])).ToArray();
        var variance = Enumerable.Range(0, slow[0].Length)
            .Sum(i => slow.Sum(g => (g[i] - mean[i]) * (g[i] - mean[i])) / (B - 1));
        var meanSquare = mean.Sum(m => m * m);
        Assert.True(variance > 0);
        Assert.Equal(1, fast.Variance / variance, 1e-4);
        Assert.Equal(1, fast.MeanSquare / meanSquare, 1e-4);
        Assert.Equal((meanSquare - variance / B) / variance, fast.SignalToNoise, 1e-4);
        var worst = fast.Mean.Zip(mean, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst < 1e-5 * Math.Sqrt(meanSquare) + 1e-7, $"{worst}");
        Assert.All(model.Parameters, p => Assert.Equal(0, p.grad!.abs().sum().item<float>()));
    }

    [Fact]
    public void Layers_computed_again_give_the_same_figures()
    {
        using var model = Some.Model();
        var kept = Measure(model, "grpo", batches: 2);
        Assert.False(model.Recomputes);
        foreach (var parameter in model.Parameters) parameter.grad?.zero_();
        var again = Measure(model, "grpo", batches: 2, recomputes: true);
        Assert.True(model.Recomputes);
        Assert.Equal(kept.Mean, again.Mean);
        Assert.Equal(kept.Variance, again.Variance);
    }

    [Fact]
    public void Debiased_figures_find_signal_and_direction_under_noise()
    {
        // Gradients m + noise in 400 dimensions: |m|² = 4, total variance 400, so a batch's ratio is 0.01; two arms at 60°.
        const int D = 400, B = 64, Times = 40;
        var random = new Random(4);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        GradientFigures Draw(double x, double y)
        {
            var all = Enumerable.Range(0, B)
                .Select(_ => Enumerable.Range(0, D).Select(i => (i == 0 ? x : i == 1 ? y : 0) + Normal()).ToArray()).ToArray();
            var mean = Enumerable.Range(0, D).Select(i => all.Average(g => g[i])).ToArray();
            var variance = Enumerable.Range(0, D).Sum(i => all.Sum(g => Math.Pow(g[i] - mean[i], 2)) / (B - 1));
            return new GradientFigures(B, mean.Sum(m => m * m), variance, [.. mean.Select(m => (float)m)]);
        }
        var pairs = Enumerable.Range(0, Times).Select(_ => (A: Draw(2, 0), B: Draw(1, Math.Sqrt(3)))).ToList();
        // Standard errors of these means are about 0.0002 and 0.03.
        Assert.Equal(0.01, pairs.Average(p => p.A.SignalToNoise), 0.001);
        Assert.Equal(0.5, pairs.Average(p => p.A.Cosine(p.B)), 0.15);
        Assert.True(double.IsNaN(new GradientFigures(4, 1, 5, [1]).Cosine(new GradientFigures(4, 9, 1, [3]))));
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var model = Some.Model();
        Measure(model, "grpo", 2); // gradients are there from now on
        GC.Collect(); // what other tests left to the collector goes now, and not while this one counts
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        Measure(model, "winner", 3);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
