using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

/// <summary>
/// What a step learns from, when it is left out, and when a run ends: dynamic sampling, overlong answers, KL bounds.
/// </summary>
[Trait("Weight", "Story")]
public class SamplingStoryTests
{
    /// <summary>Every third problem is always right, every third never, the others by their first word's parity.</summary>
    private sealed class Lopsided : ITask
    {
        public string Name => "lopsided";
        public string Description => "";
        public IReadOnlyList<string>? Vocabulary => null;
        public string? ThinkEnd => null;
        public int? CompletionLength => null;
        public List<string> Asked { get; } = [];
        public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
            [.. Enumerable.Range(0, count).Select(i => new Problem($"p{i}", $"{3 + i % 5} {9 - i % 4}", ""))];

        public Grade Grade(Problem problem, string completion)
        {
            if (Asked.Count == 0 || Asked[^1] != problem.Id) Asked.Add(problem.Id);
            var right = (int.Parse(problem.Id[1..]) % 3) switch
            {
                0 => true,
                1 => false,
                _ => completion.Length > 0 && int.Parse(completion.Split(' ')[0]) % 2 == 0,
            };
            return right ? new Grade(1, Verdict.Right, "") : new Grade(0, Verdict.Wrong, "");
        }

        public Demonstration? Demonstrate(Problem problem, Random random) => null;
        public double? GuessChance(Problem problem) => null;
    }

    private static Prompt Render(Problem problem) =>
        new(problem, [.. problem.Prompt.Split(' ').Select(w => MixtureRow.Token(int.Parse(w)))]);

    private static readonly TrainingOptions Quick = new()
    {
        Steps = 30, PromptsPerStep = 6, GroupSize = 8, LearningRate = 5e-3, Schedule = Schedule.Constant,
        Sampling = new SamplingOptions { MaxNewTokens = 4 },
    };

    private sealed class Bench : IDisposable
    {
        private readonly IDecoder _engine;
        private readonly Decoder? _reference;

        public Bench(TrainingOptions options, IAlgorithm? algorithm = null, bool reference = false)
        {
            using var shape = Some.Model();
            Model = new Decoder(shape.Config with { ModelType = "qwen2" }); // a type that can be saved
            Model.Initialize(1, 0.1);
            _reference = reference ? Some.Model(deviation: 0.1) : null;
            _engine = new TorchDecoder(Model);
            Trainer = new Trainer(
                Model, _reference, _engine, Some.GeneratorFor(Model, _engine), algorithm ?? Some.Grpo(), Task,
                Task.Problems(Split.Train, 40, 1), Render, options);
        }

        public Lopsided Task { get; } = new();
        public Decoder Model { get; }
        public Trainer Trainer { get; }
        public double[] Parameters => [.. Model.Parameters.SelectMany(Some.Host)];

        public void Dispose()
        {
            Trainer.Dispose();
            (_engine as IDisposable)?.Dispose();
            _reference?.Dispose();
            Model.Dispose();
        }
    }

    [Fact]
    public void Groups_without_spread_are_replaced_by_fresh_problems_until_none_is_left_or_the_batches_are_used_up()
    {
        using var plain = new Bench(Quick);
        var before = plain.Trainer.Step();
        Assert.True(before.Metrics["frac_reward_zero_std"] > 0);
        Assert.False(before.Metrics.ContainsKey("dynamic_sampling/drawn"));

        using var bench = new Bench(Quick with { GenerationBatches = 10 });
        var report = bench.Trainer.Step();
        Assert.Equal(0, report.Metrics["frac_reward_zero_std"]);
        Assert.Equal(6, report.Groups.Count);
        Assert.All(report.Groups, g => Assert.Equal(2, int.Parse(g.Prompt.Problem.Id[1..]) % 3));
        // Every drawn problem is another one, and was asked once.
        Assert.Equal(bench.Task.Asked.Count, bench.Task.Asked.Distinct().Count());
        Assert.Equal(bench.Task.Asked.Count, report.Metrics["dynamic_sampling/drawn"]);
        Assert.Equal(bench.Task.Asked.Count - 6, report.Metrics["dynamic_sampling/dropped"]);
        Assert.Equal(bench.Task.Asked.Count, bench.Trainer.ProblemsDrawn);

        using var short_ = new Bench(Quick with { GenerationBatches = 2 });
        var cut = short_.Trainer.Step();
        Assert.Equal(6, cut.Groups.Count);
        // 6, then as many as were missing: those stay as they are.
        Assert.Equal(6 + 6 * before.Metrics["frac_reward_zero_std"], cut.Metrics["dynamic_sampling/drawn"], 9);
    }

    [Fact]
    public void A_run_with_dynamic_sampling_that_is_resumed_ends_where_the_unbroken_one_ends_to_the_last_bit()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var options = Quick with { GenerationBatches = 10, PromptsPerStep = 3 };
            using var unbroken = new Bench(options);
            for (var i = 0; i < 4; i++) unbroken.Trainer.Step();
            using (var first = new Bench(options))
            {
                for (var i = 0; i < 2; i++) first.Trainer.Step();
                Checkpoint.Write(first.Trainer, new WordTokenizer(["a"]), folder);
            }
            using var second = new Bench(options);
            Checkpoint.Read(second.Trainer, folder);
            Assert.NotEqual(2 * options.PromptsPerStep, second.Trainer.ProblemsDrawn);
            var behind = (int)second.Trainer.ProblemsDrawn;
            for (var i = 0; i < 2; i++) second.Trainer.Step();
            Assert.Equal(unbroken.Task.Asked.Skip(behind), second.Task.Asked);
            Assert.Equal(unbroken.Parameters, second.Parameters);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_state_of_before_there_was_dynamic_sampling_goes_on_where_its_steps_stood()
    {
        using var bench = new Bench(Quick);
        bench.Trainer.ContinueFrom(5, 5, 100);
        Assert.Equal(5 * 6, bench.Trainer.ProblemsDrawn);
    }

    [Theory]
    [InlineData(10, 0)]  // far from the limit
    [InlineData(16, 0)]  // the buffer begins behind it
    [InlineData(17, 0.5)]
    [InlineData(18, 1)]
    [InlineData(20, 2)]  // at the limit: the whole penalty
    public void An_overlong_answer_loses_its_reward_little_by_little(int length, double penalty) =>
        Assert.Equal(penalty, Overlong.Penalty(length, 20, 4, 2), 12);

    [Fact]
    public void Overlong_answers_are_worse_than_others_of_their_group()
    {
        using var bench = new Bench(Quick with
        {
            OverlongBuffer = 2, OverlongPenalty = 0.5, Sampling = new SamplingOptions { MaxNewTokens = 12 }, GroupSize = 24,
        });
        var report = bench.Trainer.Step();
        var always = report.Groups.First(g => int.Parse(g.Prompt.Problem.Id[1..]) % 3 == 0
            && g.Rollouts.Select(r => r.Length).Distinct().Count() > 1);
        // All are right, and those that ran into the limit have the least advantage.
        Assert.All(always.Grades, g => Assert.Equal(1, g.Score));
        var longest = always.Rollouts.Max(r => r.Length);
        var at = always.Rollouts.ToList().FindIndex(r => r.Length == longest);
        Assert.Equal(always.Advantages.Min(), always.Advantages[at], 12);
        Assert.True(always.Advantages.Max() > 0);
        Assert.InRange(report.Metrics["overlong_penalty"], 1e-9, 0.5);
    }

    [Fact]
    public void Truncated_answers_that_are_masked_have_no_part_in_the_loss()
    {
        // Nearly all answers of four tokens run into the limit. Once all do, nothing is left to learn from.
        using var bench = new Bench(Quick with { MaskTruncated = true, Sampling = new SamplingOptions { MaxNewTokens = 1 } });
        using var open = new Bench(Quick with { Sampling = new SamplingOptions { MaxNewTokens = 1 } });
        var before = bench.Parameters;
        StepReport report;
        do report = bench.Trainer.Step();
        while (report.Metrics["completions/clipped_ratio"] < 1 && bench.Trainer.StepsDone < 3);
        open.Trainer.Step();
        Assert.NotEqual(open.Parameters, bench.Parameters);
        if (report.Metrics["completions/clipped_ratio"] == 1)
        {
            Assert.Equal(1, report.Metrics["updates_left_out"]);
            if (bench.Trainer.StepsDone == 1) Assert.Equal(before, bench.Parameters);
        }
        Assert.All(report.Metrics, m => Assert.True(double.IsFinite(m.Value), m.Key));
    }

    [Fact]
    public void Updates_too_far_from_the_policy_that_drew_are_left_out_and_counted()
    {
        var far = Quick with { Iterations = 6, LearningRate = 3e-2 };
        using var free = new Bench(far);
        using var bound = new Bench(far with { TargetKl = 1e-3 });
        var loose = free.Trainer.Step();
        var report = bound.Trainer.Step();
        Assert.Equal(0, loose.Metrics["updates_left_out"]);
        Assert.InRange(report.Metrics["updates_left_out"], 1, 5);
        Assert.True(loose.Metrics["approx_kl"] > report.Metrics["approx_kl"]);
        Assert.NotEqual(free.Parameters, bound.Parameters);

        // Updates before the bound was met are those of the free run, to the last bit.
        var made = 6 - (int)report.Metrics["updates_left_out"];
        using var few = new Bench(far with { Iterations = made });
        few.Trainer.Step();
        if (made > 1) Assert.Equal(few.Parameters, bound.Parameters);

        // A bound that is never met changes nothing.
        using var wide = new Bench(far with { TargetKl = 1e6 });
        wide.Trainer.Step();
        Assert.Equal(free.Parameters, wide.Parameters);
    }

    [Fact]
    public void A_run_that_has_left_its_start_by_too_much_says_so_in_a_line()
    {
        var loss = new LossOptions { MeasureKl = true };
        using var bench = new Bench(Quick with { KlStop = 1e-3, LearningRate = 3e-2 }, new PolicyGradient(loss), reference: true);
        Assert.Null(bench.Trainer.Step().Stop); // the policy is still the start
        StepReport report;
        do report = bench.Trainer.Step();
        while (report.Stop is null && bench.Trainer.StepsDone < 20);
        Assert.Contains("is above kl_stop 0.001: step", report.Stop);
        Assert.True(report.Metrics["kl"] > 1e-3);
    }

    [Fact]
    public void What_cannot_work_together_is_all_named_with_its_remedy()
    {
        var error = Assert.Throws<ArgumentException>(() => new Bench(
            Quick with { TargetKl = 1, KlStop = 1, OverlongBuffer = 99, MiniBatches = 1, GenerationBatches = 0 }));
        foreach (var part in new[]
            { "target_kl does nothing", "kl_stop needs", "overlong_buffer 99", "max_generation_batches 0" })
            Assert.Contains(part, error.Message);
        var component = new PolicyGradient(new LossOptions { Level = RatioLevel.Component });
        error = Assert.Throws<ArgumentException>(() => new Bench(Quick with { MiniBatches = 2, Old = OldLogDensity.Rollout },
            component));
        Assert.Contains("set old_log_density: recompute", error.Message);
        error = Assert.Throws<ArgumentException>(() => new Bench(
            Quick, new PolicyGradient(new LossOptions { Beta = 1, Kl = KlEstimator.ClosedForm })));
        Assert.Contains("needs a frozen reference", error.Message);
    }

    /// <summary>With several updates a step: finite figures, parameters that move.</summary>
    [Fact]
    public void Every_discrete_method_and_soft_grpo_train_with_mini_batches()
    {
        foreach (var name in Methods.Names)
        {
            var method = Methods.Get(name);
            if (method.Law is not null && name != "soft-grpo") continue;
            var soft = method.Law is not null;
            var algorithm = method.Algorithm();
            using var bench = new Bench(
                Quick with
                {
                    MiniBatches = 2, GenerationBatches = method.DynamicSampling ? 3 : 1,
                    Sampling = soft ? Some.Soft(algorithm.Law!, length: 4) : Quick.Sampling,
                },
                algorithm, reference: ((IAlgorithm)algorithm).NeedsReferenceModel);
            var before = bench.Parameters;
            for (var i = 0; i < 2; i++)
                Assert.All(bench.Trainer.Step().Metrics, m => Assert.True(double.IsFinite(m.Value), $"{name} {m.Key} {m.Value}"));
            Assert.NotEqual(before, bench.Parameters);
        }
    }

    /// <summary>
    /// All that is new at once on real rollouts: closed-form divergence, entropy bonus, forks, mismatch, components.
    /// </summary>
    [Theory]
    [InlineData(RatioLevel.Component)]
    [InlineData(RatioLevel.Step)]
    [InlineData(RatioLevel.Sequence)]
    public void All_parts_work_together_on_soft_rollouts_whatever_the_micro_batch(RatioLevel level)
    {
        double[] Run(int micro)
        {
            var loss = new LossOptions
            {
                Level = level, Aggregation = Aggregation.SequenceMean, Beta = 0.01, Kl = KlEstimator.ClosedForm,
                EntropyCoefficient = 0.01, TopEntropyShare = 0.5, Correction = MismatchCorrection.SequenceTruncate,
                OffPolicyThreshold = 0.5,
            };
            using var bench = new Bench(
                Quick with
                {
                    Iterations = 2, MicroBatch = micro,
                    Sampling = Some.Soft(StepLaws.Make("gumbel-softmax", new LawSettings()), length: 5),
                },
                new PolicyGradient(loss), reference: true);
            var metrics = bench.Trainer.Step().Metrics;
            Assert.All(metrics, m => Assert.True(double.IsFinite(m.Value), m.Key));
            Assert.True(metrics["kl"] >= 0);
            Assert.InRange(metrics["ess"], 0.01, 1 + 1e-6);
            Assert.InRange(metrics["sampling/importance_sampling_ratio/max"], 0.99, 1.01);
            return [metrics["loss"], metrics["policy_loss"], metrics["kl"], metrics["entropy_loss"]];
        }
        var whole = Run(256);
        foreach (var (a, b) in whole.Zip(Run(7))) Assert.Equal(a, b, 1e-4 * (1 + Math.Abs(a)));
    }
}
