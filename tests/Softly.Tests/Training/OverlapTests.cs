using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Models;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Tests.Training;

/// <summary>Rollouts drawn beside the update before them: by the policy of before it, and corrected for.</summary>
public sealed class OverlapTests
{
    private static readonly TrainingOptions Options = new()
    {
        Steps = 4, PromptsPerStep = 6, GroupSize = 6, LearningRate = 2e-2, Schedule = Schedule.Constant, Overlap = true,
        Sampling = Some.Soft(new Softly.Sampling.GumbelSoftmax(0.5), length: 6),
    };

    private static PolicyGradient Corrected() => new(new LossOptions { Correction = MismatchCorrection.TokenTruncate });

    [Fact]
    public void Every_step_but_the_first_is_drawn_by_the_policy_of_one_update_before()
    {
        using var model = Some.Model(deviation: 0.1);
        var (trainer, owned) = Make(model, Options);
        using var before = Some.Model(deviation: 0.1);
        using var frozen = new SimdDecoder(before.Config, before.Named, workers: 1);
        for (var step = 0; step < 4; step++)
        {
            // Each step's rollouts can be drawn again by a copy of the policy that drew them: at the second step still the start's.
            using var policy = Some.Model(deviation: 0.1);
            policy.CopyFrom(model);
            var report = trainer.Step();
            Assert.Equal(step == 0 ? 0 : 1, report.Metrics["sampling/policy_age"]);
            frozen.Refresh();
            var seed = Softly.Sampling.CounterNoise.Mix(Options.Seed, (ulong)step);
            var again = Some.GeneratorFor(before, frozen).Generate(
                [.. report.Groups.Select(g => g.Prompt)], Options.GroupSize, Options.Sampling, seed);
            Assert.Equal(
                again.SelectMany(g => g.Rollouts).Select(r => r.Text), report.Groups.SelectMany(g => g.Rollouts).Select(r => r.Text));
            if (step > 0) before.CopyFrom(policy); // the next step was drawn beside this update, by what stood before it
        }
        foreach (var item in owned) item.Dispose();
    }

    [Fact]
    public void A_policy_of_one_update_before_needs_a_correction()
    {
        using var model = Some.Model();
        var refusal = Assert.Throws<ArgumentException>(() => Make(model, Options, Some.Grpo()));
        Assert.Contains("importance_sampling_correction: token_truncate", refusal.Message);
    }

    [Fact]
    public void A_bandit_is_learned_one_step_off_policy()
    {
        using var model = Some.Model(deviation: 0.1);
        var (trainer, owned) = Make(
            model, Options with
            {
                Steps = 60, PromptsPerStep = 8, GroupSize = 8, LearningRate = 5e-3,
                Sampling = new Softly.Sampling.SamplingOptions { MaxNewTokens = 1 },
            });
        var rewards = Enumerable.Range(0, 60).Select(_ => trainer.Step().Metrics["reward"]).ToArray();
        foreach (var item in owned) item.Dispose();
        Assert.True(rewards.Take(5).Average() < 0.3, $"starts at {rewards.Take(5).Average()}");
        Assert.True(rewards.TakeLast(10).Average() > 0.8, $"ends at {rewards.TakeLast(10).Average()}");
    }

    [Fact]
    public void A_stop_while_the_next_step_is_drawn_is_heard()
    {
        using var model = Some.Model(deviation: 0.1);
        var (trainer, owned) = Make(model, Options);
        using var stop = new CancellationTokenSource();
        trainer.Step(stop.Token);
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => trainer.Step(stop.Token));
        Assert.Equal(1, trainer.StepsDone);
        foreach (var item in owned) item.Dispose();
    }

    private static (Trainer Trainer, IDisposable[] Owned) Make(
        Decoder model, TrainingOptions options, IAlgorithm? algorithm = null)
    {
        // The engine has packed weights of its own, which only a refresh changes.
        var engine = new SimdDecoder(model.Config, model.Named, workers: 1);
        var task = new LuckyWord(["6", "7", "11"]);
        var trainer = new Trainer(
            model, null, engine, Some.GeneratorFor(model, engine), algorithm ?? Corrected(), task,
            task.Problems(Split.Train, 20, 1), LuckyWord.Render, options);
        return (trainer, [trainer, engine]);
    }
}
