using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Training;

/// <summary>A model that is fed its own thoughts in a warm start, against rollouts of the same model.</summary>
public sealed class SelfFeedingTests
{
    private const int Thoughts = 4;

    /// <summary>Lessons of different prompts that think in sets, one of which is a word alone.</summary>
    private static Lesson[] Lessons =>
    [
        .. Some.Prompts.Select(p => SomeLessons.Of(
            [.. p.Rows.Select(r => r.Ids[0])], [[3, 5], [6, 7, 8], [4], [9, 10]])),
    ];

    /// <summary>What rollouts of a law think after these prompts: a row of mixtures for each.</summary>
    private static MixtureRow[][] Thought(Decoder model, StepLaw law, SupportFilter thinking)
    {
        using var decoder = Some.Engine("torch", model);
        var sampling = new SamplingOptions { Law = law, Thinking = thinking, MaxNewTokens = Thoughts };
        return
        [
            .. new Generator(decoder, CPU, model.Config.VocabularySize, [], Some.Words).Generate(Some.Prompts, 1, sampling, 1)
                .Select(g => g.Rollouts[0].Steps.Select(Fed).ToArray()),
        ];

        static MixtureRow Fed(Step step)
        {
            Assert.Equal(StepKind.Soft, step.Kind);
            int[] used = [.. Enumerable.Range(0, step.Slots.Ids.Length).Where(k => step.Slots.Weights.Span[k] != 0)];
            return new MixtureRow(
                [.. used.Select(k => (int)step.Slots.Ids.Span[k])], [.. used.Select(k => step.Slots.Weights.Span[k])]);
        }
    }

    [Theory]
    [InlineData(1.0, 1.0, 1.0, false)]
    [InlineData(1.0, 1.0, 1.0, true)]
    [InlineData(0.5, 1.0, 1.0, false)] // sharper mixtures
    [InlineData(1.0, 0.7, 0.6, true)]  // of fewer tokens, by a temperature of their own
    public void Without_noise_thought_after_thought_is_that_of_a_rollout(double tau, double topP, double temperature, bool packed)
    {
        using var model = Some.Model(deviation: 0.4);
        if (packed) model.Fuse(half: false, workers: 1);
        var thinking = new SupportFilter { TopK = 10, TopP = topP, Temperature = temperature };
        // Soft thinking has no temperature; a ladder whose one rung is 0 has, and no noise.
        var rollouts = Thought(model, tau == 1 ? new SoftThinking() : new GumbelLadder(tau, [0]), thinking);
        var own = new SelfFeeding { Tau = tau, Thinking = thinking };
        for (var depth = 1; depth <= Thoughts; depth++)
        {
            var batch = SomeLessons.Batch(Lessons, packed, width: 10);
            own.Feed(model, batch, depth, noise: 0, new Random(1));
            for (var l = 0; l < Lessons.Length; l++)
                for (var t = 0; t < Thoughts; t++)
                {
                    var expected = t < depth ? rollouts[l][t] : Lessons[l].Inputs[t]; // the others stay demonstrated
                    var actual = batch.Input(l, Lessons[l].Prompt.Rows.Count + t);
                    Assert.Equal(expected.Ids, actual.Ids);
                    for (var k = 0; k < expected.Ids.Length; k++) Assert.Equal(expected.Weights[k], actual.Weights[k], 1e-5f);
                }
        }
    }

    [Fact]
    public void Targets_stay_the_demonstrated_ones_and_every_depth_comes_up()
    {
        using var model = Some.Model(deviation: 0.4);
        var thinking = new SupportFilter { TopK = 10 };
        var rollouts = Thought(model, new SoftThinking(), thinking);
        var own = new SupervisedTrainer(
            model, new SupervisedOptions { SelfFed = new SelfFeeding { Share = 1, Noise = 0, Thinking = thinking } });
        double Loss(IReadOnlyList<Lesson> lessons, Random? selfFeed = null)
        {
            using var loss = own.Loss(lessons, selfFeed: selfFeed);
            return Some.Host(loss)[0];
        }
        double[] expected =
            [.. Enumerable.Range(1, Thoughts).Select(d => Loss([.. Lessons.Select((l, i) => l.Feeding(rollouts[i].Take(d)))]))];
        Assert.Equal(Thoughts, expected.Append(Loss(Lessons)).Distinct().Count() - 1);
        var met = Enumerable.Range(0, 60).Select(seed => Loss(Lessons, new Random(seed)))
            .Select(loss => Array.FindIndex(expected, e => Math.Abs(e - loss) < 1e-5)).ToArray();
        Assert.DoesNotContain(-1, met);
        for (var depth = 0; depth < Thoughts; depth++) Assert.InRange(met.Count(d => d == depth), 5, 28); // 15 ± 3.4
    }

    [Fact]
    public void Words_and_blanks_are_not_replaced_and_a_share_is_a_share_of_updates()
    {
        using var model = Some.Model();
        var words = SomeLessons.Of([5, 6], [[3], [4]]);
        var blanks = SomeLessons.Of([5, 7], [[], [3, 4], [6, 7]]);
        var batch = SomeLessons.Batch([words, blanks], packed: false, width: 10);
        new SelfFeeding().Feed(model, batch, depth: 9, noise: 0.3, new Random(1));
        Assert.Equal([3], batch.Input(0, 2).Ids);
        Assert.Equal([4], batch.Input(0, 3).Ids);
        Assert.Empty(batch.Input(1, 2).Ids);
        foreach (var p in new[] { 3, 4 })
        {
            Assert.Equal(10, batch.Input(1, p).Ids.Length);
            Assert.Equal(1, batch.Input(1, p).Weights.Sum(), 1e-5f);
        }
        Assert.Equal([Some.ThinkEndToken], batch.Input(1, 5).Ids);

        var trainer = new SupervisedTrainer(
            model, new SupervisedOptions { SelfFed = new SelfFeeding { Share = 0.3, Noise = 0 } });
        double Loss(Random? random)
        {
            using var loss = trainer.Loss([blanks], selfFeed: random);
            return Some.Host(loss)[0];
        }
        var plain = Loss(null);
        var random = new Random(3);
        Assert.InRange(Enumerable.Range(0, 200).Count(_ => Loss(random) != plain), 41, 79); // 60 ± 6.5
    }

    /// <summary>Against noise made by hand, and against the winner's law, softmax(log w / κ).</summary>
    [Theory]
    [InlineData(0.4, 1.0)]
    [InlineData(0.8, 0.5)]
    public void Noise_on_a_set_is_Gumbel_noise_on_its_log_weights(double noise, double tau)
    {
        const int Draws = 100_000;
        double[] w = [0.5, 0.3, 0.2];
        var (own, random, other) = (new SelfFeeding { Tau = tau }, new Random(1), new Random(2));
        var (drawn, brute) = (new List<double[]>(), new List<double[]>());
        for (var i = 0; i < Draws; i++)
        {
            drawn.Add([.. own.Mixture([.. w.Select(x => Math.Log(x))], noise, random).Select(x => (double)x)]);
            // The set's weights to the power 1/τ, each times a Fréchet number.
            var raw = w.Select(x => Math.Pow(x / Math.Pow(-Math.Log(1 - other.NextDouble()), noise), 1 / tau)).ToArray();
            brute.Add([.. raw.Select(x => x / raw.Sum())]);
        }
        var total = w.Sum(x => Math.Pow(x, 1 / noise));
        for (var k = 0; k < w.Length; k++)
        {
            var (a, b) = (drawn.Select(d => d[k]).ToArray(), brute.Select(d => d[k]).ToArray());
            Assert.Equal(b.Average(), a.Average(), 5 * Math.Sqrt(2 * Variance(b) / Draws));
            Assert.InRange(Variance(a) / Variance(b), 0.97, 1.03);
            var p = Math.Pow(w[k], 1 / noise) / total;
            var wins = drawn.Count(d => d[k] == d.Max()) / (double)Draws;
            Assert.InRange(wins, p - (5 * Math.Sqrt(p * (1 - p) / Draws)), p + (5 * Math.Sqrt(p * (1 - p) / Draws)));
        }
        Assert.All(drawn.Take(100), d => Assert.Equal(1, d.Sum(), 1e-5));

        static double Variance(double[] x) => x.Average(v => v * v) - (x.Average() * x.Average());
    }

    [Fact]
    public void What_is_not_in_a_set_stays_out_and_no_noise_leaves_a_set_as_it_is()
    {
        float[] mixed = new SelfFeeding().Mixture([Math.Log(0.5), double.NegativeInfinity, Math.Log(0.5)], 3, new Random(1));
        Assert.Equal(0, mixed[1]);
        Assert.Equal(1, mixed.Sum(), 1e-6f);
        Assert.Equal([0.7f, 0.3f], new SelfFeeding().Mixture([Math.Log(0.7), Math.Log(0.3)], 0, new Random(1)));
    }

    [Fact]
    public void Sets_are_softened_by_noise_alone_and_words_by_another_word()
    {
        using var model = Some.Model();
        double Loss(Lesson lesson, SelfFeeding? own, int? seed)
        {
            using var loss = new SupervisedTrainer(model, new SupervisedOptions { SelfFed = own })
                .Loss([lesson], seed is { } s ? new Random(s) : null);
            return Some.Host(loss)[0];
        }
        // A set of one word beside a set of two: softened it would be a set of two itself.
        var sets = SomeLessons.Of([5, 6], [[3, 4], [7]]);
        var words = SomeLessons.Of([5, 6], [[3], [7]]);
        var noisy = new SelfFeeding { Noise = 0.5 };
        Assert.Equal(Loss(sets, null, null), Loss(sets, null, 1));
        Assert.Equal(Loss(sets, noisy, null), Loss(sets, new SelfFeeding { Noise = 0 }, 1));
        Assert.NotEqual(Loss(sets, noisy, null), Loss(sets, noisy, 1));
        Assert.Equal(Loss(sets, noisy, 1), Loss(sets, noisy, 1));
        Assert.NotEqual(Loss(sets, noisy, 2), Loss(sets, noisy, 1));
        Assert.NotEqual(Loss(words, null, null), Loss(words, null, 1));
    }

    [Fact]
    public void A_pass_that_feeds_itself_leaves_its_loss_and_nothing_else()
    {
        using var model = Some.Model();
        var trainer = new SupervisedTrainer(model, new SupervisedOptions { SelfFed = new SelfFeeding { Share = 1 } });
        void Once(int seed)
        {
            using var scope = NewDisposeScope();
            trainer.Loss(Lessons, new Random(seed), new Random(seed)).backward();
        }
        Once(0); // gradients and tables that are made once
        Once(1);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var seed = 2; seed < 6; seed++) Once(seed);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(1.5, 0.2, 1.0, 0.5, "the share of self-fed updates is 1.5")]
    [InlineData(0.5, 1.0, 1.0, 0.5, "begins after 1 of the updates")]
    [InlineData(0.5, 0.2, 0.0, 0.5, "temperature is 0")]
    [InlineData(0.5, 0.2, 1.0, -1.0, "scale is -1")]
    [InlineData(double.NaN, 0.2, 1.0, 0.5, "the share of self-fed updates is NaN")]
    public void Settings_that_cannot_work_are_refused(double share, double after, double tau, double noise, string expected)
    {
        using var model = Some.Model();
        var own = new SelfFeeding { Share = share, After = after, Tau = tau, Noise = noise };
        Assert.Contains(expected, Assert.Single(own.Problems()));
        Assert.Contains(expected, Assert.Throws<ArgumentException>(
            () => new SupervisedTrainer(model, new SupervisedOptions { SelfFed = own })).Message);
    }
}
