using System.Text.Json;
using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

/// <summary>Advantages, clipped losses and divergences as the published code and TRL compute them.</summary>
public class LossGoldenTests
{
    [Fact]
    public void Group_advantages_are_those_of_the_published_code()
    {
        foreach (var c in Table.Losses("advantage", c => c.Text("estimator") == "grpo"))
        {
            var rewards = c.Rows("rewards").Select(r => r.Sum()).ToArray();
            var mask = c.Rows("mask");
            var expected = c.Rows("advantages");
            var group = c.Ints("group");
            foreach (var members in Enumerable.Range(0, group.Length).GroupBy(i => group[i]).Select(g => g.ToArray()))
            {
                // A group of one has nothing to compare itself with: 0 here, its raw reward in the published code.
                if (members.Length == 1) continue;
                var divide = c.GetProperty("norm_by_std").GetBoolean();
                var advantages = GroupAdvantage.Of([.. members.Select(i => rewards[i])], divide, c.Number("epsilon"));
                foreach (var (i, advantage) in members.Zip(advantages))
                    Table.Near(3e-10, expected[i], [.. mask[i].Select(m => m * advantage)], c.Text("id"));
            }
        }
    }

    [Fact]
    public void Group_advantages_are_those_of_TRL()
    {
        static bool Ours(JsonElement c) =>
            c.Text("scale_rewards") != "batch" && c.Text("aggregation") == "sum_then_normalize" && c.Text("kind") != "unscorable";
        foreach (var c in Table.Losses("trl_advantage", Ours))
        {
            var weights = c.Numbers("reward_weights");
            var rewards = c.Rows("rewards_per_function").Select(r => r.Zip(weights, (x, w) => x * w).Sum());
            var grpo = new Grpo(Grpo.Defaults with { ScaleByDeviation = c.Text("scale_rewards") == "group" });
            var groups = rewards.Chunk((int)c.Number("num_generations"));
            Table.Near(3e-10, c.Numbers("advantages"), [.. grpo.Advantages([.. groups.Select(g => new ScoredGroup([.. g], new int[g.Length]))]).SelectMany(a => a)], c.Text("id"));
        }
    }

    [Fact]
    public void K3_is_that_of_the_published_code_and_has_no_gradient_where_it_is_held()
    {
        foreach (var c in Table.Losses("kl_penalty", c => c.Text("type") is "k3" or "low_var_kl"))
        {
            using var scope = NewDisposeScope();
            var logP = tensor(c.Numbers("log_prob")).requires_grad_();
            var k3 = KlEstimates.K3(logP, tensor(c.Numbers("ref_log_prob")));
            Table.Near(c.Numbers("kl"), k3, c.Text("id"));
            k3.sum().backward();
            Table.Near(c.Numbers("grad_log_prob"), logP.grad!, c.Text("id") + " gradient");
        }
    }

    [Fact]
    public void The_clipped_loss_of_every_step_is_that_of_the_published_code()
    {
        foreach (var c in Table.Losses("policy_loss"))
        {
            using var scope = NewDisposeScope();
            var mask = c.Numbers("mask");
            double[] Masked(string name) => [.. c.Numbers(name).Where((_, i) => mask[i] > 0)];
            double low = c.NumberOrNull("clip_low") ?? c.Number("clip"), high = c.NumberOrNull("clip_high") ?? c.Number("clip");
            if (mask.Sum() == 0) continue;
            var logP = tensor(Masked("log_prob")).requires_grad_();
            var advantages = tensor(Masked("advantages"));
            var logRatio = logP.sub(tensor(Masked("old_log_prob")));
            var loss = ClippedRatio.Loss(logRatio, advantages, low, high, c.Number("clip_c"));
            Table.Near(Masked("token_loss"), loss, c.Text("id"));
            var (below, above) = ClippedRatio.Clipped(logRatio, advantages, low, high);
            Table.Near([c.Number("clip_fraction")], below.add(above).mean(), c.Text("id") + " clipped share");
            if (c.Text("mode") != "token-mean") continue;
            loss.mean().backward();
            Table.Near(Masked("grad_log_prob"), logP.grad!, c.Text("id") + " gradient");
        }
    }

    [Fact]
    public void The_loss_of_an_update_is_that_of_TRL_with_its_dapo_aggregation()
    {
        // What is left out are options that this library does not have; TRL's delta is the dual clip.
        string[] kinds =
            ["ordinary", "first_step_ratio_one", "larger_token_count", "fully_masked_row", "two_sided_delta", "far_out_of_clip"];
        foreach (var c in Table.Losses("trl_loss", c => c.Text("loss_type") == "dapo" && kinds.Contains(c.Text("kind"))))
        {
            using var scope = NewDisposeScope();
            var mask = c.Numbers("mask");
            double[] Masked(string name) => [.. c.Numbers(name).Where((_, i) => mask[i] > 0)];
            var options = new GrpoOptions
            {
                EpsilonLow = c.Number("epsilon_low"), EpsilonHigh = c.Number("epsilon_high"),
                DualClip = c.NumberOrNull("delta"), Beta = c.Number("beta"),
            };
            using var batch = Batch([.. c.Rows("mask").Select(r => (int)r.Sum())], c.Numbers("advantages"));
            batch.Old = tensor(Masked("old_log_prob"));
            if (options.Beta != 0) batch.Reference = tensor(Masked("ref_log_prob"));
            var logP = tensor(Masked("log_prob")).requires_grad_();
            var steps = (long)c.Number("num_items_in_batch");
            var loss = new Grpo(options).Loss(new StepScores(logP), batch, new UpdateSize(steps, batch.Rollouts));
            Table.Near([c.Number("loss")], loss.Total, c.Text("id"));
            loss.Total.backward();
            Table.Near(Masked("grad_log_prob"), logP.grad!, c.Text("id") + " gradient");

            // TRL averages metrics over the tokens at hand, the report over the update's: the same where it is whole.
            var report = Some.Host(loss.Report).Select((x, i) => (LossTerms.Names[i], x * steps / mask.Sum())).ToDictionary();
            var metrics = c.GetProperty("metrics");
            (string Theirs, string Ours)[] names =
                [("clip_low", "clip_ratio/low_mean"), ("clip_high", "clip_ratio/high_mean"), ("kl", "kl")];
            foreach (var (theirs, ours) in names.Where(n => metrics.TryGetProperty(n.Theirs, out _)))
                Table.Near(1e-6, [metrics.Number(theirs)], [report[ours]], $"{c.Text("id")} {theirs}");
        }
    }

    /// <summary>Rollouts of given lengths and advantages; what they say does not matter.</summary>
    private static RolloutBatch Batch(int[] lengths, double[] advantages)
    {
        var sampling = new SamplingOptions();
        var rows = lengths.Select((length, i) =>
        {
            var rollout = new Rollout(sampling, 1);
            for (var t = 0; t < length; t++) rollout.Add(new Step(StepKind.Hard, 3, default, 1, 0, 0, 1));
            return (Some.Prompt("p", 4), rollout, advantages[i]);
        });
        return RolloutBatch.Collate([.. rows], CPU);
    }
}
