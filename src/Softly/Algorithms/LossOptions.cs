using Softly.Algorithms.Terms;

namespace Softly.Algorithms;

/// <summary>What a step's loss is made of its log-density, its ratio and its advantage.</summary>
public enum Surrogate
{
    /// <summary>PPO's clipped ratio: <see cref="ClippedRatio"/>.</summary>
    Clip,

    /// <summary>The ratio as a weight below an absolute cap, TRL's form: <see cref="Terms.Cispo"/>.</summary>
    Cispo,

    /// <summary>
    /// The ratio as a weight within 1 − low and 1 + high, the paper's and verl's form: <see cref="Terms.Cispo"/>.
    /// </summary>
    CispoBand,

    /// <summary>A soft gate: <see cref="Terms.Sapo"/>.</summary>
    Sapo,

    /// <summary>A weight from the whole rollout's ratio: <see cref="Terms.Vespo"/>.</summary>
    Vespo,

    /// <summary>The geometric mean of a rollout's ratios: <see cref="Terms.GeometricMean"/>.</summary>
    GeometricMean,

    /// <summary>No ratio at all: <see cref="Terms.Reinforce"/>.</summary>
    Reinforce,
}

/// <summary>What a ratio is taken of.</summary>
public enum RatioLevel
{
    /// <summary>Each component of a thought, and each token: the losses of a step's components add up.</summary>
    Component,

    /// <summary>Each step.</summary>
    Step,

    /// <summary>The whole rollout, normalised by its length.</summary>
    Sequence,
}

/// <summary>What a rollout is compared with.</summary>
public enum AdvantageKind
{
    /// <summary>Its group's mean: <see cref="GroupAdvantage.Of"/>.</summary>
    Group,

    /// <summary>The mean of the others of its group: <see cref="GroupAdvantage.LeaveOneOut"/>.</summary>
    LeaveOneOut,

    /// <summary>All steps of the batch: <see cref="BatchAdvantage.Whitened"/>.</summary>
    Whitened,

    /// <summary>Its group's mean, then all steps of the batch: <see cref="BatchAdvantage.Whitened"/>.</summary>
    WhitenedBaseline,

    /// <summary>Its group's mean weighed by length: <see cref="GroupAdvantage.LengthWeighted"/>.</summary>
    LengthWeighted,

    /// <summary>The second best of its group, for the best alone: <see cref="GroupAdvantage.BestMinusSecond"/>.</summary>
    BestMinusSecond,

    /// <summary>Its group's mean, weighed for pass@k: <see cref="GroupAdvantage.PassAt"/>.</summary>
    PassAt,

    /// <summary>Its group's mean, made up for groups without spread: <see cref="BatchAdvantage.Undiluted"/>.</summary>
    Undiluted,
}

/// <summary>What an advantage is divided by.</summary>
public enum RewardScale
{
    /// <summary>The deviation of its group.</summary>
    Group,

    /// <summary>The deviation of all rewards of the step.</summary>
    Batch,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How the divergence from the frozen reference is measured.</summary>
public enum KlEstimator
{
    /// <summary>log policy − log reference.</summary>
    K1,

    /// <summary>Its absolute value.</summary>
    Abs,

    /// <summary>Half its square.</summary>
    K2,

    /// <summary>e^δ − δ − 1.</summary>
    K3,

    /// <summary>
    /// The divergence itself: the law's own on thoughts, the categorical one on tokens, over the whole vocabulary or the stored set
    /// they were drawn from. No sampling noise.
    /// </summary>
    ClosedForm,
}

/// <summary>
/// Everything a policy-gradient loss is made of. The defaults are GRPO with every step of the update weighing the same; each
/// method of the field is a value of this record (<see cref="Methods"/>). A test changes every member and sees a result change.
/// </summary>
public sealed record LossOptions
{
    /// <summary>What a step's loss is made of.</summary>
    public Surrogate Surrogate { get; init; } = Surrogate.Clip;

    /// <summary>What the ratio is taken of.</summary>
    public RatioLevel Level { get; init; } = RatioLevel.Step;

    /// <summary>
    /// True (the default) takes a ratio of thoughts as of tokens; false gives thoughts the plain gradient A·∇log-density,
    /// whatever policy drew them, as LEPO does.
    /// </summary>
    public bool ThoughtRatio { get; init; } = true;

    /// <summary>How steps add up.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.TokenMean;

    /// <summary>
    /// The length that <see cref="Aggregation.Constant"/> divides by, in steps; null (the default) for the longest a rollout may
    /// be.
    /// </summary>
    public int? ConstantLength { get; init; }

    /// <summary>The ratio is held above 1 − this; in GMPO the log-ratio above minus this. Default 0.2.</summary>
    public double EpsilonLow { get; init; } = 0.2;

    /// <summary>
    /// The ratio is held below 1 + this; in GMPO the log-ratio below this; in TRL's CISPO the ratio itself below this. Default
    /// 0.2.
    /// </summary>
    public double EpsilonHigh { get; init; } = 0.2;

    /// <summary>The dual clip's bound for negative advantages; null (the default) for none. The SofT-GRPO code uses 3.</summary>
    public double? DualClip { get; init; }

    /// <summary>
    /// The largest |log-ratio|, beyond which a step has no gradient. Default 80, near what single precision holds; verl's 20.
    /// </summary>
    public double LogRatioLimit { get; init; } = Ratio.LargestLog;

    /// <summary>SAPO's τ where A &gt; 0. Default 1.</summary>
    public double SapoPositive { get; init; } = 1;

    /// <summary>SAPO's τ elsewhere. Default 1.05.</summary>
    public double SapoNegative { get; init; } = 1.05;

    /// <summary>VESPO's weight where A ≥ 0.</summary>
    public VespoShape VespoPositive { get; init; } = new(2, 3);

    /// <summary>VESPO's weight where A &lt; 0.</summary>
    public VespoShape VespoNegative { get; init; } = new(3, 2);

    /// <summary>What a rollout is compared with.</summary>
    public AdvantageKind Advantage { get; init; } = AdvantageKind.Group;

    /// <summary>
    /// What the advantage is divided by, where it is <see cref="AdvantageKind.Group"/> or
    /// <see cref="AdvantageKind.BestMinusSecond"/>.
    /// </summary>
    public RewardScale Scale { get; init; } = RewardScale.Group;

    /// <summary>Added to that deviation. TRL's is 1e-4 (the default); the SofT-GRPO code's 1e-6.</summary>
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>The k of <see cref="AdvantageKind.PassAt"/>. Default 1, which is the plain advantage.</summary>
    public int PassAt { get; init; } = 1;

    /// <summary>
    /// Weight of the divergence from the frozen start; 0 (the default) for none. The SofT-GRPO paper's is 0.001.
    /// </summary>
    public double Beta { get; init; }

    /// <summary>How that divergence is measured.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.K3;

    /// <summary>
    /// Weighs the estimate by the ratio, so that its mean is right when the rollouts are an older policy's (DeepSeek-V3.2,
    /// arXiv 2512.02556; TRL's use_bias_correction_kl).
    /// </summary>
    public bool CorrectKlBias { get; init; }

    /// <summary>Measures the divergence though <see cref="Beta"/> is 0: what stops a run by it needs it.</summary>
    public bool MeasureKl { get; init; }

    /// <summary>
    /// Weight of KL(frozen start ‖ policy) at thoughts, of the whole next-token distribution at the thinking temperature, in
    /// closed form; 0 (the default) for none. It holds what thoughts are made of, whatever law draws them.
    /// </summary>
    public double Anchor { get; init; }

    /// <summary>Weight of an entropy bonus; 0 (the default) for none.</summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>
    /// The share of the update's most uncertain steps that get a policy loss; 1 (the default) for all. The count that losses are
    /// divided by stays that of all steps, as in TRL.
    /// </summary>
    public double TopEntropyShare { get; init; } = 1;

    /// <summary>What is done about a gap between rollout engine and trainer.</summary>
    public MismatchCorrection Correction { get; init; }

    /// <summary>The largest weight of that correction. TRL's default, 3.</summary>
    public double CorrectionCap { get; init; } = 3;

    /// <summary>
    /// Rollouts with A &lt; 0 that the policy has left by more than this, in nats a step, get no policy loss; null (the default)
    /// for no such mask.
    /// </summary>
    public double? OffPolicyThreshold { get; init; }

    /// <summary>True where the divergence is computed.</summary>
    public bool HasKl => Beta != 0 || MeasureKl;

    /// <summary>What contradicts itself or is out of range: one sentence each, with its remedy, in a recipe's words.</summary>
    public IEnumerable<string> Problems()
    {
        if (Level == RatioLevel.Component && Surrogate is (Surrogate.Vespo or Surrogate.GeometricMean))
            yield return "importance_sampling_level component has no meaning for loss_type "
                + $"{(Surrogate == Surrogate.Vespo ? "vespo" : "gmpo")}, which weighs whole rollouts: leave it out, or take "
                + "another loss_type";
        if (CorrectKlBias && Kl == KlEstimator.ClosedForm)
            yield return "use_bias_correction_kl weighs estimates, and kl_estimator closed-form is none: leave one of them out";
        if (Surrogate == Surrogate.Cispo && !(EpsilonHigh >= 1))
            yield return $"epsilon_high {EpsilonHigh} is the absolute cap of the ratio in loss_type cispo: set it to at least 1 "
                + "(5 is usual), or take loss_type cispo-band";
        if (Surrogate is (Surrogate.Clip or Surrogate.CispoBand) && !(EpsilonLow is >= 0 and <= 1))
            yield return $"epsilon {EpsilonLow} must lie in [0, 1]: the ratio is held above 1 minus it";
        if (Surrogate == Surrogate.Clip && DualClip is { } dual && !(dual > 1 + EpsilonHigh))
            yield return $"delta {dual} must be above 1 + epsilon_high = {1 + EpsilonHigh}";
        if (!(LogRatioLimit is > 0 and <= Ratio.LargestLog))
            yield return $"log_ratio_limit {LogRatioLimit} must lie in (0, {Ratio.LargestLog}]";
        if (!(Anchor >= 0)) yield return $"thought_anchor {Anchor} must not be below 0";
        if (!(SapoPositive > 0 && SapoNegative > 0)) yield return "sapo_temperature_pos and sapo_temperature_neg must be above 0";
        if (!(TopEntropyShare is > 0 and <= 1)) yield return $"top_entropy_quantile {TopEntropyShare} must lie in (0, 1]";
        if (PassAt < 1) yield return $"advantage pass@{PassAt} needs a k of at least 1";
        if (ConstantLength < 1) yield return $"loss_scale_factor {ConstantLength} must be at least 1";
        if (!(CorrectionCap > 0)) yield return $"importance_sampling_cap {CorrectionCap} must be above 0";
    }

    /// <summary>Why a member changes nothing with the others as they are, in a recipe's words; null where it counts.</summary>
    /// <param name="member">The name of a property.</param>
    public string? Idle(string member)
    {
        var clips = Surrogate is Surrogate.Clip or Surrogate.CispoBand or Surrogate.GeometricMean;
        var correctsKl = CorrectKlBias && Beta != 0; // by the ratio, whatever the surrogate does with it
        var byDeviation = Advantage is AdvantageKind.Group or AdvantageKind.BestMinusSecond;
        return member switch
        {
            nameof(Level) when !correctsKl && Surrogate is (Surrogate.Reinforce or Surrogate.Vespo or Surrogate.GeometricMean) =>
                "this loss_type has no ratio of its own level: take grpo, dapo, cispo or sapo",
            nameof(ConstantLength) when Aggregation != Aggregation.Constant =>
                "only loss_type dr_grpo divides by a constant length",
            nameof(EpsilonLow) when !clips => "this loss_type has no lower bound: take grpo, dapo or cispo-band",
            nameof(EpsilonHigh) when !clips && Surrogate != Surrogate.Cispo => "this loss_type does not clip: take grpo or dapo",
            nameof(DualClip) when Surrogate != Surrogate.Clip =>
                "only the clipped ratio has a dual clip: take loss_type grpo or dapo",
            nameof(LogRatioLimit) when !correctsKl
                && Surrogate is (Surrogate.Reinforce or Surrogate.Vespo or Surrogate.GeometricMean) =>
                "this loss_type has no ratio of a step to hold",
            nameof(SapoPositive) or nameof(SapoNegative) when Surrogate != Surrogate.Sapo => "it is read by loss_type sapo alone",
            nameof(VespoPositive) or nameof(VespoNegative) when Surrogate != Surrogate.Vespo =>
                "it is read by loss_type vespo alone",
            nameof(Scale) when !byDeviation => "this advantage is not divided by a deviation: take advantage group",
            nameof(AdvantageEpsilon) when !byDeviation || Scale == RewardScale.None => "no deviation is divided by",
            nameof(PassAt) when Advantage != AdvantageKind.PassAt => "the advantage is not that of pass@k",
            nameof(Kl) when !HasKl => "no divergence is measured: set beta above 0, or kl_stop",
            nameof(CorrectKlBias) when Beta == 0 => "beta is 0",
            nameof(MeasureKl) when Beta != 0 => "beta above 0 measures it anyway",
            nameof(CorrectionCap) when Correction == MismatchCorrection.None => "importance_sampling_correction is none",
            _ => null,
        };
    }
}
