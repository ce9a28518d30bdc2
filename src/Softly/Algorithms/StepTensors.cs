using Softly.Algorithms.Terms;
using Softly.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms;

/// <summary>
/// A micro-batch as the loss sees it: log-densities and ratios at the level that was asked for, and the parts made of them. Lives
/// within one dispose scope.
/// </summary>
internal sealed class StepTensors
{
    private readonly LossOptions _options;
    private readonly StepScores _scores;
    private readonly RolloutBatch _batch;
    private readonly Tensor _advantages; // (N)
    private readonly Tensor _lengths;    // (N)
    private readonly Tensor? _counts;    // (N, C)
    private readonly Tensor _terms;      // (N, C), or (N)
    private readonly Tensor _termRatio;  // (N, C), or (N): the log-ratio at the level of the loss

    public StepTensors(StepScores scores, RolloutBatch batch, LossOptions options)
    {
        (_options, _scores, _batch) = (options, scores, batch);
        var type = scores.LogDensities.dtype;
        _advantages = batch.Advantages.to(type);
        _lengths = batch.Lengths.to(type);
        _counts = scores.Counts?.to(type);
        if (options.Level == RatioLevel.Component && _counts is null)
            throw new InvalidOperationException("a ratio of components needs log-densities of components, and has none");
        _terms = Closed(scores.LogDensities);
        // One update a rollout: the policy is still the old one.
        var old = batch.Old is { } fixedOld ? Closed(fixedOld.to(type)) : _terms.detach();
        if (batch.Soft is { } soft) Thoughts = batch.Order.lt(Scalars.OfLong(soft.Rows.shape[0])); // they come first there
        LogP = Summed(_terms);
        Old = Summed(old);
        // What a ratio is taken to: thoughts may have none. How far the policy is from the one that drew stays what it is.
        var from = options.ThoughtRatio || batch.Old is null || Thoughts is null ? old
            : where(old.dim() > 1 ? Thoughts.unsqueeze(1) : Thoughts, _terms.detach(), old);
        LogRatio = LogP.sub(Summed(from));                                                            // (N)
        _termRatio = options.Level switch
        {
            RatioLevel.Component => _terms.sub(from),                                                 // (N, C)
            RatioLevel.Sequence => Ratio.OfSequence(LogP, LogRatio, batch.Row, _lengths, batch.Rollouts),
            _ => LogRatio,
        };
        if (options.Level != RatioLevel.Component) _terms = LogP;
        if (options.Correction != MismatchCorrection.None)
            Mismatch = Terms.Mismatch.Weights(
                options.Correction, Old, batch.Recorded, batch.Row, batch.Rollouts, options.CorrectionCap);
        if (options.OffPolicyThreshold is { } threshold)
            Kept = Terms.Mismatch.Kept(
                LogP, batch.Recorded, _advantages, batch.Row, _lengths, batch.Rollouts, threshold);
        if (options.Surrogate == Surrogate.Vespo)
            Phi = Vespo.Weights(
                LogRatio, _advantages, batch.Row, batch.Rollouts, options.VespoPositive, options.VespoNegative, Mismatch);
    }

    /// <summary>(N), with gradient: log-densities of whole steps.</summary>
    public Tensor LogP { get; }

    /// <summary>(N): those of the policy that drew.</summary>
    public Tensor Old { get; }

    /// <summary>(N): their difference.</summary>
    public Tensor LogRatio { get; }

    /// <summary>(N) bool: which steps are thoughts; null where none is.</summary>
    public Tensor? Thoughts { get; }

    /// <summary>(N): weights for a gap between rollout engine and trainer; null for none.</summary>
    public Tensor? Mismatch { get; }

    /// <summary>(N): 0 where the policy has left a bad rollout; null where that is not asked.</summary>
    public Tensor? Kept { get; }

    /// <summary>(N): VESPO's weights; null in other losses.</summary>
    public Tensor? Phi { get; }

    /// <summary>(N) nats, with gradient.</summary>
    public Tensor Entropies =>
        _scores.Entropies ?? throw new InvalidOperationException("the loss needs entropies, and the replay gave none");

    /// <summary>(N) nats, with gradient: KL(reference ‖ policy) at thoughts, 0 at other steps.</summary>
    public Tensor Anchors => _scores.Anchors?.to(LogP.dtype)
        ?? throw new InvalidOperationException("the loss anchors thoughts, and the replay gave no distances from the reference");

    /// <summary>The policy loss of every step, (N).</summary>
    public Tensor Policy(double? leastEntropy)
    {
        var policy = Summed(Surrogates());
        if (Kept is not null) policy = policy.mul(Kept);
        if (leastEntropy is { } least)
        {
            var bound = Scalars.Upload(new[] { least }, policy.device, 1).to(policy.dtype); // (1)
            policy = policy.mul(Entropies.detach().ge(bound).to(policy.dtype));
        }
        if (Mismatch is not null && _options.Surrogate != Surrogate.Vespo) policy = policy.mul(Weight(Mismatch));
        return policy;
    }

    /// <summary>The divergence from the reference at every step, (N).</summary>
    public Tensor Divergence()
    {
        if (_options.Kl == KlEstimator.ClosedForm)
            return _scores.Divergences
                ?? throw new InvalidOperationException("kl_estimator closed-form needs divergences, and the replay gave none");
        var reference = _batch.Reference
            ?? throw new InvalidOperationException("a divergence is measured, but no reference log-densities were filled in");
        reference = reference.to(LogP.dtype);
        var kl = _options.Kl switch
        {
            KlEstimator.K1 => KlEstimates.K1(LogP, reference),
            KlEstimator.Abs => KlEstimates.Abs(LogP, reference),
            KlEstimator.K2 => KlEstimates.K2(LogP, reference),
            _ => KlEstimates.K3(LogP, reference),
        };
        if (!_options.CorrectKlBias) return kl;
        return kl.mul(Ratio.Of(_options.Level == RatioLevel.Sequence ? _termRatio : LogRatio, _options.LogRatioLimit));
    }

    /// <summary>Shares of every step that a bound took the gradient of (CISPO: whose weight is held), (N) each.</summary>
    public (Tensor Low, Tensor High, Tensor? Dual) Clipped()
    {
        var (low, high, dual) = (zeros_like(LogP), zeros_like(LogP), (Tensor?)null);
        switch (_options.Surrogate)
        {
            case Surrogate.Clip:
                (low, high) = ClippedRatio.Clipped(_termRatio, Wide(_advantages), _options.EpsilonLow, _options.EpsilonHigh);
                if (_options.DualClip is { } bound) dual = ClippedRatio.DualClipped(_termRatio, Wide(_advantages), bound);
                break;
            case Surrogate.Cispo: // as in TRL, where the held weight would have raised the probability
                high = Cispo.Held(_termRatio, null, _options.EpsilonHigh).High.mul(Wide(_advantages).gt(Scalars.Of(0)));
                break;
            case Surrogate.CispoBand:
                (low, high) = Cispo.Held(_termRatio, 1 - _options.EpsilonLow, 1 + _options.EpsilonHigh);
                break;
            case Surrogate.GeometricMean:
                (low, high) = GeometricMean.Outside(LogRatio, _advantages, _options.EpsilonLow, _options.EpsilonHigh);
                break;
        }
        return (Shared(low), Shared(high), dual is null ? null : Shared(dual));
    }

    /// <summary>
    /// The ratio of every step at the level of the loss; the mean over its components where there are several, (N).
    /// </summary>
    public Tensor MeanRatio() => Shared(Ratio.Of(_termRatio, _options.LogRatioLimit));

    /// <summary>The surrogate of every step, or of every component.</summary>
    private Tensor Surrogates() => _options.Surrogate switch
    {
        Surrogate.Clip => ClippedRatio.Loss(
            _termRatio, Wide(_advantages), _options.EpsilonLow, _options.EpsilonHigh, _options.DualClip, _options.LogRatioLimit),
        Surrogate.Cispo => Cispo.Loss(
            _terms, _termRatio, Wide(_advantages), null, _options.EpsilonHigh, _options.LogRatioLimit),
        Surrogate.CispoBand => Cispo.Loss(
            _terms, _termRatio, Wide(_advantages), 1 - _options.EpsilonLow, 1 + _options.EpsilonHigh, _options.LogRatioLimit),
        Surrogate.Sapo => Sapo.Loss(
            _termRatio, Wide(_advantages), _options.SapoPositive, _options.SapoNegative, _options.LogRatioLimit),
        Surrogate.Vespo => Vespo.Loss(LogP, Phi!, _advantages),
        Surrogate.GeometricMean => GeometricMean.Loss(
            LogRatio, _advantages, _batch.Row, _lengths, _batch.Rollouts, _options.EpsilonLow, _options.EpsilonHigh),
        Surrogate.Reinforce => Reinforce.Loss(_terms, Wide(_advantages)),
        _ => throw new InvalidOperationException($"no such surrogate: {_options.Surrogate}"),
    };

    /// <summary>Where a rollout has one loss it has one weight, the geometric mean of its steps'.</summary>
    private Tensor Weight(Tensor mismatch) => _options.Surrogate != Surrogate.GeometricMean ? mismatch
        : PerRollout.Mean(mismatch.clamp_min(Scalars.Of(1e-10)).log(), _batch.Row, _lengths, _batch.Rollouts).exp();

    /// <summary>0 in components that do not count, whatever stands there.</summary>
    private Tensor Closed(Tensor terms) =>
        _counts is null ? terms : terms.masked_fill(_counts.eq(Scalars.OfLong(0)), Scalars.OfLong(0));

    /// <summary>(N, C) by count → (N).</summary>
    private Tensor Summed(Tensor terms) => _counts is null || terms.dim() == 1 ? terms : terms.mul(_counts).sum(1);

    /// <summary>(N, C) → (N): the mean over components, by count.</summary>
    private Tensor Shared(Tensor terms) =>
        _counts is null || terms.dim() == 1 ? terms : terms.mul(_counts).sum(1).div(_counts.sum(1));

    private Tensor Wide(Tensor steps) => _termRatio.dim() > 1 ? steps.unsqueeze(1) : steps;
}
