using Softly.Algorithms;
using Softly.Generation;
using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;

namespace Softly.Tests.Training;

/// <summary>Whole steps through fused passes against the same through plain ones.</summary>
public sealed class FusedTrainerTests
{
    [Theory]
    [InlineData("grpo", false)]
    [InlineData("soft-grpo", false)]
    [InlineData("grpo", true)]
    [InlineData("soft-grpo", true)]
    public void Fused_updates_lead_where_plain_updates_lead(string method, bool half)
    {
        if (half && !BlockProduct.HasHalf) Assert.Skip("this processor has no products in bfloat16");
        var (plain, plainWeights) = Train(method, m => { });
        var (fused, fusedWeights) = Train(method, m => m.Fuse(half, workers: 2));
        // The first update has the same rollouts; from then on the two policies differ by rounding, and draws may part.
        var tolerance = half ? 3e-2 : 1e-4;
        Assert.Equal(plain[0]["reward"], fused[0]["reward"]);
        foreach (var name in new[] { "grad_norm", "entropy" })
            Assert.InRange(fused[0][name] / plain[0][name], 1 - tolerance, 1 + tolerance);
        Assert.InRange(fused[0]["sampling/sampling_logp_difference/max"], 0, half ? 0.2 : 1e-4);
        var moved = Distance(plainWeights[0], plainWeights[1]);
        Assert.True(moved > 0.01);
        Assert.InRange(Distance(plainWeights[1], fusedWeights[1]), 0, (half ? 0.3 : 0.02) * moved);
    }

    [Fact]
    public void Lessons_are_taught_the_same_through_fused_passes()
    {
        double[] Losses(bool fused)
        {
            using var model = Some.Model(deviation: 0.1);
            if (fused) model.Fuse(half: false, workers: 2);
            var losses = new List<double>();
            new SupervisedTrainer(model, new SupervisedOptions { Steps = 12, Batch = 9 }).Run(
                random =>
                {
                    int[] words = [random.Next(3, 23), random.Next(3, 23), random.Next(3, 23)];
                    MixtureRow[] targets = [.. words[..random.Next(1, 4)].Select(MixtureRow.Token), MixtureRow.Token(1)];
                    return
                    [
                        new Lesson(
                            Some.Prompt("p", words), targets, targets, [.. targets.Select((_, i) => i + 1 < targets.Length)]),
                    ];
                },
                (_, loss) => losses.Add(loss));
            return [.. losses];
        }
        var (plain, packed) = (Losses(false), Losses(true));
        Assert.True(packed[^1] < packed[0]);
        for (var i = 0; i < plain.Length; i++) Assert.InRange(packed[i] / plain[i], 1 - 1e-4, 1 + 1e-4);
    }

    [Theory]
    [InlineData(OldLogDensity.Auto)]
    [InlineData(OldLogDensity.Recompute)]
    public void Several_updates_a_step_work_through_fused_passes(OldLogDensity old)
    {
        var (metrics, _) = Train(
            "soft-grpo", m => m.Fuse(half: false, workers: 2), o => o with { MiniBatches = 2, Iterations = 2, MicroBatch = 7, Old = old });
        Assert.InRange(metrics[0]["ratio/mean"], 0.5, 2);
        Assert.True(metrics[0]["ratio/variance"] > 0);
    }

    /// <summary>Metrics of three steps; parameters before and after the first.</summary>
    private static (List<IReadOnlyDictionary<string, double>> Metrics, double[][] Weights) Train(
        string method, Action<Decoder> prepare, Func<TrainingOptions, TrainingOptions>? change = null)
    {
        using var model = Some.Model(deviation: 0.1);
        using var reference = Some.Model(deviation: 0.1);
        prepare(model);
        prepare(reference);
        using var engine = new SimdDecoder(model.Config, model.Named, workers: 1);
        var task = new LuckyWord(["6", "7", "11"]);
        var options = new TrainingOptions
        {
            Steps = 3, PromptsPerStep = 6, GroupSize = 8, LearningRate = 1e-3, Schedule = Schedule.Constant,
            Sampling = method == "grpo" ? new SamplingOptions { MaxNewTokens = 7 } : Some.Soft(new GumbelSoftmax(0.5), topK: 23, topP: 1, length: 7),
        };
        using var trainer = new Trainer(
            model, reference, engine, Some.GeneratorFor(model, engine), Methods.Get(method).Algorithm(), task,
            task.Problems(Split.Train, 20, 1), LuckyWord.Render, change?.Invoke(options) ?? options);
        var weights = new List<double[]> { Weights() };
        var metrics = new List<IReadOnlyDictionary<string, double>>();
        for (var step = 0; step < 3; step++)
        {
            metrics.Add(trainer.Step().Metrics);
            if (step == 0) weights.Add(Weights());
        }
        return (metrics, [.. weights]);

        double[] Weights() => [.. model.Parameters.SelectMany(p => Some.Host(p))];
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
