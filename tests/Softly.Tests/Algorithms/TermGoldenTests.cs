using Softly.Algorithms.Terms;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

/// <summary>Aggregation and divergences of the published code: every case of both tables.</summary>
public class TermGoldenTests
{
    /// <summary>
    /// What cannot be: the mean over a rollout without steps is 0/0 there, and no rollout without steps is in an update here.
    /// </summary>
    private const int Impossible = 2;

    [Fact]
    public void Every_aggregation_of_the_published_code_is_ours_with_its_gradient()
    {
        var left = 0;
        foreach (var c in Table.Losses("aggregate"))
        {
            using var scope = NewDisposeScope();
            var mask = c.Rows("mask");
            var lengths = mask.Select(m => m.Sum()).ToArray();
            var mode = c.Text("mode");
            if (double.IsNaN(c.Numbers("loss")[0]))
            {
                Assert.Contains(0, lengths);
                left++;
                continue;
            }
            var flat = c.Numbers("mask");
            var at = Enumerable.Range(0, flat.Length).Where(i => flat[i] > 0).ToArray();
            var width = mask[0].Length;
            var values = tensor(at.Select(i => c.Numbers("values")[i]).ToArray()).requires_grad_();
            var (aggregation, rollouts) = mode switch
            {
                "token-mean" => (Aggregation.TokenMean, mask.Length),
                "seq-mean-token-mean" => (Aggregation.SequenceMean, mask.Length),
                "seq-mean-token-sum" => (Aggregation.SequenceSum, mask.Length),
                // verl divides by a length alone, TRL by rollouts as well, as is done here.
                "seq-mean-token-sum-norm" => (Aggregation.Constant, 1),
                _ => throw new NotSupportedException(mode),
            };
            var weights = StepWeights.Of(
                aggregation, tensor(at.Select(i => lengths[i / width]).ToArray()), Math.Max(1, at.Length), rollouts, width);
            var loss = weights.mul(values).sum();
            Table.Near([c.Number("loss")], loss, $"{c.Text("id")} {mode} {c.Text("kind")}");
            loss.backward();
            var gradient = new double[flat.Length];
            foreach (var (i, g) in at.Zip(Some.Host(values.grad!))) gradient[i] = g;
            Table.Near(
                1e-10 * (1 + c.Numbers("grad").Max(Math.Abs)), c.Numbers("grad"), gradient, $"{c.Text("id")} gradient");
        }
        Assert.Equal(Impossible, left);
    }

    [Fact]
    public void Every_divergence_of_the_published_code_is_ours_with_its_gradient()
    {
        foreach (var c in Table.Losses("kl_penalty"))
        {
            using var scope = NewDisposeScope();
            var logP = tensor(c.Numbers("log_prob")).requires_grad_();
            var reference = tensor(c.Numbers("ref_log_prob"));
            var kl = c.Text("type") switch
            {
                "kl" or "k1" => KlEstimates.K1(logP, reference),
                "abs" => KlEstimates.Abs(logP, reference),
                "mse" or "k2" => KlEstimates.K2(logP, reference),
                "low_var_kl" or "k3" => KlEstimates.K3(logP, reference),
                var other => throw new NotSupportedException(other),
            };
            var what = $"{c.Text("id")} {c.Text("type")} {c.Text("kind")}";
            Table.Near(c.Numbers("kl"), kl, what);
            kl.sum().backward();
            Table.Near(c.Numbers("grad_log_prob"), logP.grad!, what + " gradient");
        }
    }
}
