using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tests.Generation;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Laws;

/// <summary>Members of one group on rungs of their own: each is drawn, fed, scored and replayed by the law of its rung.</summary>
public class GumbelLadderTests
{
    [Theory]
    [InlineData(0.0, "000000000000")]
    [InlineData(0.5, "010101010101")]
    [InlineData(0.25, "000100010001")]
    [InlineData(0.75, "011101110111")]
    [InlineData(1 / 3.0, "001001001001")]
    [InlineData(0.4, "001010010100")]
    public void The_discrete_members_are_those_of_the_stated_pattern(double share, string pattern)
    {
        var law = new GumbelLadder(1, [0.2, 0.3, 0.4], share);
        Assert.Equal(pattern, string.Concat(Enumerable.Range(0, 12).Select(m => law.Rung(m).Discrete ? '1' : '0')));
    }

    /// <summary>Whatever the share, in every block that can hold it exactly; and the others take all rungs in turn.</summary>
    [Fact]
    public void Every_aligned_block_has_exactly_its_share_and_the_others_walk_the_ladder()
    {
        double[] ladder = [0, 0.2, 0.45, 0.7];
        foreach (var (part, block) in new[] { (1, 2), (3, 10), (7, 10), (29, 100), (57, 100), (1, 3), (2, 7), (0, 5), (13, 16) })
        {
            var law = new GumbelLadder(1, ladder, part / (double)block);
            var soft = 0;
            for (var first = 0; first < 40 * block; first += block)
                Assert.Equal(part, Enumerable.Range(first, block).Count(m => law.Rung(m).Discrete));
            for (var m = 0; m < 40 * block; m++)
            {
                var (scale, discrete) = law.Rung(m);
                Assert.Equal(discrete ? 1 : ladder[soft++ % 4], scale);
                Assert.Equal(scale > 0, law.Draws(m));
            }
        }
    }

    /// <summary>The tensor form's rungs are the host's, at every member of a large group.</summary>
    [Fact]
    public void Tensors_know_the_same_rungs()
    {
        using var scope = NewDisposeScope();
        const int members = 3000;
        foreach (var share in new[] { 0, 0.29, 1 / 3.0, 0.5, 0.9 })
        {
            var law = new GumbelLadder(1, [0.2, 0, 0.7], share);
            var support = Steps.Support(Steps.Old, members);
            var record = law.Draw(support, full([members, Steps.Slots], Math.Exp(-Math.Exp(-1)), dtype: ScalarType.Float64));
            var moved = Some.Host(record.Values.sub(support.LogP).select(1, 0)); // noise of 1 everywhere
            var top = Some.Host(law.Weights(record).amax([1]));
            for (var m = 0; m < members; m++)
            {
                Assert.Equal(law.Rung(m).Scale, moved[m], 1e-12);
                Assert.Equal(law.Rung(m).Discrete, top[m] == 1);
            }
        }
    }

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(2, 0.8)]
    [InlineData(4, 2.5)]
    [InlineData(1, 1.0)] // discrete
    public void The_winner_of_a_rung_follows_the_probabilities_to_the_power_of_one_over_its_scale(int member, double scale)
    {
        using var scope = NewDisposeScope();
        const int draws = 100_000;
        var law = new GumbelLadder(1, [0.3, 0.8, 2.5], 0.5);
        var support = Steps.Support(Steps.Old, draws) with { Members = full([draws], member, dtype: ScalarType.Int64) };
        var winners = Some.Host(law.Winner(law.Draw(support, Steps.Uniforms(law, draws, 12))).to(ScalarType.Float64));
        double[] raw = [.. Some.Host(Steps.Support(Steps.Old, 1).LogP)[..4].Select(x => Math.Exp(x / scale))];
        var statistic = raw.Select((x, i) => (Expected: x / raw.Sum() * draws, Seen: winners.Count(w => w == i)))
            .Sum(x => (x.Seen - x.Expected) * (x.Seen - x.Expected) / x.Expected);
        Assert.True(statistic < 21.1, $"χ² = {statistic}"); // three degrees of freedom, the 0.01 % level
        Assert.True(scale == 1 || Math.Abs(winners.Count(w => w == 0) / (double)draws - 0.42) > 0.01); // not p's own
    }

    private static IReadOnlyList<RolloutGroup> Drawn(
        Decoder model, string engine, StepLaw law, ulong seed = 7, int size = 8, int first = 0,
        DrawingForm form = DrawingForm.Auto, int maxRows = 1024)
    {
        using var decoder = Some.Engine(engine, model);
        // Nothing ends but by length, so that libtorch multiplies batches of one size, whatever is drawn.
        var sampling = Some.Soft(law, topK: 10, topP: 1, length: 7) with { ThinkEnd = ThinkEnd.Never };
        return new Generator(decoder, CPU, model.Config.VocabularySize, [], Some.Words) { Drawing = form, MaxRows = maxRows }
            .Generate(Some.Prompts, size, sampling, seed, first);
    }

    public static TheoryData<string, DrawingForm> Ways => new()
    {
        { "torch", DrawingForm.Tensors }, { "torch", DrawingForm.Rows },
        { "simd", DrawingForm.Tensors }, { "simd", DrawingForm.Rows },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Discrete_members_are_the_categorical_law_s_and_the_others_the_winner_s_to_the_bit(string engine, DrawingForm form)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(deviation: 0.15);
        IReadOnlyList<RolloutGroup> Of(StepLaw law) => Drawn(model, engine, law, form: form);
        var mixed = Of(new GumbelLadder(0.6, [0.3, 0.7], 0.5));
        var (discrete, sure, bold) = (Of(new Categorical()), Of(new GumbelWinner(0.6, 0.3)), Of(new GumbelWinner(0.6, 0.7)));
        for (var g = 0; g < mixed.Count; g++)
            for (var m = 0; m < 8; m++)
            {
                var rung = m % 2 == 1 ? discrete : m / 2 % 2 == 0 ? sure : bold;
                Same(rung[g].Rollouts[m], mixed[g].Rollouts[m]);
            }

        // The replay's log-densities likewise, whatever stands beside them.
        double[] Replayed(IReadOnlyList<RolloutGroup> groups)
        {
            using var batch = Some.Batch(groups, sharePrompts: false);
            return Some.Host(Replay.LogDensities(model, batch));
        }
        var (all, one, two, three) = (Replayed(mixed), Replayed(discrete), Replayed(sure), Replayed(bold));
        for (var n = 0; n < all.Length; n++)
        {
            var m = n / 7 % 8;
            Assert.Equal((m % 2 == 1 ? one : m / 2 % 2 == 0 ? two : three)[n], all[n]);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void One_rung_alone_is_the_winner_s_law_to_the_bit(string engine, DrawingForm form)
    {
        using var model = Some.Model(deviation: 0.15);
        foreach (var scale in new[] { 0.3, 1 })
        {
            var ladder = Drawn(model, engine, StepLaws.Make("gumbel-ladder", new LawSettings { Ladder = [scale] }), form: form);
            var winner = Drawn(model, engine, StepLaws.Make("gumbel-winner", new LawSettings { NoiseScale = scale }), form: form);
            foreach (var (a, b) in winner.SelectMany(g => g.Rollouts).Zip(ladder.SelectMany(g => g.Rollouts))) Same(a, b);
            Assert.Equal(Gradient(winner), Gradient(ladder));
        }

        double[] Gradient(IReadOnlyList<RolloutGroup> groups)
        {
            using var scope = NewDisposeScope();
            foreach (var p in model.Parameters) p.grad?.zero_();
            using var batch = Some.Batch(groups);
            var densities = Replay.LogDensities(model, batch);
            densities.mul(batch.Advantages).sum().backward();
            return [.. Some.Host(densities), .. model.Parameters.SelectMany(p => Some.Host(p.grad!))];
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Members_without_noise_think_one_thing_that_has_no_density_and_no_gradient(string engine, DrawingForm form)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(deviation: 0.15);
        var law = new GumbelLadder(0.5, [0, 0.8], 0.5);
        var (groups, others) = (Drawn(model, engine, law, form: form), Drawn(model, engine, law, seed: 8, form: form));
        for (var g = 0; g < groups.Count; g++)
            foreach (var m in new[] { 0, 4 })
            {
                var (rollout, other) = (groups[g].Rollouts[m], others[g].Rollouts[m]);
                Assert.All(rollout.Steps, s => Assert.Equal((StepKind.Soft, 0f), (s.Kind, s.LogDensity)));
                for (var t = 0; t < rollout.Length; t++)
                {
                    Assert.Equal(rollout[t].Slots.LogP.ToArray(), rollout[t].Slots.Values.ToArray());
                    Assert.Equal(rollout[t].Slots.Weights.ToArray(), other[t].Slots.Weights.ToArray());
                    var p = rollout[t].Slots.LogP.ToArray().Select(x => Math.Exp(x / 0.5)).ToArray();
                    for (var i = 0; i < p.Length; i++) Assert.Equal(p[i] / p.Sum(), rollout[t].Slots.Weights.Span[i], 1e-6);
                }
                Assert.NotEqual(groups[g].Rollouts[2].Tokens, others[g].Rollouts[2].Tokens);
            }

        double Run(int[] members)
        {
            foreach (var p in model.Parameters) p.grad?.zero_();
            using var batch = RolloutBatch.Collate(
                [.. groups.SelectMany(g => members.Select(m => (g.Prompt, g.Rollouts[m], 1.0)))], CPU);
            var densities = Replay.LogDensities(model, batch);
            if (members.All(m => m % 4 == 0)) Assert.All(Some.Host(densities), x => Assert.Equal(0, x));
            densities.sum().backward();
            return model.Parameters.Sum(p => Some.Host(p.grad!).Sum(x => x * x));
        }
        Assert.Equal(0, Run([0, 4]));
        Assert.True(Run([0, 2, 4]) > 0);
    }

    /// <summary>What was not drawn is not scored; it ends thinking all the same.</summary>
    [Theory]
    [InlineData("torch", DrawingForm.Tensors)]
    [InlineData("simd", DrawingForm.Rows)]
    public void A_token_that_ends_thinking_without_noise_is_not_scored(string engine, DrawingForm form)
    {
        using var model = Some.Model(deviation: 0.15);
        using var decoder = Some.Engine(engine, model);
        var sampling = Some.Soft(new GumbelLadder(1, [0, 0.5], 0.5), topK: 10, topP: 1, length: 40);
        Prompt[] prompts = [.. Enumerable.Range(3, 20).Select(i => Some.Prompt($"{i}", i, 25 - i))];
        var groups = new Generator(decoder, CPU, model.Config.VocabularySize, [Some.EndToken], Some.Words) { Drawing = form }
            .Generate(prompts, 4, sampling, seed: 3);
        var (certain, drawn) = (Ends(m => m == 0), Ends(m => m != 0));
        Assert.NotEmpty(certain);
        Assert.NotEmpty(drawn);
        Assert.All(certain, s => Assert.Equal((StepKind.Forced, 0f), (s.Kind, s.LogDensity)));
        Assert.All(drawn, s => Assert.True(s.Kind == StepKind.Hard && s.LogDensity < 0));
        using var batch = Some.Batch(groups);
        using var densities = Replay.LogDensities(model, batch);
        Table.Near(1e-4, Some.Host(batch.Recorded), densities, "log-densities");

        List<Step> Ends(Func<int, bool> member) => [.. groups.SelectMany(g => g.Rollouts).Where(r => member(r.Member))
            .Select(r => r.Steps.FirstOrDefault(s => s.Kind != StepKind.Soft)).Where(s => s.Kind != StepKind.Prompt)];
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_member_keeps_its_rung_where_its_group_is_continued_later(string engine, DrawingForm form)
    {
        using var model = Some.Model(deviation: 0.15);
        var law = new GumbelLadder(0.6, [0.3, 0, 0.7], 0.25);
        var whole = Drawn(model, engine, law, size: 11, form: form);
        var begun = Drawn(model, engine, law, size: 5, form: form);
        var continued = Drawn(model, engine, law, size: 6, first: 5, form: form);
        var joined = whole.Select((g, i) => g with { Rollouts = [.. begun[i].Rollouts, .. continued[i].Rollouts] }).ToArray();
        // libtorch multiplies batches of another size in another order; a mixture feeds that rounding back.
        DrawingTests.Same(whole, joined, engine == "simd" ? 0 : 1e-3);
        Assert.All([.. whole, .. joined], g => Assert.Equal(Enumerable.Range(0, 11), g.Rollouts.Select(r => r.Member)));
        DrawingTests.Same(whole, Drawn(model, engine, law, size: 11, form: form, maxRows: 4), engine == "simd" ? 0 : 1e-3);
    }

    [Fact]
    public void What_is_no_ladder_is_refused_in_a_recipe_s_words()
    {
        string Refused(IReadOnlyList<double>? ladder, double share = 0) =>
            Assert.Throws<ArgumentException>(() => new GumbelLadder(1, ladder, share)).Message;
        Assert.Contains("noise_ladder \"\" needs one scale of noise or more", Refused([]));
        Assert.Contains("noise_ladder \"0.2 -1\"", Refused([0.2, -1]));
        Assert.Contains("each 0, or at least 0.001", Refused([double.NaN]));
        Assert.Contains("noise_ladder \"0 0.0009\"", Refused([0, 0.0009]));
        Assert.Equal([0, 0.001], new GumbelLadder(1, [0, 0.001]).Ladder);
        Assert.Contains("discrete_share 1 must lie in [0, 1)", Refused(null, 1));
        Assert.Contains("use thinking_law categorical", Refused(null, 1));
        var bare = Assert.IsType<GumbelLadder>(StepLaws.Make("gumbel-ladder", new LawSettings { DiscreteShare = 0.5 }));
        Assert.Equal([0.4], bare.Ladder);
        Assert.Contains("noise_ladder does nothing for thinking_law gumbel-winner", Assert.Throws<ArgumentException>(
            () => StepLaws.Make("gumbel-winner", new LawSettings { Ladder = [0.2] })).Message);
        using var scope = NewDisposeScope();
        Assert.Contains("has none", Assert.Throws<InvalidOperationException>(() => bare.Draw(
            Steps.Support(Steps.Old, 2) with { Members = null }, Steps.Uniforms(bare, 2, 1))).Message);
    }

    private static void Same(Rollout expected, Rollout actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        for (var t = 0; t < expected.Length; t++)
        {
            var (a, b) = (expected[t], actual[t]);
            Assert.Equal((a.Kind, a.LogDensity, a.Entropy, a.Mass), (b.Kind, b.LogDensity, b.Entropy, b.Mass));
            Assert.Equal(a.Slots.Ids.ToArray(), b.Slots.Ids.ToArray());
            Assert.Equal(a.Slots.LogP.ToArray(), b.Slots.LogP.ToArray());
            Assert.Equal(a.Slots.Values.ToArray(), b.Slots.Values.ToArray());
            Assert.Equal(a.Slots.Weights.ToArray(), b.Slots.Weights.ToArray());
        }
    }
}
