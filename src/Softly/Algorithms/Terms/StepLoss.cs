using Softly.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms.Terms;

/// <summary>The clipped surrogate plus β · k3, summed over steps and divided by the update's number of steps.</summary>
internal static class StepLoss
{
    public static LossTerms Of(Tensor logDensities, RolloutBatch batch, GrpoOptions options, long steps)
    {
        using var scope = NewDisposeScope();
        // (1): a number that changes is not a Scalar
        var count = Scalars.Upload(new[] { (double)steps }, logDensities.device, 1).to(logDensities.dtype);
        var advantages = batch.Advantages.to(logDensities.dtype);              // (N)
        var old = batch.Old ?? logDensities.detach();                // one update a rollout: the policy is still the old one
        var logRatio = logDensities.sub(old);                                  // (N)
        var policy = ClippedRatio.Loss(logRatio, advantages, options.EpsilonLow, options.EpsilonHigh, options.DualClip); // (N)
        var loss = policy;
        Tensor? kl = null;
        if (options.Beta != 0)
        {
            kl = KlEstimates.K3(
                logDensities,
                batch.Reference
                    ?? throw new InvalidOperationException("β is not 0, but no reference log-densities were filled in."));
            loss = loss.Plus(kl.Times(options.Beta));
        }
        var total = loss.sum().div(count).squeeze(0);

        using var off = no_grad();
        var (low, high) = ClippedRatio.Clipped(logRatio, advantages, options.EpsilonLow, options.EpsilonHigh);
        var ratio = logRatio.exp();
        var report = stack([policy, kl ?? zeros_like(policy), low, high, ratio, ratio.mul(ratio), logRatio]).detach().sum(1)
            .div(count).to(ScalarType.Float64); // (7)
        return new LossTerms(total.MoveToOuterDisposeScope(), report.MoveToOuterDisposeScope());
    }
}
