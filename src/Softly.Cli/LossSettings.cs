using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Cli.Recipes;

namespace Softly.Cli;

/// <summary>
/// A recipe's keys as a loss. What would do nothing is added to <paramref name="wrong"/>, each with its remedy.
/// </summary>
internal sealed class LossSettings(Recipe recipe, List<string> wrong)
{
    /// <summary>A method's loss with what the recipe changes of it.</summary>
    public LossOptions Of(LossOptions own)
    {
        if (recipe.LossType is { } type) own = LossTypes.Apply(own, type);
        var high = recipe.EpsilonHigh ?? (own.Surrogate == Surrogate.Cispo ? null : recipe.Epsilon);
        var loss = own with
        {
            Aggregation = recipe.LossAggMode is { } mode ? LossTypes.Mode(mode) : own.Aggregation,
            ConstantLength = recipe.LossScaleFactor ?? own.ConstantLength,
            Level = recipe.ImportanceSamplingLevel switch
            {
                "token" => RatioLevel.Step,
                "sequence" => RatioLevel.Sequence,
                "component" => RatioLevel.Component,
                _ => own.Level,
            },
            ThoughtRatio = recipe.ThoughtRatio ?? own.ThoughtRatio,
            EpsilonLow = recipe.Epsilon ?? own.EpsilonLow,
            EpsilonHigh = high ?? own.EpsilonHigh,
            DualClip = recipe.Delta ?? own.DualClip,
            LogRatioLimit = recipe.LogRatioLimit ?? own.LogRatioLimit,
            SapoPositive = recipe.SapoTemperaturePos ?? own.SapoPositive,
            SapoNegative = recipe.SapoTemperatureNeg ?? own.SapoNegative,
            VespoPositive = new VespoShape(
                recipe.VespoKPos ?? own.VespoPositive.K, recipe.VespoLambdaPos ?? own.VespoPositive.Lambda),
            VespoNegative = new VespoShape(
                recipe.VespoKNeg ?? own.VespoNegative.K, recipe.VespoLambdaNeg ?? own.VespoNegative.Lambda),
            Advantage = recipe.Advantage switch
            {
                null => own.Advantage,
                "group" => AdvantageKind.Group,
                "leave-one-out" => AdvantageKind.LeaveOneOut,
                "whitened" => AdvantageKind.Whitened,
                "whitened-baseline" => AdvantageKind.WhitenedBaseline,
                "length-weighted" => AdvantageKind.LengthWeighted,
                "best-minus-second" => AdvantageKind.BestMinusSecond,
                "undiluted" => AdvantageKind.Undiluted,
                _ => AdvantageKind.PassAt,
            },
            PassAt = recipe.Advantage is { } advantage && advantage.StartsWith("pass@", StringComparison.Ordinal)
                ? int.Parse(advantage["pass@".Length..])
                : own.PassAt,
            Scale = recipe.ScaleRewards switch
            {
                "group" => RewardScale.Group,
                "batch" => RewardScale.Batch,
                "none" => RewardScale.None,
                _ => own.Scale,
            },
            AdvantageEpsilon = recipe.AdvantageEpsilon ?? own.AdvantageEpsilon,
            Beta = recipe.Beta ?? own.Beta,
            Kl = recipe.KlEstimator switch
            {
                "k1" or "kl" => KlEstimator.K1,
                "abs" => KlEstimator.Abs,
                "k2" or "mse" => KlEstimator.K2,
                "k3" or "low_var_kl" => KlEstimator.K3,
                "closed-form" => KlEstimator.ClosedForm,
                _ => own.Kl,
            },
            CorrectKlBias = recipe.UseBiasCorrectionKl ?? own.CorrectKlBias,
            Anchor = recipe.ThoughtAnchor ?? own.Anchor,
            EntropyCoefficient = recipe.EntropyCoef ?? own.EntropyCoefficient,
            TopEntropyShare = recipe.TopEntropyQuantile ?? own.TopEntropyShare,
            Correction = recipe.ImportanceSamplingCorrection switch
            {
                "none" => MismatchCorrection.None,
                "token_truncate" => MismatchCorrection.TokenTruncate,
                "token_mask" => MismatchCorrection.TokenMask,
                "sequence_truncate" => MismatchCorrection.SequenceTruncate,
                "sequence_mask" => MismatchCorrection.SequenceMask,
                null when recipe.OverlapRollouts && own.Correction == MismatchCorrection.None => MismatchCorrection.TokenTruncate,
                _ => own.Correction,
            },
            CorrectionCap = recipe.ImportanceSamplingCap ?? own.CorrectionCap,
            OffPolicyThreshold = recipe.OffPolicyMaskThreshold ?? own.OffPolicyThreshold,
        };
        // What stops a run by the divergence needs it measured, whatever its weight.
        if (recipe.KlStop is not null && loss.Beta == 0) loss = loss with { MeasureKl = true };
        CheckUse(loss);
        if (loss.Advantage == AdvantageKind.PassAt && loss.PassAt > recipe.NumGenerations)
            wrong.Add($"advantage pass@{loss.PassAt} needs num_generations of at least {loss.PassAt}, "
                + $"it is {recipe.NumGenerations}");
        return loss;
    }

    /// <summary>Adds every key that was given and would do nothing.</summary>
    private void CheckUse(LossOptions loss)
    {
        (string Key, bool Given, string Member)[] keys =
        [
            ("loss_scale_factor", recipe.LossScaleFactor is not null, nameof(LossOptions.ConstantLength)),
            ("importance_sampling_level", recipe.ImportanceSamplingLevel is not null, nameof(LossOptions.Level)),
            ("epsilon", recipe.Epsilon is not null, nameof(LossOptions.EpsilonLow)),
            ("epsilon_high", recipe.EpsilonHigh is not null, nameof(LossOptions.EpsilonHigh)),
            ("delta", recipe.Delta is not null, nameof(LossOptions.DualClip)),
            ("log_ratio_limit", recipe.LogRatioLimit is not null, nameof(LossOptions.LogRatioLimit)),
            ("sapo_temperature_pos", recipe.SapoTemperaturePos is not null, nameof(LossOptions.SapoPositive)),
            ("sapo_temperature_neg", recipe.SapoTemperatureNeg is not null, nameof(LossOptions.SapoNegative)),
            ("vespo_k_pos", recipe.VespoKPos is not null, nameof(LossOptions.VespoPositive)),
            ("vespo_lambda_pos", recipe.VespoLambdaPos is not null, nameof(LossOptions.VespoPositive)),
            ("vespo_k_neg", recipe.VespoKNeg is not null, nameof(LossOptions.VespoNegative)),
            ("vespo_lambda_neg", recipe.VespoLambdaNeg is not null, nameof(LossOptions.VespoNegative)),
            ("scale_rewards", recipe.ScaleRewards is not null, nameof(LossOptions.Scale)),
            ("advantage_epsilon", recipe.AdvantageEpsilon is not null, nameof(LossOptions.AdvantageEpsilon)),
            ("kl_estimator", recipe.KlEstimator is not null, nameof(LossOptions.Kl)),
            ("use_bias_correction_kl", recipe.UseBiasCorrectionKl == true, nameof(LossOptions.CorrectKlBias)),
            ("importance_sampling_cap", recipe.ImportanceSamplingCap is not null, nameof(LossOptions.CorrectionCap)),
        ];
        foreach (var (key, given, member) in keys)
            if (given && loss.Idle(member) is { } why) wrong.Add($"{key} does nothing here: {why}; or leave {key} out");
    }
}
