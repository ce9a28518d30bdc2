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

    public static TheoryData<string> Exact => ["gumbel-softmax", "scaled", "categorical"];

    private static StepLaw Law(string name) => name switch
    {
        "gumbel-softmax" => new GumbelSoftmax(),
        "scaled" => new GumbelSoftmax(0.3, 0.6),
        "gumbel-winner" => new GumbelWinner(),
        "categorical" => new Categorical(),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static (Support Support, Tensor Uniforms) Many(int n, ulong seed = 5)
    {
        var numbers = new double[n * P.Length];
        for (var i = 0; i < n; i++) CounterNoise.Uniforms(seed, 1, i, 0, numbers.AsSpan(i * P.Length, P.Length));
        var logits = tensor([.. P.Select(p => Math.Log(p))], [1, P.Length]).expand(n, P.Length).contiguous();
        return (new SupportFilter { TopK = P.Length }.Apply(logits), tensor(numbers, [n, P.Length]));
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void The_mean_ratio_to_a_nearby_policy_is_one(string name)
    {
        using var scope = NewDisposeScope();
        var law = Law(name);
        var (support, uniforms) = Many(Draws);
        var record = law.Draw(support, uniforms);
        var moved = StepLaw.Renormalized(support.LogP.add(tensor(Shift, [1, 5])), support.Kept, 1);
        Tensor LogDensity(Tensor logP) => law.LogDensity(record, logP);
        var (mean, error) = Mean(Some.Host(LogDensity(moved).sub(LogDensity(support.LogP)).exp()));
        Assert.True(Math.Abs(mean - 1) < 5 * error, $"mean ratio {mean} ± {error}");
        Assert.True(error < 0.005, "the test has no power");
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
        var (mean, error) = Mean(Some.Host(Surrogate(moved).sub(Surrogate(support.LogP)).exp()));
        Assert.True(Math.Abs(mean - 1) > 15 * error, $"mean ratio {mean} ± {error}");
    }

    [Theory]
    [MemberData(nameof(Exact))]
    [InlineData("gumbel-winner")]
    public void The_mean_score_is_zero(string name)
    {
        using var scope = NewDisposeScope();
        var law = Law(name);
        var (support, uniforms) = Many(Draws);
        var record = law.Draw(support, uniforms);
        foreach (var (mean, error) in MeanScores(logP => law.LogDensity(record, logP), support))
        {
            Assert.True(Math.Abs(mean) < 5 * error, $"mean score {mean} ± {error}");
            Assert.True(error < 0.01, "the test has no power");
        }
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
        return [.. Enumerable.Range(0, P.Length).Select(k => Mean(Some.Host(leaf.grad!.select(1, k))))];
    }

    private static (double Mean, double Error) Mean(double[] values)
    {
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length / (values.Length - 1)));
    }

    [Fact]
    public void The_winner_follows_the_probabilities()
    {
        using var scope = NewDisposeScope();
        foreach (var name in new[] { "gumbel-softmax", "gumbel-winner", "categorical" })
        {
            var law = Law(name);
            var (support, uniforms) = Many(Draws);
            ChiSquared(Some.Host(law.Draw(support, uniforms).Values.argmax(1).to(ScalarType.Float64)));
        }
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

    /// <summary>Pearson's test at the 0.01 % level (four degrees of freedom).</summary>
    private static void ChiSquared(double[] winners)
    {
        var statistic = P.Select((p, i) => (Expected: p * winners.Length, Seen: winners.Count(w => w == i))).Sum(x =>
            (x.Seen - x.Expected) * (x.Seen - x.Expected) / x.Expected);
        Assert.True(statistic < 23.5, $"χ² = {statistic}");
    }
}
