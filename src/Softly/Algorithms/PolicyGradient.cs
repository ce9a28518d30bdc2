using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms;

/// <summary>
/// The one loss of all methods: Σ over steps of weight · (surrogate + β · KL + anchor − c · entropy), each part as
/// <see cref="LossOptions"/> says. Which method that is, is data (<see cref="Methods"/>).
/// </summary>
public sealed class PolicyGradient : IAlgorithm
{
    private readonly LossOptions _options;

    /// <param name="options">What the loss is made of.</param>
    /// <param name="name">The method's name in messages.</param>
    /// <param name="law">The thinking law it was published with; null for discrete thinking.</param>
    /// <exception cref="ArgumentException">The options contradict themselves; the message names each with its remedy.</exception>
    public PolicyGradient(LossOptions options, string name = "policy-gradient", StepLaw? law = null)
    {
        var wrong = options.Problems().ToList();
        if (wrong.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, wrong), nameof(options));
        (_options, Name, Law) = (options, name, law);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public StepLaw? Law { get; }

    /// <summary>What the loss is made of.</summary>
    public LossOptions Options => _options;

    /// <inheritdoc />
    public bool NeedsReference => _options.HasKl && _options.Kl != KlEstimator.ClosedForm;

    /// <inheritdoc />
    public ScoreNeeds Needs =>
        (_options.Level == RatioLevel.Component ? ScoreNeeds.Components : ScoreNeeds.None)
        | (_options.HasKl && _options.Kl == KlEstimator.ClosedForm ? ScoreNeeds.Divergences : ScoreNeeds.None)
        | (_options.Anchor != 0 ? ScoreNeeds.Anchors : ScoreNeeds.None)
        | (_options.EntropyCoefficient != 0 || _options.TopEntropyShare < 1 ? ScoreNeeds.Entropies : ScoreNeeds.None);

    /// <inheritdoc />
    public IReadOnlyList<double[]> Advantages(IReadOnlyList<ScoredGroup> groups)
    {
        double[][] rewards = [.. groups.Select(g => g.Rewards)];
        int[][] lengths = [.. groups.Select(g => g.Lengths)];
        var (epsilon, divide) = (_options.AdvantageEpsilon, _options.Scale == RewardScale.Group);
        return _options.Advantage switch
        {
            AdvantageKind.Group when _options.Scale == RewardScale.Batch => BatchAdvantage.ScaledByBatch(rewards, epsilon),
            AdvantageKind.Group => [.. rewards.Select(r => GroupAdvantage.Of(r, divide, epsilon))],
            AdvantageKind.LeaveOneOut => [.. rewards.Select(GroupAdvantage.LeaveOneOut)],
            AdvantageKind.Whitened => BatchAdvantage.Whitened(rewards, lengths, baseline: false),
            AdvantageKind.WhitenedBaseline => BatchAdvantage.Whitened(rewards, lengths, baseline: true),
            AdvantageKind.LengthWeighted => [.. rewards.Zip(lengths, GroupAdvantage.LengthWeighted)],
            AdvantageKind.BestMinusSecond => [.. rewards.Select(r => GroupAdvantage.BestMinusSecond(r, divide, epsilon))],
            AdvantageKind.PassAt => [.. rewards.Select(r => GroupAdvantage.PassAt(_options.PassAt, r))],
            AdvantageKind.Undiluted => BatchAdvantage.Undiluted(rewards),
            _ => throw new InvalidOperationException($"no such advantage: {_options.Advantage}"),
        };
    }

    /// <summary>
    /// The threshold of uncertain steps is taken over the whole update, from the entropies recorded when the steps were drawn.
    /// </summary>
    /// <inheritdoc />
    public UpdateSize Measure(IReadOnlyList<Rollout> scored, int rollouts) =>
        new(scored.Sum(r => (long)r.ScoredSteps), rollouts)
        {
            LeastEntropy = _options.TopEntropyShare >= 1 ? null : HighEntropy.Threshold(
                scored.SelectMany(r => r.Steps).Where(s => s.Kind != StepKind.Forced).Select(s => (double)s.Entropy),
                _options.TopEntropyShare),
        };

    /// <inheritdoc />
    public LossTerms Loss(StepScores scores, RolloutBatch batch, UpdateSize size)
    {
        using var scope = NewDisposeScope();
        var steps = new StepTensors(scores, batch, _options);
        var figures = new List<(string Name, Tensor Value)>();
        var type = steps.LogP.dtype;
        var weights = StepWeights.Of(
            _options.Aggregation, batch.Lengths.to(type), size.Steps, size.Rollouts,
            _options.ConstantLength ?? batch.Sampling.MaxNewTokens);                                    // (N)
        var each = StepWeights.Of(Aggregation.TokenMean, batch.Lengths, size.Steps, size.Rollouts, 1);  // (N): for figures
        var perRollout = StepWeights.Of(Aggregation.SequenceMean, batch.Lengths, size.Steps, size.Rollouts, 1);

        var policy = steps.Policy(size.LeastEntropy);                                                   // (N)
        var loss = policy;
        Report("policy_loss", weights, policy);
        if (_options.HasKl)
        {
            var kl = steps.Divergence();                                                                // (N)
            if (_options.Beta != 0) loss = loss.Plus(kl.Times(_options.Beta));
            Report("kl", each, kl);
        }
        if (_options.Anchor != 0)
        {
            var anchors = steps.Anchors;                                                                // (N)
            loss = loss.Plus(anchors.Times(_options.Anchor));
            Report("kl_anchor", each, anchors);
        }
        if (_options.EntropyCoefficient != 0)
        {
            var bonus = steps.Entropies.Times(-_options.EntropyCoefficient);                            // (N)
            loss = loss.Plus(bonus);
            Report("entropy_loss", weights, bonus);
        }
        var total = weights.mul(loss).sum();

        using var off = no_grad();
        // TRL counts a rollout once where it has one ratio.
        var counted = _options.Level == RatioLevel.Sequence ? perRollout : each;
        var (low, high, dual) = steps.Clipped();
        Report("clip_ratio/low_mean", counted, low);
        Report("clip_ratio/high_mean", counted, high);
        if (dual is not null) Report("clip_ratio/dual_mean", counted, dual);
        var ratio = steps.MeanRatio();                                                                  // (N)
        Report("ratio/mean", each, ratio);
        Report("ratio/square", each, ratio.mul(ratio));
        if (steps.Thoughts is { } thoughts)
        {
            var soft = each.mul(thoughts); // (N)
            Report("soft/share", soft, ones_like(ratio));
            Report("soft/ratio_mean", soft, ratio);
            Report("soft/ratio_square", soft, ratio.mul(ratio));
        }
        Report("log_ratio/mean", each, Ratio.Held(steps.LogRatio, _options.LogRatioLimit));
        Report("approx_kl", each, KlEstimates.K3(steps.Old, steps.LogP, most: Ratio.LargestLog));
        if (steps.Phi is { } phi) Report("vespo/phi_seq_mean", perRollout, phi);
        if (steps.Mismatch is { } mismatch)
        {
            Report("sampling/importance_sampling_ratio/mean", each, mismatch);
            figures.Add(("sampling/importance_sampling_ratio/max", mismatch.amax(0).to(ScalarType.Float64)));
        }
        if (steps.Kept is { } kept) Report("off_policy/kept", perRollout, kept);
        var report = stack([.. figures.Select(f => f.Value)]);                                          // (figures)
        return new LossTerms(
            total.MoveToOuterDisposeScope(), [.. figures.Select(f => f.Name)], report.MoveToOuterDisposeScope());

        void Report(string name, Tensor weight, Tensor value) =>
            figures.Add((name, value.detach().to(ScalarType.Float64).mul(weight.to(ScalarType.Float64)).sum()));
    }
}
