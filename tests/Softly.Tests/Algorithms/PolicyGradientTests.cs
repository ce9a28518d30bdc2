using System.Reflection;
using Softly.Algorithms;
using Softly.Algorithms.Terms;

namespace Softly.Tests.Algorithms;

/// <summary>The one loss, in every way it can be made, on random numbers in double precision.</summary>
public class PolicyGradientTests
{
    private const int Most = 7;

    private static UpdateSize Size(LossOptions options, RandomSteps steps) =>
        new PolicyGradient(options).Measure(
            [.. steps.AsRollouts().Where(r => r.ScoredSteps > 0)], steps.Members.Count);

    [Fact]
    public void Every_loss_is_that_of_slow_loops_with_its_gradient()
    {
        var checkedNumbers = 0;
        for (var seed = 1; seed <= 2; seed++)
        {
            var steps = new RandomSteps(seed);
            foreach (var options in RandomSteps.Modes)
            {
                var (loss, gradient, _) = steps.Run(options, Size(options, steps), Most);
                var expected = Oracle.Loss(options, steps, steps, Most);
                Assert.True(Math.Abs(loss - expected) <= 1e-9 * (1 + Math.Abs(expected)),
                    $"{loss} against {expected}: {options}");
                for (var i = 0; i < gradient.Length; i++)
                    for (var t = 0; t < gradient[i].Length; t++)
                        for (var c = 0; c < RandomSteps.Width; c++)
                        {
                            if (steps.Members[i].Steps[t].Counts[c] == 0)
                            {
                                Assert.Equal(0, gradient[i][t][c]);
                                continue;
                            }
                            const double h = 1e-5;
                            double At(double by) => Oracle.Loss(
                                options, steps.With((a, b, d, x) => (a, b, d) == (i, t, c) ? x + by : x), steps, Most);
                            double above = At(h), below = At(-h), slope = (above - below) / (2 * h);
                            // Next to a bound the quotient straddles it: there the one-sided slopes differ.
                            if (Math.Abs(above - 2 * expected + below) / h > 1e-3 * (Math.Abs(slope) + 1)) continue;
                            checkedNumbers++;
                            Assert.True(Math.Abs(gradient[i][t][c] - slope) <= 1e-6 * (1 + Math.Abs(slope)),
                                $"{gradient[i][t][c]} against {slope} at {i}, {t}, {c}: {options}");
                        }
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{RandomSteps.Modes.Count} losses, {checkedNumbers:N0} slopes");
        Assert.True(checkedNumbers > 10_000, $"{checkedNumbers}");
    }

    [Fact]
    public void No_loss_depends_on_the_micro_batch_the_order_or_the_filling()
    {
        var steps = new RandomSteps(7, rollouts: 9);
        int[] order = [4, 2, 8, 0, 6, 1, 7, 3, 5];
        foreach (var options in RandomSteps.Modes)
        {
            var size = Size(options, steps);
            var (whole, gradient, figures) = steps.Run(options, size, Most);
            foreach (var cut in new[] { 1, 4, 9 })
            {
                var (sum, sums) = (0.0, new Dictionary<string, double>());
                foreach (var part in order.Chunk(cut))
                {
                    if (part.All(i => steps.Members[i].Steps.Length == 0)) continue;
                    var (loss, slopes, partly) = steps.Of(part).Run(options, size, Most, extraColumns: cut == 4 ? 2 : 0);
                    sum += loss;
                    foreach (var (name, value) in partly)
                        sums[name] = name.EndsWith("/max") ? Math.Max(sums.GetValueOrDefault(name), value)
                            : sums.GetValueOrDefault(name) + value;
                    foreach (var (i, ours) in part.Zip(slopes))
                        for (var t = 0; t < ours.Length; t++)
                            for (var c = 0; c < RandomSteps.Width; c++)
                                Assert.True(Math.Abs(ours[t][c] - gradient[i][t][c]) <= 1e-9 * (1 + Math.Abs(gradient[i][t][c])),
                                    $"gradient {ours[t][c]} against {gradient[i][t][c]}: {options}");
                }
                Assert.True(Math.Abs(sum - whole) <= 1e-9 * (1 + Math.Abs(whole)),
                    $"{sum} against {whole} cut by {cut}: {options}");
                foreach (var (name, value) in figures)
                    Assert.True(Math.Abs(sums[name] - value) <= 1e-9 * (1 + Math.Abs(value)),
                        $"{name} {sums[name]} against {value}: {options}");
            }
        }
    }

    [Fact]
    public void No_advantage_depends_on_the_order_of_groups_or_of_rollouts_within_one()
    {
        var random = new Random(3);
        ScoredGroup[] groups = [.. Enumerable.Range(0, 5).Select(g => new ScoredGroup(
            [.. Enumerable.Range(0, 6).Select(i => g == 4 ? 1.0 : random.Next(2))],
            [.. Enumerable.Range(0, 6).Select(_ => 1 + random.Next(9))]))];
        int[] across = [3, 0, 4, 2, 1], within = [5, 2, 0, 1, 4, 3];
        foreach (var options in RandomSteps.Modes)
        {
            var loss = new PolicyGradient(options);
            var plain = loss.Advantages(groups);
            // Best minus second best takes the first of several best, all of whose advantages are 0.
            var mixed = loss.Advantages([.. across.Select(g => new ScoredGroup(
                [.. within.Select(i => groups[g].Rewards[i])], [.. within.Select(i => groups[g].Lengths[i])]))]);
            for (var g = 0; g < 5; g++)
                for (var i = 0; i < 6; i++)
                    Assert.Equal(plain[across[g]][within[i]], mixed[g][i], 1e-12);
        }
    }

    [Fact]
    public void Next_to_the_policy_that_drew_every_ratio_is_one_and_nothing_is_clipped()
    {
        foreach (var name in Methods.Names)
        {
            var options = Methods.Get(name).Loss;
            var steps = new RandomSteps(5, near: true);
            steps = steps.With((i, t, c, x) => steps.Members[i].Steps[t].Old[c]);
            var (_, _, figures) = steps.Run(options, Size(options, steps), Most);
            Assert.Equal(1, figures["ratio/mean"], 12);
            Assert.Equal(1, figures["ratio/square"], 12);
            Assert.Equal(0, figures["clip_ratio/low_mean"]);
            Assert.Equal(0, figures["clip_ratio/high_mean"]);
            Assert.Equal(0, figures["approx_kl"], 12);
        }
    }

    /// <summary>
    /// What a loss makes of fixed numbers: loss, gradient and advantages; then all else it reports or asks for.
    /// </summary>
    private static (double[] Effect, string Other) Outcome(LossOptions options)
    {
        var steps = new RandomSteps(11, rollouts: 12);
        var (loss, gradient, figures) = steps.Run(options, Size(options, steps), Most);
        var algorithm = new PolicyGradient(options);
        var advantages = algorithm.Advantages(
            [new ScoredGroup([1, 0, 0, 1, 0], [3, 5, 2, 9, 4]), new ScoredGroup([0, 1, 0, 0, 0], [1, 2, 3, 4, 5]),
                new ScoredGroup([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])]);
        return ([loss, .. gradient.SelectMany(g => g).SelectMany(g => g), .. advantages.SelectMany(a => a)],
            $"{algorithm.Needs} {algorithm.NeedsReference} {string.Join(' ', figures.Keys.Order())}");
    }

    private static IEnumerable<object?> Others(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } t => Enum.GetValues(t).Cast<object>().Where(v => !v.Equals(value)),
        var t when t == typeof(bool) => [!(bool)value!],
        var t when t == typeof(int) => [(int?)value is { } i ? i + 1 : 5, 2],
        var t when t == typeof(double) => [(double?)value is { } d ? d * 1.5 + 0.05 : 1.4, 0.35],
        var t when t == typeof(VespoShape) => [new VespoShape(1.5, 2.5)],
        var t => throw new NotSupportedException($"{t}: say here what else it could be"),
    };

    /// <summary>A member that nothing reads, or that is said to do nothing and does, is found by name.</summary>
    [Fact]
    public void Every_option_changes_a_result_and_none_where_it_says_it_does_nothing()
    {
        var members = typeof(LossOptions).GetProperties().Where(p => p.SetMethod is not null)
            // These steps are tokens: what it does to thoughts is shown by Thoughts_without_a_ratio_get_the_plain_gradient.
            .Where(p => p.Name != nameof(LossOptions.ThoughtRatio)).ToArray();
        Assert.NotEmpty(members);
        var outcomes = RandomSteps.Modes.Distinct().Select(o => (Options: o, Outcome: Outcome(o))).ToArray();
        foreach (var member in members)
        {
            var changed = 0;
            foreach (var (options, before) in outcomes)
                foreach (var other in Others(member.PropertyType, member.GetValue(options)))
                {
                    var changedOptions = options with { };
                    member.SetValue(changedOptions, other);
                    if (Equals(member.GetValue(options), other) || changedOptions.Problems().Any()) continue;
                    var after = Outcome(changedOptions);
                    // Only sums in another order may differ in the last digits.
                    var effect = before.Effect.Zip(after.Effect).Any(p =>
                        Math.Abs(p.First - p.Second) > 1e-12 * (1 + Math.Abs(p.First)));
                    if (effect || before.Other != after.Other) changed++;
                    if (options.Idle(member.Name) is { } why && changedOptions.Idle(member.Name) is not null)
                        Assert.False(effect, $"{member.Name} is said to do nothing ({why}), and does: {options}");
                }
            Assert.True(changed > 0, $"{member.Name} changes nothing");
            TestContext.Current.TestOutputHelper?.WriteLine($"{member.Name}: {changed} changes");
        }
    }

    [Fact]
    public void Contradictions_are_all_named_with_their_remedy()
    {
        var error = Assert.Throws<ArgumentException>(() => new PolicyGradient(new LossOptions
        {
            Surrogate = Surrogate.Vespo, Level = RatioLevel.Component, Beta = 1, Kl = KlEstimator.ClosedForm,
            CorrectKlBias = true,
            LogRatioLimit = 200, TopEntropyShare = 0, CorrectionCap = 0, PassAt = 0, ConstantLength = 0, SapoPositive = 0,
        }));
        foreach (var part in new[]
        {
            "component has no meaning for loss_type vespo", "leave one of them out", "log_ratio_limit 200",
            "top_entropy_quantile 0",
            "importance_sampling_cap 0", "pass@0", "loss_scale_factor 0", "sapo_temperature_pos",
        })
            Assert.Contains(part, error.Message);
    }

    [Fact]
    public void What_the_loss_needs_and_was_not_given_is_named()
    {
        var steps = new RandomSteps(1);
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            using var batch = GivenBatch.Of([2], [1, 1], [0, 0]);
            new PolicyGradient(new LossOptions { Beta = 1 }).Loss(
                new(TorchSharp.torch.tensor(new[] { 0.0, 0 })), batch, new UpdateSize(2, 1));
        });
        Assert.Contains("no reference log-densities", error.Message);
    }

    [Fact]
    public void Methods_are_found_by_name_and_a_wrong_name_has_its_nearest()
    {
        string[] expected =
        [
            "bnpo", "cispo", "dapo", "dr-grpo", "gmpo", "gpg", "grpo", "gspo", "luspo", "opo", "reinforce-plus-plus",
            "reinforce-plus-plus-baseline", "rloo", "sapo", "soft-grpo", "vespo",
        ];
        Assert.Empty(expected.Except(Methods.Names));
        foreach (var name in Methods.Names)
        {
            var method = Methods.Get(name);
            Assert.Equal(name, method.Name);
            Assert.Empty(method.Loss.Problems());
            Assert.Equal(name, method.Algorithm().Name);
            Assert.NotEmpty(method.Description);
        }
        Assert.Contains("did you mean 'dapo'", Assert.Throws<ArgumentException>(() => Methods.Get("dappo")).Message);
    }

    [Fact]
    public void Soft_grpo_is_the_paper_s()
    {
        var method = Methods.Get("soft-grpo");
        Assert.Equal("gumbel-softmax", method.Law);
        Assert.Equal(
            new LossOptions { Aggregation = Aggregation.SequenceMean, Beta = 0.001, AdvantageEpsilon = 1e-6, DualClip = 3 },
            method.Loss);
        Assert.Equal(Aggregation.TokenMean, LossTypes.Apply(method.Loss, "dapo").Aggregation);
        Assert.Equal(method.Loss, LossTypes.Apply(method.Loss, "grpo"));
    }
}
