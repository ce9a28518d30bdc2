using Softly.Generation;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>The token that a rule puts in to end thinking: where it stands, that it is fed and never scored.</summary>
public class ForcedEndTests
{
    private const int Length = 40; // more than two chunks of steps

    private static SamplingOptions Options(string law) => Some.Soft(StepLaws.Make(law, new LawSettings()), length: Length);

    private static List<(Prompt Prompt, Rollout Rollout)> Drawn(SamplingOptions sampling, string engine = "torch", int group = 16)
    {
        using var model = Some.Model(deviation: 0.18);
        using var decoder = Some.Engine(engine, model);
        return [.. Some.GeneratorFor(model, decoder).Generate(Some.Prompts, group, sampling, seed: 9)
            .SelectMany(g => g.Rollouts.Select(r => (g.Prompt, r)))];
    }

    /// <summary>Where thinking ends: the first token that ends it, or the text; T where none does.</summary>
    private static int End(Rollout rollout, bool blank = false) => Enumerable.Range(0, rollout.Length).FirstOrDefault(
        t => rollout.Tokens[t] is Some.ThinkEndToken or Some.EndToken && !(blank && rollout[t].Kind == StepKind.Soft),
        rollout.Length);

    /// <summary>The entropy that a share of the thoughts stays below.</summary>
    private static float Entropy(List<(Prompt, Rollout Rollout)> drawn, double share)
    {
        var all = drawn.SelectMany(r => r.Rollout.Steps).Where(s => s.Kind == StepKind.Soft).Select(s => s.Entropy).Order()
            .ToArray();
        return all[(int)(all.Length * share)];
    }

    [Theory]
    [InlineData("gumbel-softmax", 4, "torch")]
    [InlineData("gumbel-softmax", 4, "simd")]
    [InlineData("gumbel-softmax", 20, "torch")] // beyond the first chunk
    [InlineData("gumbel-softmax", 20, "simd")]
    [InlineData("gaussian-embedding", 5, "torch")]
    [InlineData("gaussian-embedding", 5, "simd")]
    [InlineData("neighbors", 1, "torch")]
    [InlineData("blank", 17, "simd")]
    public void After_so_many_thoughts_the_token_that_ends_thinking_is_put_in(string law, int thoughts, string engine)
    {
        int forced = 0, chosen = 0;
        foreach (var (_, rollout) in Drawn(Options(law) with { ThinkLength = thoughts }, engine))
        {
            var end = End(rollout, law == "blank");
            Assert.True(end <= thoughts);
            for (var t = 0; t < rollout.Length; t++)
                Assert.Equal(
                    t < end ? StepKind.Soft : t == end && end == thoughts ? StepKind.Forced : StepKind.Hard, rollout[t].Kind);
            Assert.Equal(end == thoughts ? rollout.Length - 1 : rollout.Length, rollout.ScoredSteps);
            if (end < thoughts) chosen++;
            else
            {
                Assert.Equal((Some.ThinkEndToken, 0f), (rollout.Tokens[end], rollout[end].LogDensity));
                forced++;
            }
        }
        Assert.True(forced > 0);
        Assert.Equal(law != "blank" && thoughts > 1, chosen > 0);
    }

    /// <summary>
    /// Noise is a function of the position, so a rollout with the rule is the one without it up to where the rule strikes: at the
    /// last of so many sure thoughts in a row, in its place.
    /// </summary>
    [Theory]
    [InlineData("torch")]
    [InlineData("simd")]
    public void A_cold_stop_puts_it_in_place_of_the_last_of_so_many_sure_thoughts(string engine)
    {
        const int inARow = 3;
        var free = Drawn(Options("gumbel-softmax"), engine);
        var entropy = Entropy(free, 2.0 / 3);
        var stopped = Drawn(Options("gumbel-softmax") with { ColdStop = new ColdStop(entropy, inARow) }, engine);
        int forced = 0, late = 0;
        for (var i = 0; i < free.Count; i++)
        {
            var (without, with) = (free[i].Rollout, stopped[i].Rollout);
            var sure = 0;
            var strikes = Enumerable.Range(0, End(without) + 1).FirstOrDefault(
                t => t < without.Length && (sure = without[t].Entropy < entropy ? sure + 1 : 0) >= inARow, -1);
            var same = strikes < 0 ? without.Length : strikes;
            Assert.Equal(without.Tokens.Take(same), with.Tokens.Take(same));
            Assert.Equal(without.Steps.Take(same).Select(s => s.Kind), with.Steps.Take(same).Select(s => s.Kind));
            if (strikes < 0)
            {
                Assert.DoesNotContain(with.Steps, s => s.Kind == StepKind.Forced);
                continue;
            }
            Assert.Equal((StepKind.Forced, Some.ThinkEndToken), (with[strikes].Kind, with[strikes].Token));
            Assert.All(with.Steps.Skip(strikes + 1), s => Assert.Equal(StepKind.Hard, s.Kind));
            forced++;
            if (strikes >= 16) late++;
        }
        Assert.True(
            forced > 5 && late > 0 && forced < free.Count, $"{forced} of {free.Count} forced, {late} behind the first chunk");
    }

    /// <summary>Texts make the generator look at every step, with its count of thoughts kept by the host.</summary>
    [Fact]
    public void Both_rules_strike_at_the_same_place_when_every_step_is_looked_at()
    {
        var sampling = Options("gumbel-softmax") with
        {
            ThinkLength = 18, ColdStop = new ColdStop(Entropy(Drawn(Options("gumbel-softmax")), 0.6), 4),
        };
        var (chunks, steps) = (Drawn(sampling), Drawn(sampling with { StopTexts = ["never"] }));
        Assert.Contains(chunks, r => r.Rollout.Length > 18 && r.Rollout[18].Kind == StepKind.Forced);
        Assert.Contains(chunks, r => r.Rollout.Steps.Take(18).Any(s => s.Kind == StepKind.Forced));
        for (var i = 0; i < chunks.Count; i++)
        {
            Assert.Equal(chunks[i].Rollout.Tokens, steps[i].Rollout.Tokens);
            Assert.Equal(chunks[i].Rollout.Steps.Select(s => s.Kind), steps[i].Rollout.Steps.Select(s => s.Kind));
        }
    }

    [Theory]
    [InlineData("gumbel-softmax")]
    [InlineData("gaussian-embedding")]
    [InlineData("blank")]
    public void A_forced_token_is_fed_and_replayed_and_not_scored(string law)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model();
        using var decoder = new Overheard(Some.Engine("simd", model));
        var sampling = Options(law) with { ThinkLength = 3, MaxNewTokens = 10 };
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, sampling, seed: 7);
        var rollouts = groups.SelectMany(g => g.Rollouts).ToList();
        Assert.Contains(rollouts, r => r.Length > 4 && r[3].Kind == StepKind.Forced);
        for (var r = 0; r < rollouts.Count; r++)
            for (var t = 0; t < rollouts[r].Length - 1; t++)
            {
                if (rollouts[r][t].Kind != StepKind.Forced) continue;
                var (ids, weights, vectors) = decoder.Of(r)[t];
                var fed = Some.Host(ids).Zip(Some.Host(weights)).Where(x => x.Second != 0);
                Assert.Equal([(Some.ThinkEndToken, 1.0)], fed.Select(x => ((int)x.First, x.Second)));
                if (vectors is not null) Assert.All(Some.Host(vectors), v => Assert.Equal(0, v));
            }
        foreach (var share in new[] { false, true })
        {
            using var batch = Some.Batch(groups, sharePrompts: share);
            Assert.Equal(groups.Sum(g => g.Rollouts.Sum(r => r.ScoredSteps)), batch.Steps);
            Assert.Equal(batch.Steps, batch.Lengths.shape[0]);
            var lengths = groups.SelectMany(g => g.Rollouts)
                .SelectMany(r => Enumerable.Repeat((double)r.ScoredSteps, r.ScoredSteps));
            Assert.Equal(lengths, Some.Host(batch.Lengths));
            using var replayed = Replay.LogDensities(model, batch);
            Table.Near(5e-5, Some.Host(batch.Recorded), replayed, $"{law}, prompts shared: {share}");
        }
    }

    /// <summary>A scored step behind a forced one follows from it: with another token there, its density is another.</summary>
    [Fact]
    public void What_follows_a_forced_token_depends_on_it()
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model();
        using var decoder = Some.Engine("torch", model);
        var sampling = Options("gumbel-softmax") with { ThinkLength = 2, MaxNewTokens = 8 };
        var group = Some.GeneratorFor(model, decoder).Generate([Some.Prompts[0]], 8, sampling, seed: 7)[0];
        var rollout = group.Rollouts.First(r => r.Length > 4 && r[2].Kind == StepKind.Forced);
        double[] Densities(int token)
        {
            var copy = new Rollout(sampling, rollout.Width);
            foreach (var step in rollout.Steps) copy.Add(step.Kind == StepKind.Forced ? step with { Token = token } : step);
            using var batch = RolloutBatch.Collate([(group.Prompt, copy, 1.0)], CPU);
            using var densities = Replay.LogDensities(model, batch);
            return Some.Host(densities);
        }
        double[] one = Densities(Some.ThinkEndToken), other = Densities(17);
        Assert.Equal(rollout.Length - 1, one.Length);
        Assert.Equal(one[..2], other[..2]);
        for (var n = 2; n < one.Length; n++) Assert.NotEqual(one[n], other[n]);
    }

    [Fact]
    public void What_cannot_end_thinking_is_refused_with_the_remedy()
    {
        var soft = Options("gumbel-softmax");
        Assert.Empty((soft with { ThinkLength = 4, ColdStop = new ColdStop(0.5) }).Problems(23, training: true));
        Refused("think_end_str", soft with { ThinkLength = 4, ThinkEnd = ThinkEnd.Never });
        Refused("think_end_str", soft with { ThinkLength = 4, ThinkEnd = new ThinkEnd(Text: "so") });
        Refused("need soft thinking", soft with { ThinkLength = 4, Law = null });
        Refused("think_end_str", soft with { ColdStop = new ColdStop(0.5), ThinkEnd = ThinkEnd.Never });
        Refused("need soft thinking", soft with { ColdStop = new ColdStop(0.5), Law = null });
        Refused("entropy above 0", soft with { ColdStop = new ColdStop(0) });
        Refused("length of at least 1", soft with { ColdStop = new ColdStop(0.5, 0) });
        Refused("set think_length", Options("blank"));
        Assert.Empty((Options("blank") with { ThinkLength = 4 }).Problems(23, training: true));

        void Refused(string why, SamplingOptions sampling)
        {
            Assert.Contains(sampling.Problems(23, training: true), p => p.Contains(why, StringComparison.Ordinal));
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => Drawn(sampling)).Message);
        }
    }
}
