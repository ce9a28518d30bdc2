using System.Text.Json;
using Softly.Algorithms.Terms;

namespace Softly.Tests.Algorithms;

/// <summary>Advantages as the published code and TRL compute them: every case of both tables.</summary>
public class AdvantageGoldenTests
{
    /// <summary>The tables' tolerance: 1e-10 of one plus the array's largest number.</summary>
    private static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> actual, string what) =>
        Table.Near(1e-10 * (1 + expected.Select(Math.Abs).DefaultIfEmpty(0).Max()), expected, [.. actual], what);

    [Fact]
    public void Every_advantage_of_the_published_code_is_ours()
    {
        var seen = 0;
        foreach (var c in Table.Losses("advantage"))
        {
            seen++;
            var rewards = c.Rows("rewards");
            var mask = c.Rows("mask");
            var what = $"{c.Text("id")} {c.Text("estimator")} {c.Text("kind")}";
            if (c.Text("estimator") == "remax")
            {
                var greedy = c.Numbers("baseline");
                var returns = c.Rows("returns");
                for (var i = 0; i < rewards.Length; i++)
                {
                    Near(c.Rows("advantages")[i], GroupAdvantage.ReMax(rewards[i], mask[i], greedy[i]), what);
                    Near(returns[i], GroupAdvantage.ReMax(rewards[i], mask[i], 0), what + " returns");
                }
                continue;
            }
            if (c.Text("estimator") == "reinforce_plus_plus")
            {
                var returns = rewards.Select((r, i) => BatchAdvantage.Returns(r, mask[i], c.Number("gamma"))).ToArray();
                if (c.TryGetProperty("returns", out var given) && given.ValueKind == JsonValueKind.Array)
                    Near(c.Numbers("returns"), [.. returns.SelectMany(r => r)], what + " returns");
                double[] weights = [.. mask.SelectMany(m => m)];
                var white = BatchAdvantage.Whiten([.. returns.SelectMany(r => r)], weights);
                Near(c.Numbers("advantages_exact_count"), [.. white.Zip(weights, (a, m) => a * m)], what);
                continue;
            }
            // The others compare rollouts: one advantage each, laid over its scored steps.
            var scores = rewards.Select(r => r.Sum()).ToArray();
            var lengths = mask.Select(m => (int)m.Sum()).ToArray();
            var group = c.Ints("group");
            var members = Enumerable.Range(0, group.Length).GroupBy(i => group[i]).Select(g => g.ToArray()).ToArray();
            bool divide = c.TryGetProperty("norm_by_std", out var norm) && norm.GetBoolean();
            var groups = members.Select(m => m.Select(i => scores[i]).ToArray()).ToArray();
            var steps = members.Select(m => m.Select(i => lengths[i]).ToArray()).ToArray();
            IReadOnlyList<double[]> advantages = c.Text("estimator") switch
            {
                "grpo" => [.. groups.Select(g => GroupAdvantage.Of(g, divide, c.Number("epsilon")))],
                "grpo_passk" => [.. groups.Select(g => GroupAdvantage.BestMinusSecond(g, divide, c.Number("epsilon")))],
                "rloo" => [.. groups.Select(GroupAdvantage.LeaveOneOut)],
                "opo" => [.. groups.Zip(steps, GroupAdvantage.LengthWeighted)],
                "reinforce_plus_plus_baseline" => BatchAdvantage.Whitened(groups, steps, baseline: true),
                var other => throw new NotSupportedException(other),
            };
            var expected = c.Rows(
                c.Text("estimator") == "reinforce_plus_plus_baseline" ? "advantages_exact_count" : "advantages");
            for (var g = 0; g < members.Length; g++)
                foreach (var (i, advantage) in members[g].Zip(advantages[g]))
                    Near(expected[i], [.. mask[i].Select(m => m * advantage)], what);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen} cases, none left out");
    }

    /// <summary>What a run whitens: a reward for the whole rollout, γ 1, each step counted once.</summary>
    [Fact]
    public void Whitening_rollouts_by_length_is_whitening_steps()
    {
        var seen = 0;
        foreach (var c in Table.Losses("advantage", c => c.Text("estimator") == "reinforce_plus_plus" && c.Number("gamma") == 1))
        {
            var mask = c.Rows("mask");
            var rewards = c.Rows("rewards");
            // A reward before the last scored step is not one for the whole rollout.
            if (mask.Zip(rewards).Any(p => p.Second.Where((r, t) => r != 0 && t != (int)p.First.Sum() - 1).Any())) continue;
            seen++;
            int[] lengths = [.. mask.Select(m => (int)m.Sum())];
            var advantages = BatchAdvantage.Whitened([[.. rewards.Select(r => r.Sum())]], [lengths], baseline: false)[0];
            Near(
                c.Numbers("advantages_exact_count"), [.. mask.SelectMany((m, i) => m.Select(x => x * advantages[i]))],
                c.Text("id"));
        }
        Assert.True(seen > 0);
    }

    [Fact]
    public void Every_advantage_of_TRL_is_ours()
    {
        var seen = 0;
        foreach (var c in Table.Losses("trl_advantage"))
        {
            seen++;
            var rewards = c.Rows("rewards_per_function");
            var weights = c.Numbers("reward_weights");
            var size = (int)c.Number("num_generations");
            double[] ours;
            if (c.Text("aggregation") == "normalize_then_sum")
                ours = SeveralRewards.NormalizeThenSum(rewards, weights, size, 1e-4);
            else
            {
                var groups = SeveralRewards.Sum(rewards, weights).Chunk(size).ToArray();
                var advantages = c.Text("scale_rewards") == "batch"
                    ? BatchAdvantage.ScaledByBatch(groups, 1e-4)
                    : [.. groups.Select(g => GroupAdvantage.Of(g, c.Text("scale_rewards") == "group", 1e-4))];
                ours = [.. advantages.SelectMany(a => a)];
            }
            Near(c.Numbers("advantages"), ours, $"{c.Text("id")} {c.Text("kind")}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen} cases, none left out");
    }
}
