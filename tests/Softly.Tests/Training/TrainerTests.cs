using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Evaluation;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

public class TrainerTests
{
    private static (Trainer Trainer, IDisposable[] Owned) Make(
        Decoder model, IAlgorithm algorithm, TrainingOptions options, Decoder? reference = null, string decoder = "torch")
    {
        var engine = Some.Engine(decoder, model);
        var task = new LuckyWord(["6", "7", "11"]);
        var trainer = new Trainer(
            model, reference, engine, Some.GeneratorFor(model, engine), algorithm, task, task.Problems(Split.Train, 20, 1),
            LuckyWord.Render, options);
        return (trainer, [trainer, engine]);
    }

    private static readonly TrainingOptions Quick = new()
    {
        Steps = 30,
        PromptsPerStep = 8,
        GroupSize = 8,
        LearningRate = 5e-3,
        Schedule = Schedule.Constant,
        Sampling = new SamplingOptions { MaxNewTokens = 1 }
    };

    /// <summary>
    /// Multiplex with one draw, and the winner's score where the winner alone is fed, are discrete thinking: from the same noise the
    /// same rollouts, and after several updates the same weights to the last bit.
    /// </summary>
    [Theory]
    [InlineData("torch")]
    [InlineData("simd")]
    public void One_draw_and_a_winner_fed_alone_are_discrete_thinking_bit_for_bit(string engine)
    {
        var runs = new StepLaw[] { new Categorical(), new Multiplex(1), new Multiplex(1, DrawWeights.Probability), new GumbelWinner(0) }
            .Select(law =>
            {
                using var model = Some.Model(deviation: 0.1);
                var options = Quick with { Sampling = Some.Soft(law, length: 6), MiniBatches = 2, Iterations = 2 };
                var (trainer, owned) = Make(model, Some.Grpo(), options, decoder: engine);
                var texts = new List<string>();
                for (var step = 0; step < 4; step++)
                    texts.AddRange(trainer.Step().Groups.SelectMany(g => g.Rollouts).Select(r => r.Text));
                foreach (var item in owned) item.Dispose();
                return (texts, Weights: model.Parameters.SelectMany(p => Some.Host(p)).ToArray());
            }).ToList();
        Assert.True(runs[0].texts.Distinct().Count() > 20);
        Assert.All(runs, run => Assert.Equal(runs[0].texts, run.texts));
        Assert.All(runs, run => Assert.Equal(runs[0].Weights, run.Weights));
    }

    /// <summary>Over two micro-batches, some of whose steps are no thoughts; and its pull is that of its weight.</summary>
    [Fact]
    public void The_anchor_s_figure_is_its_mean_over_thoughts_and_it_alone_moves_a_policy_without_rewards()
    {
        using var model = Some.Model(deviation: 0.1);
        using var before = Some.Model(deviation: 0.1);
        using var reference = Some.Model(seed: 2, deviation: 0.1);
        var anchored = new PolicyGradient(new LossOptions { Anchor = 0.3 });
        var options = Quick with
        {
            Sampling = Some.Soft(new GumbelWinner(1, 0.4), topK: 10, topP: 1, length: 6), MicroBatch = 40,
        };
        var (trainer, owned) = Make(model, anchored, options, reference);
        var report = trainer.Step();
        using var batch = Some.Batch(report.Groups);
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            var anchors = Some.Host(Replay.Scores(before, batch, ScoreNeeds.Anchors, reference).Anchors!);
            var soft = report.Groups.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps).Count(s => s.Kind == StepKind.Soft);
            Assert.InRange(soft, 1, anchors.Length - 1);
            Assert.Equal(anchors.Sum() / soft, report.Metrics["kl_anchor"], 1e-5);
            Assert.True(report.Metrics["kl_anchor"] > 0.1);
        }
        Assert.DoesNotContain("kl", report.Metrics.Keys);
        foreach (var item in owned) item.Dispose();

        // Rewards that are all alike leave the anchor alone to pull: thoughts come nearer.
        var engine = Some.Engine("simd", model);
        var task = new LuckyWord([]);
        using var pulled = new Trainer(
            model, reference, engine, Some.GeneratorFor(model, engine), anchored, task, task.Problems(Split.Train, 20, 1),
            LuckyWord.Render, options);
        var figures = Enumerable.Range(0, 10).Select(_ => pulled.Step().Metrics).ToArray();
        Assert.All(figures, m => Assert.Equal(0, m["reward"]));
        Assert.InRange(figures[^1]["kl_anchor"], 0, 0.5 * figures[0]["kl_anchor"]);
        engine.Dispose();
    }

    [Fact]
    public void An_anchor_needs_a_reference_and_soft_thoughts_and_measures_no_divergence_for_kl_stop()
    {
        using var model = Some.Model();
        var anchored = new PolicyGradient(new LossOptions { Anchor = 0.3 });
        Assert.False(anchored.NeedsReference); // no log-densities of it
        Assert.True(((IAlgorithm)anchored).NeedsReferenceModel);
        var soft = Quick with { Sampling = Some.Soft(new GumbelWinner(1, 0.4)) };
        Assert.Contains("thought_anchor above 0 needs a frozen reference",
            Assert.Throws<ArgumentException>(() => Make(model, anchored, soft)).Message);
        Assert.Contains("set thought_anchor: 0, or a thinking_law", Assert.Single(Quick.Problems(anchored)));
        Assert.Empty(soft.Problems(anchored));
        Assert.Contains("kl_stop needs the divergence", Assert.Single((soft with { KlStop = 1 }).Problems(anchored)));
        Assert.Contains("thought_anchor -1", Assert.Throws<ArgumentException>(
            () => new PolicyGradient(new LossOptions { Anchor = -1 })).Message);
    }

    /// <summary>
    /// Members with noise, without and discrete ones in a batch, two updates a step from one set of rollouts, and the anchor.
    /// </summary>
    [Theory]
    [InlineData("simd", true)]
    [InlineData("torch", false)]
    public void A_ladder_group_is_learned_from_and_replays_to_ratios_of_one(string engine, bool fused)
    {
        using var model = Some.Model(deviation: 0.1);
        using var reference = Some.Model(deviation: 0.1);
        if (fused)
            foreach (var m in new[] { model, reference }) m.Fuse(half: false, workers: 2);
        var options = Quick with
        {
            Sampling = Some.Soft(new GumbelLadder(1, [0, 0.4, 0.8], 0.25), topK: 10, topP: 1, length: 6), Iterations = 2,
            MicroBatch = 20, Old = OldLogDensity.Recompute,
        };
        var (trainer, owned) = Make(model, new PolicyGradient(new LossOptions { Anchor = 0.3 }), options, reference, engine);
        var steps = Enumerable.Range(0, 30).Select(_ => trainer.Step()).ToArray();
        Assert.All(steps, s => Assert.InRange(s.Metrics["sampling/sampling_logp_difference/max"], 0, 1e-4));
        Assert.All(steps, s => Assert.Equal(Enumerable.Range(0, 8), s.Groups[0].Rollouts.Select(r => r.Member)));
        Assert.True(steps[^1].Metrics["reward"] > steps[0].Metrics["reward"] + 0.3,
            string.Join(' ', steps.Select(s => s.Metrics["reward"])));
        Assert.True(steps[^1].Metrics["kl_anchor"] > 0);
        foreach (var item in owned) item.Dispose();
    }

    [Fact]
    public void Thoughts_without_a_ratio_get_the_plain_gradient()
    {
        using var model = Some.Model(type: ScalarType.Float64);
        using var engine = Some.Engine("torch", model);
        var groups = Some.GeneratorFor(model, engine).Generate(Some.Prompts, 4, Some.Soft(new GumbelSoftmax()), seed: 3);
        using var batch = Some.Batch(groups);
        var soft = groups.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps).Select(s => s.Kind == StepKind.Soft).ToArray();
        Assert.Contains(true, soft);
        Assert.Contains(false, soft);
        var size = new UpdateSize(batch.Steps, batch.Rollouts);
        // Old densities that lie off the policy's: ratios of e^0.3 at every step, beyond the clip.
        double[] Gradient(bool ratio, Func<int, double> off)
        {
            using var scope = NewDisposeScope();
            var leaf = batch.Recorded.to(ScalarType.Float64).detach().clone().requires_grad_();
            batch.Old = leaf.detach().sub(tensor(soft.Select((_, n) => off(n)).ToArray()));
            new PolicyGradient(new LossOptions { ThoughtRatio = ratio }).Loss(new StepScores(leaf), batch, size).Total.backward();
            batch.Old = null;
            return Some.Host(leaf.grad!);
        }
        var free = Gradient(false, _ => 0.3);
        Assert.Equal(Gradient(true, n => soft[n] ? 0 : 0.3), free); // as if thoughts had just been drawn, and they alone
        Assert.NotEqual(Gradient(true, _ => 0.3), free);
    }

    [Theory]
    [InlineData("grpo")]
    [InlineData("soft-grpo")]
    [InlineData("winner")]
    public void A_bandit_is_learned(string name)
    {
        using var model = Some.Model(deviation: 0.1);
        using var reference = Some.Model(deviation: 0.1);
        var (algorithm, sampling) = name switch
        {
            "grpo" => ((IAlgorithm)Some.Grpo(), Quick.Sampling),
            "soft-grpo" => (Some.SoftGrpo(), Some.Soft(new GumbelSoftmax(), topK: 23, topP: 1, length: 1)),
            _ => (Some.SoftGrpo(beta: 0), Some.Soft(new GumbelWinner(), topK: 23, topP: 1, length: 1)),
        };
        var (trainer, owned) = Make(model, algorithm, Quick with { Sampling = sampling, Steps = 60 }, reference);
        var rewards = Enumerable.Range(0, 60).Select(_ => trainer.Step().Metrics["reward"]).ToArray();
        foreach (var item in owned) item.Dispose();
        // Three lucky words of 23: about 0.13 at the start, standard error of ten steps' mean 0.02.
        Assert.True(rewards.Take(5).Average() < 0.3, $"starts at {rewards.Take(5).Average()}");
        Assert.True(rewards.TakeLast(10).Average() > 0.8, $"ends at {rewards.TakeLast(10).Average()}");
    }

    /// <summary>Reward is bought with certainty; the mixture law must not sell more of it than plain tokens do.</summary>
    [Fact]
    public void The_entropy_of_soft_grpo_falls_no_faster_than_that_of_grpo()
    {
        double Entropy(IAlgorithm algorithm, SamplingOptions sampling)
        {
            using var model = Some.Model(deviation: 0.1);
            var (trainer, owned) = Make(model, algorithm, Quick with { Sampling = sampling });
            var entropies = Enumerable.Range(0, 30).Select(_ => trainer.Step().Metrics["entropy"]).ToArray();
            foreach (var item in owned) item.Dispose();
            return entropies.TakeLast(5).Average();
        }
        var hard = Entropy(Some.Grpo(), Quick.Sampling);
        var free = Some.SoftGrpo(beta: 0);
        var soft = Entropy(free, Some.Soft(new GumbelSoftmax(), topK: 23, topP: 1, length: 1));
        Assert.True(hard < Math.Log(23) - 0.3, $"nothing was learned: {hard}");
        Assert.True(soft > hard - 0.2, $"{soft} against {hard} of plain tokens");
    }

    /// <summary>Every method, every ratio level, on soft rollouts that are an older policy's.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(7)]
    [InlineData(1)]
    public void No_gradient_depends_on_the_micro_batch_the_padding_or_the_order(int micro)
    {
        using var model = Some.Model(type: ScalarType.Float64);
        using var older = Some.Model(seed: 2, type: ScalarType.Float64);
        using var frozen = Some.Model(seed: 3, type: ScalarType.Float64);
        using var decoder = new TorchDecoder(model);
        var groups =
            Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 6, Some.Soft(new GumbelSoftmax(), length: 9), seed: 2);
        var rows = groups.SelectMany((g, p) => g.Rollouts.Select((r, i) => (g.Prompt, r, Advantage: i % 3 - 1.0 + p))).ToArray();
        double[] Gradient(PolicyGradient algorithm, int size, bool shuffled)
        {
            foreach (var parameter in model.Parameters) parameter.grad?.zero_();
            var total = 0.0;
            var order = shuffled ? rows.Reverse().ToArray() : rows;
            var whole = algorithm.Measure([.. rows.Select(r => r.r)], rows.Length);
            foreach (var slice in order.Chunk(size))
            {
                using var scope = NewDisposeScope();
                using var batch = RolloutBatch.Collate(slice, CPU, sharePrompts: shuffled);
                using (no_grad())
                {
                    batch.Old = Replay.Scores(older, batch, algorithm.Needs & ScoreNeeds.Components).LogDensities;
                    if (algorithm.NeedsReference) batch.Reference = Replay.LogDensities(frozen, batch);
                }
                var loss = algorithm.Loss(Replay.Scores(model, batch, algorithm.Needs, frozen), batch, whole);
                loss.Total.backward();
                total += Some.Host(loss.Total)[0];
            }
            return [total, .. model.Parameters.SelectMany(p => Some.Host(p.grad!))];
        }
        LossOptions all = new()
        {
            Beta = 0.1, Kl = KlEstimator.ClosedForm, EntropyCoefficient = 0.1, TopEntropyShare = 0.5,
            Correction = MismatchCorrection.SequenceTruncate, OffPolicyThreshold = 0.1,
        };
        var losses = Methods.Names.Select(n => Methods.Get(n).Loss)
            .Append(all)
            .Append(all with { Level = RatioLevel.Component }).Append(all with { Level = RatioLevel.Sequence }).Distinct();
        foreach (var algorithm in losses.Select(l => new PolicyGradient(l)))
        {
            var whole = Gradient(algorithm, rows.Length, shuffled: false);
            var cut = Gradient(algorithm, micro, shuffled: true);
            var scale = whole.Max(Math.Abs);
            for (var i = 0; i < whole.Length; i++)
                Assert.True(Math.Abs(whole[i] - cut[i]) <= 1e-9 * scale, $"{whole[i]} against {cut[i]}: {algorithm.Options}");
        }
    }

    [Fact]
    public void With_discrete_steps_only_soft_grpo_is_grpo_to_the_last_bit()
    {
        double[] Run(IAlgorithm algorithm)
        {
            using var model = Some.Model(deviation: 0.1);
            var (trainer, owned) = Make(model, algorithm, Quick with { Sampling = new SamplingOptions { MaxNewTokens = 4 } });
            for (var i = 0; i < 3; i++) trainer.Step();
            foreach (var item in owned) item.Dispose();
            return [.. model.Parameters.SelectMany(Some.Host)];
        }
        var loss = Methods.Get("soft-grpo").Loss with { Beta = 0 };
        Assert.Equal(
            Run(Methods.Get("grpo").Algorithm(loss)), Run(Methods.Get("soft-grpo").Algorithm(loss)));
    }

    [Fact]
    public void The_divergence_from_the_reference_is_zero_before_the_first_update_and_not_after()
    {
        using var model = Some.Model(deviation: 0.1);
        using var reference = Some.Model(deviation: 0.1);
        var (trainer, owned) = Make(
            model, Some.SoftGrpo(), Quick with { Sampling = Some.Soft(new GumbelSoftmax(), length: 4) }, reference);
        Assert.Equal(0, trainer.Step().Metrics["kl"]);
        Assert.True(trainer.Step().Metrics["kl"] > 0);
        foreach (var item in owned) item.Dispose();
    }

    [Fact]
    public void A_first_update_has_ratio_one_and_later_ones_move_it()
    {
        using var model = Some.Model(deviation: 0.1);
        var (trainer, owned) = Make(
            model, Some.Grpo(), Quick with { MiniBatches = 2, Sampling = new SamplingOptions { MaxNewTokens = 4 } });
        // A mini-batch whose groups have no spread moves nothing, so a few steps are looked at.
        Assert.Contains(Enumerable.Range(0, 5).Select(_ => trainer.Step().Metrics["ratio/variance"]), v => v > 1e-6);
        foreach (var item in owned) item.Dispose();
        using var fresh = Some.Model(deviation: 0.1);
        var (single, others) = Make(fresh, Some.Grpo(), Quick with { Sampling = new SamplingOptions { MaxNewTokens = 4 } });
        var first = single.Step().Metrics;
        Assert.Equal(1, first["ratio/mean"], 6);
        Assert.True(first["sampling/sampling_logp_difference/max"] < 1e-5);
        foreach (var item in others) item.Dispose();
    }

    /// <summary>Counted without a collection at the end: what waits for a finaliser is left behind, too.</summary>
    [Theory]
    [InlineData("grpo", "torch")]
    [InlineData("grpo", "simd")]
    [InlineData("soft-grpo", "torch")]
    [InlineData("soft-grpo", "simd")]
    public void No_tensor_is_left_behind_after_a_step_or_an_evaluation(string name, string decoder)
    {
        using var model = Some.Model(deviation: 0.1);
        using var reference = Some.Model(deviation: 0.1);
        var sampling = name == "grpo" ? new SamplingOptions { MaxNewTokens = 6 } : Some.Soft(new GumbelSoftmax(), length: 6);
        IAlgorithm algorithm = name == "grpo" ? new PolicyGradient(new LossOptions { Beta = 0.01 }) : Some.SoftGrpo();
        var (trainer, owned) = Make(model, algorithm, Quick with { MiniBatches = 2, Sampling = sampling }, reference, decoder);
        using var engine = Some.Engine(decoder, model);
        var evaluator = new Evaluator(Some.GeneratorFor(model, engine), new LuckyWord(["6", "7", "11"]));
        void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                trainer.Step();
                engine.Refresh();
                evaluator.Run(Some.Prompts, 4, sampling, seed: (ulong)i);
            }
        }
        Run(5);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var after5 = Tensor.TotalCount;
        Run(15);
        Assert.Equal(after5, Tensor.TotalCount);
        foreach (var item in owned) item.Dispose();
    }

    [Fact]
    public void Same_seed_same_run_to_the_last_bit()
    {
        double[] Run(ulong seed)
        {
            using var model = Some.Model(deviation: 0.1);
            var (trainer, owned) = Make(
                model, Some.SoftGrpo(beta: 0),
                Quick with { Seed = seed, Sampling = Some.Soft(new GumbelSoftmax(), length: 4) });
            var rewards = Enumerable.Range(0, 4).Select(_ => trainer.Step().Metrics["loss"]).ToArray();
            foreach (var item in owned) item.Dispose();
            return rewards;
        }
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing_and_is_reported()
    {
        using var model = Some.Model();
        using var optimizer = new FusedAdamW(model.Parameters);
        var update = new Update(model.Parameters, optimizer, new LearningRate(1, 0, 10, Schedule.Constant), 1);
        var before = model.Parameters.SelectMany(Some.Host).ToArray();
        using (var loss = model.Parameters[0].sum().mul(float.NaN)) loss.backward();
        var report = update.Apply();
        Assert.True(report.Skipped);
        Assert.Equal(before, model.Parameters.SelectMany(Some.Host));
        Assert.Equal(0, optimizer.Updates);

        // The bad gradient is forgotten: the next update is as if it had never been.
        using (var loss = model.Parameters[0].sum()) loss.backward();
        Assert.False(update.Apply().Skipped);
        Assert.All(model.Parameters.SelectMany(Some.Host), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void Decay_shrinks_matrices_and_leaves_norms_and_biases()
    {
        using var model = Some.Model();
        using var optimizer = new FusedAdamW(model.Parameters, weightDecay: 0.5);
        var before = model.Parameters.Select(Some.Host).ToArray();
        using (var loss = stack(model.Parameters.Select(p => p.sum() * 0)).sum()) loss.backward();
        optimizer.Step(0.1);
        // p · (1 − 0.1 · 0.5), since a gradient of 0 moves nothing.
        foreach (var (parameter, old) in model.Parameters.Zip(before))
            Table.Near(1e-7, [.. old.Select(x => parameter.dim() > 1 ? 0.95 * x : x)], parameter, "parameter");
    }

    [Fact]
    public void Impossible_settings_are_all_named_with_their_remedy()
    {
        using var model = Some.Model();
        var error = Assert.Throws<ArgumentException>(
            () => Make(model, Some.SoftGrpo(), Quick with { MiniBatches = 3, Sampling = Some.Soft(new SoftThinking(),
                topP: 2) }));
        foreach (var part in new[] { "has no density", "top_p 2", "frozen reference", "3 equal mini-batches" })
            Assert.Contains(part, error.Message);
    }
}
