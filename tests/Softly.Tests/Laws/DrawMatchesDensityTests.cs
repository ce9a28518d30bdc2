using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>The first pair of twins: what a law draws follows the density it states.</summary>
public class DrawMatchesDensityTests
{
    private const int Draws = 200_000;
    private static readonly double[] P = [.55, .25, .12, .06, .02];
    private static readonly double[] Shift = [.2, -.1, .15, -.2, .1];

    public static TheoryData<string> Names => [.. LawCase.Names];

    public static TheoryData<string> Trainable => LawCase.Trainable;

    public static TheoryData<string> Exact => [.. LawCase.Names.Where(n => LawCase.Of(n).Law.IsExact)];

    public static TheoryData<string> Inexact =>
        [.. LawCase.Names.Where(n => LawCase.Of(n).Law is { IsExact: false, CanTrain: true })];

    [Fact]
    public void Every_law_has_its_entry_and_every_entry_its_law()
    {
        foreach (var name in StepLaws.Names) Assert.Equal(name, LawCase.Of(name).Law.Name);
        foreach (var name in LawCase.Names) Assert.Contains(LawCase.Of(name).Law.Name, StepLaws.Names);
    }

    private static (Support Support, Tensor Uniforms) Many(int n, ulong seed = 5)
    {
        var numbers = new double[n * P.Length];
        for (var i = 0; i < n; i++) CounterNoise.Uniforms(seed, 1, i, 0, numbers.AsSpan(i * P.Length, P.Length));
        var logits = tensor([.. P.Select(p => Math.Log(p))], [1, P.Length]).expand(n, P.Length).contiguous();
        return (new SupportFilter { TopK = P.Length }.Apply(logits), tensor(numbers, [n, P.Length]));
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void The_mean_ratio_is_one_both_ways(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var back in new[] { false, true })
        {
            var logRatio = LogRatio(name, back);
            var (mean, error) = Steps.Mean([.. logRatio.Select(Math.Exp)]);
            Assert.True(Math.Abs(mean - 1) <= 4 * error + 1e-12, $"mean ratio {mean} ± {error}");
            Assert.True(error < 0.01, $"mean ratio {mean} ± {error}: the test has no power");
            if (name != "blank") Assert.True(logRatio.Average(Math.Abs) > 0.05, "the policies are too close for the test to see");
        }
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void The_mean_score_of_an_exact_density_is_zero(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var (mean, error) in Scores(name).Select(Steps.Mean))
        {
            Assert.True(Math.Abs(mean) <= 4 * error + 1e-12, $"mean score {mean} ± {error}");
            Assert.True(error < 0.03, $"mean score {mean} ± {error}: the test has no power");
        }
    }

    /// <summary>
    /// A law that says it is not exact is not: its mean score is not 0, or its mean ratio not 1. The winner's density is the one
    /// that is exact, for its winner.
    /// </summary>
    [Theory]
    [MemberData(nameof(Inexact))]
    public void A_law_that_is_no_density_shows_it(string name)
    {
        using var scope = NewDisposeScope();
        // At a surer step, and to a policy further away: a blend of two densities is nearly one where the two nearly agree.
        double[] sure = [.. Steps.Old.Select(z => 1.8 * z)];
        double[] far = [.. sure.Select((z, i) => z + 2 * (Steps.New[i] - Steps.Old[i]))];
        var (law, record) = (LawCase.Of(name).Law, Steps.Draw(LawCase.Of(name).Law, Steps.Count, seed: 8, sure));
        var ratios = Steps.Density(law, record, far).sub(Steps.Density(law, record, sure)).exp();
        var (ratio, ratioError) = Steps.Mean(Some.Host(ratios));
        var scores = Scores(name).Select(Steps.Mean).ToList();
        var bias = LawCase.Of(name).Bias;
        var worst = scores.Max(s => s.Error > 0 ? Math.Abs(s.Mean) / s.Error : 0);
        if (bias == Bias.Score) Assert.True(worst > 5, $"mean scores within {worst} errors");
        else Assert.True(worst <= 4, $"mean scores off by {worst} errors");
        if (bias == Bias.Ratio) Assert.True(Math.Abs(ratio - 1) > 5 * ratioError, $"mean ratio {ratio} ± {ratioError}");
        if (bias == Bias.None) Assert.True(Math.Abs(ratio - 1) <= 4 * ratioError, $"mean ratio {ratio} ± {ratioError}");
        Assert.Equal(law.Name is "gumbel-winner" or "gumbel-ladder", bias == Bias.None);
    }

    [Theory]
    [MemberData(nameof(Trainable))]
    public void The_score_has_the_variance_that_the_law_states(string name)
    {
        using var scope = NewDisposeScope();
        var p = Some.Host(Steps.Support(Steps.Old, 1).LogP.exp()).Where(x => x > 0).ToArray();
        if (LawCase.Of(name).Law.ScoreVariance(p) is not { } stated) return;
        var scores = Scores(name);
        var squares = Enumerable.Range(0, Steps.Count).Select(r => scores.Sum(column => column[r] * column[r])).ToArray();
        var (mean, error) = Steps.Mean(squares); // the mean score is 0
        Assert.True(Math.Abs(mean - stated) <= 4 * error + 1e-12, $"{mean} ± {error}, stated {stated}");
        Assert.True(error <= 0.03 * stated, $"{mean} ± {error}: the test has no power");
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void A_divergence_in_closed_form_is_the_mean_log_ratio(string name)
    {
        using var scope = NewDisposeScope();
        var law = LawCase.Of(name).Law;
        foreach (var back in new[] { false, true })
        {
            var record = Steps.Many(name, back);
            var one = First(record);
            var (p, q) = back ? (Steps.New, Steps.Old) : (Steps.Old, Steps.New);
            if (law.Divergence(one, Steps.LogP(law, one, p), Steps.LogP(law, one, q)) is not { } divergence)
            {
                Assert.Equal("without-replacement", law.Name); // the only one without a simple form
                return;
            }
            var (mean, error) = Steps.Mean([.. LogRatio(name, back).Select(x => -x)]);
            var stated = Some.Host(divergence)[0];
            Assert.True(Math.Abs(mean - stated) <= 4 * error + 1e-12, $"{mean} ± {error}, stated {stated}");
            Assert.True(error <= 0.1 * stated + 1e-12, $"{mean} ± {error}: the test has no power");
        }
    }

    [Theory]
    [MemberData(nameof(Trainable))]
    public void The_divergence_of_a_policy_from_itself_is_zero_and_any_other_is_above(string name)
    {
        using var scope = NewDisposeScope();
        var law = LawCase.Of(name).Law;
        var record = Steps.Draw(law, 20);
        var random = new Random(1);
        var logits = Enumerable.Range(0, 20 * Steps.Vocabulary).Select(_ => 4 * random.NextDouble()).ToArray();
        var p = tensor(logits, [20, Steps.Vocabulary]);
        var q = p.add(Steps.Row(Steps.New)).sub(Steps.Row(Steps.Old));
        Tensor? Between(Tensor a, Tensor b) => law.Divergence(record, Steps.LogP(law, record, a), Steps.LogP(law, record, b));
        if (Between(p, p) is not { } none) return;
        Table.Near(1e-12, new double[20], none, name);
        if (name == "blank") return;
        foreach (var (between, row) in Some.Host(Between(p, q)!).Select((x, i) => (x, i)))
            Assert.Equal(!LawCase.Of(name).IsCertain(row), between > 1e-4);
    }

    /// <summary>What is a function of something else cannot be told apart better than it.</summary>
    [Fact]
    public void The_divergence_of_the_winner_is_below_that_of_the_mixture_and_that_below_the_noises()
    {
        using var scope = NewDisposeScope();
        var record = Steps.Draw(new GumbelSoftmax(), 50);
        var random = new Random(2);
        Tensor Policy() => StepLaw.Renormalized(
            tensor(Enumerable.Range(0, 250).Select(_ => 3 * random.NextDouble()).ToArray(), [50, 5]), record.Kept, 1);
        var (p, q) = (Policy(), Policy());
        double[] Of(StepLaw law) => Some.Host(law.Divergence(record, p, q)!);
        double[] winner = Of(new Categorical()), mixture = Of(new Concrete()), noise = Of(new GumbelSoftmax());
        for (var r = 0; r < 50; r++) Assert.True(winner[r] < mixture[r] && mixture[r] < noise[r]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_draw_is_a_function_of_its_own_uniforms(string name)
    {
        using var scope = NewDisposeScope();
        var law = LawCase.Of(name).Law;
        var (support, uniforms) = (Steps.Support(Steps.Old, 40), Steps.Uniforms(law, 40, 3));
        double[] Values(int first, int count) => Some.Host(
            law.Draw(Part(support, first, count), uniforms.narrow(0, first, count)).Values);
        var all = Values(0, 40);
        Assert.Equal(all, Values(0, 40));
        Assert.Equal(all[(all.Length / 40 * 11)..(all.Length / 40 * 14)], Values(11, 3));
        if (law is not (SoftThinking or Blank))
            Assert.NotEqual(all, Some.Host(law.Draw(support, Steps.Uniforms(law, 40, 4)).Values));
    }

    private static Support Part(Support support, int first, int count) =>
        new(support.Ids.narrow(0, first, count), support.Kept.narrow(0, first, count), support.LogP.narrow(0, first, count))
        {
            Embedding = support.Embedding, FullLogP = support.FullLogP!.narrow(0, first, count),
            Members = support.Members!.narrow(0, first, count),
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_are_a_mixture_of_what_was_kept(string name)
    {
        using var scope = NewDisposeScope();
        var (known, law) = (LawCase.Of(name), LawCase.Of(name).Law);
        var record = Steps.Many(name);
        var weights = law.Weights(record);
        Assert.Equal(record.Ids.shape, weights.shape);
        var sums = Some.Host(weights.sum(1));
        Assert.All(sums, s => Assert.Equal(known.Mixture == Mixture.Nothing ? 0 : 1, s, 1e-12));
        var all = Some.Host(weights);
        Assert.All(all, w => Assert.True(double.IsFinite(w)));
        Assert.Equal(known.Mixture == Mixture.Signed, all.Any(w => w < 0));
        var closed = Some.Host(weights.masked_fill(record.Kept, 0).abs().max())[0];
        Assert.Equal(known.FeedsWhatIsNotScored, closed > 0);
        Assert.Equal(known.Mixture == Mixture.Nothing && name != "blank", law.Vectors(record) is not null);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_winner_is_a_kept_token_and_follows_the_probabilities_where_that_is_promised(string name)
    {
        using var scope = NewDisposeScope();
        var (known, law) = (LawCase.Of(name), LawCase.Of(name).Law);
        var record = Steps.Many(name);
        var winner = law.Winner(record);
        Assert.Equal(1, Some.Host(record.Kept.gather(1, winner.unsqueeze(1)).to(ScalarType.Float64).min())[0]);
        if (known.WinnerFollowsP)
        {
            double[] raw = [.. Some.Host(Steps.Support(Steps.Old, 1).LogP)[..4].Select(x => Math.Exp(x / known.WinnerScale))];
            ChiSquared(Some.Host(winner.to(ScalarType.Float64)), [.. raw.Select(x => x / raw.Sum())]);
        }
    }

    private static ThoughtRecord First(ThoughtRecord record) => record with
    {
        Ids = record.Ids.narrow(0, 0, 1), Kept = record.Kept.narrow(0, 0, 1), LogP = record.LogP.narrow(0, 0, 1),
        Values = record.Values.narrow(0, 0, 1), Rows = record.Rows?.narrow(0, 0, 1), Members = record.Members?.narrow(0, 0, 1),
    };

    /// <summary>Of the new policy to the old, over draws of the old; or the other way round.</summary>
    private static double[] LogRatio(string name, bool back = false)
    {
        using var scope = NewDisposeScope();
        var (law, record) = (LawCase.Of(name).Law, Steps.Many(name, back));
        double[] now = Some.Host(Steps.Density(law, record, Steps.New)), then = Some.Host(Steps.Density(law, record, Steps.Old));
        return [.. now.Zip(then, (a, b) => back ? b - a : a - b)];
    }

    /// <summary>For every kept token the gradient of each draw's log-density by its logit.</summary>
    private static double[][] Scores(string name)
    {
        using var scope = NewDisposeScope();
        var (law, record) = (LawCase.Of(name).Law, Steps.Many(name));
        var leaf = Steps.Row(Steps.Old).expand(Steps.Count, -1).clone().requires_grad_();
        law.LogDensity(record, Steps.LogP(law, record, leaf)).sum().backward();
        return [.. new[] { 1, 3, 5, 7 }.Select(id => Some.Host(leaf.grad!.select(1, id)))];
    }

    [Fact]
    public void The_published_surrogate_would_be_noticed_by_its_mean_ratio()
    {
        // Clamped, averaged over the components above log p = −3 instead of summed: a stand-in, and no density of the draw.
        using var scope = NewDisposeScope();
        var (support, uniforms) = Many(Draws);
        var values = new GumbelSoftmax().Draw(support, uniforms).Values;
        Tensor Surrogate(Tensor logP)
        {
            var e = values.sub(logP).clamp(-1.5, 3);
            var counted = logP.gt(-3);
            return e.add(e.neg().exp()).neg().masked_fill(counted.logical_not(), 0).sum(1).div(counted.sum(1));
        }
        var moved = StepLaw.Renormalized(support.LogP.add(tensor(Shift, [1, 5])), support.Kept, 1);
        var (mean, error) = Steps.Mean(Some.Host(Surrogate(moved).sub(Surrogate(support.LogP)).exp()));
        Assert.True(Math.Abs(mean - 1) > 15 * error, $"mean ratio {mean} ± {error}");
    }

    [Fact]
    public void A_soft_cross_entropy_would_be_noticed_by_its_mean_score()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax(0.5);
        var (support, uniforms) = Many(Draws);
        var weights = law.Weights(law.Draw(support, uniforms));
        var scores = MeanScores(logP => weights.mul(logP).sum(1), support);
        Assert.Contains(scores, s => Math.Abs(s.Mean) > 15 * s.Error);
    }

    /// <summary>For every component the mean over draws of the density's gradient by its logit, and its error.</summary>
    private static (double Mean, double Error)[] MeanScores(Func<Tensor, Tensor> density, Support support)
    {
        var leaf = support.LogP.detach().clone().requires_grad_(); // (N, 5): a row's gradient is the score of its draw
        density(StepLaw.Renormalized(leaf, support.Kept, 1)).sum().backward();
        return [.. Enumerable.Range(0, P.Length).Select(k => Steps.Mean(Some.Host(leaf.grad!.select(1, k))))];
    }

    [Fact]
    public void A_clamped_noise_would_be_noticed()
    {
        // The power of the test above: the published clamp [−1.5, 3] moves the winner's frequencies by up to 0.02, and is told
        // apart.
        using var scope = NewDisposeScope();
        var (support, uniforms) = Many(Draws);
        var clamped = uniforms.log().neg().log().neg().clamp(-1.5, 3);
        Assert.ThrowsAny<Exception>(() => ChiSquared(Some.Host(support.LogP.add(clamped).argmax(1).to(ScalarType.Float64))));
    }

    [Fact]
    public void Inverting_the_distribution_function_follows_the_probabilities()
    {
        using var scope = NewDisposeScope();
        var (support, uniforms) = Many(Draws);
        ChiSquared(Some.Host(Categorical.Invert(support.LogP, uniforms.narrow(1, 0, 1)).to(ScalarType.Float64)));
        var certain = tensor(new[] { float.NegativeInfinity, 0, float.NegativeInfinity }, [1, 3]);
        foreach (var u in new[] { 1e-12, 0.5, 1 - 1e-12 })
            Assert.Equal(1, Some.Host(Categorical.Invert(certain, tensor(new[] { u }, [1, 1])).to(ScalarType.Float64))[0]);
    }

    [Fact]
    public void Gumbel_and_categorical_draw_the_same_words_from_the_same_noise()
    {
        using var scope = NewDisposeScope();
        var (support, uniforms) = Many(1000);
        Assert.Equal(
            Some.Host(new Categorical().Draw(support, uniforms).Values.argmax(1).to(ScalarType.Float64)),
            Some.Host(new GumbelSoftmax().Draw(support, uniforms).Values.argmax(1).to(ScalarType.Float64)));
    }

    [Fact]
    public void The_noise_has_the_mean_variance_and_distribution_of_a_standard_gumbel()
    {
        var numbers = new double[Draws];
        for (var i = 0; i < Draws; i++) CounterNoise.Uniforms(9, 2, i, 3, numbers.AsSpan(i, 1));
        var gumbel = numbers.Select(u => -Math.Log(-Math.Log(u))).Order().ToArray();
        var mean = gumbel.Average();
        Assert.Equal(0.5772, mean, 0.015);                                              // standard error 0.0029
        Assert.Equal(1.6449, gumbel.Select(g => (g - mean) * (g - mean)).Average(), 0.04); // standard error about 0.008
        var distance = gumbel.Select((g, i) => Math.Abs(Math.Exp(-Math.Exp(-g)) - (i + 0.5) / Draws)).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(Draws), $"Kolmogorov–Smirnov distance {distance}"); // 0.1 % level
    }

    [Fact]
    public void Philox_reproduces_its_published_vectors()
    {
        // Known answers of Random123 for philox4x32-10.
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), CounterNoise.Philox(0, 0, 0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            CounterNoise.Philox(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue));
    }

    [Fact]
    public void Every_coordinate_of_the_counter_changes_the_noise()
    {
        double Draw(ulong seed, ulong problem, int sample, int position, int component)
        {
            var numbers = new double[9];
            CounterNoise.Uniforms(seed, problem, sample, position, numbers);
            return numbers[component];
        }
        double[] all =
        [
            Draw(1, 1, 1, 1, 1), Draw(2, 1, 1, 1, 1), Draw(1, 2, 1, 1, 1), Draw(1, 1, 2, 1, 1), Draw(1, 1, 1, 2, 1),
            Draw(1, 1, 1, 1, 2), Draw(1, 1, 1, 1, 6)
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(Draw(1, 1, 1, 1, 1), Draw(1, 1, 1, 1, 1));
    }

    /// <summary>Pearson's test at the 0.01 % level.</summary>
    private static void ChiSquared(double[] winners, double[]? p = null)
    {
        var statistic = (p ?? P).Select((x, i) => (Expected: x * winners.Length, Seen: winners.Count(w => w == i))).Sum(x =>
            (x.Seen - x.Expected) * (x.Seen - x.Expected) / x.Expected);
        Assert.True(statistic < ((p ?? P).Length == 5 ? 23.5 : 21.1), $"χ² = {statistic}"); // four degrees of freedom, and three
    }
}
