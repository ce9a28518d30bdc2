using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>Where the old log-densities of a ratio come from when one rollout serves several updates.</summary>
public enum OldLogDensity
{
    /// <summary>A forward pass of the trainer before its first update: exact whatever the rollout engine.</summary>
    Recompute,

    /// <summary>
    /// What the rollout recorded, where the step's first micro-batch shows that the two engines agree to
    /// <see cref="TrainingOptions.Agreement"/>; recomputed otherwise.
    /// </summary>
    Auto,

    /// <summary>What the rollout recorded: saves that pass, and takes the engines' rounding into the ratio.</summary>
    Rollout,
}

/// <summary>How a run trains. Defaults are TRL's where TRL has the setting.</summary>
public sealed record TrainingOptions
{
    /// <summary>Training steps: rollouts and their updates.</summary>
    public int Steps { get; init; } = 300;

    /// <summary>P: problems a step.</summary>
    public int PromptsPerStep { get; init; } = 16;

    /// <summary>G: rollouts a problem.</summary>
    public int GroupSize { get; init; } = 16;

    /// <summary>
    /// Rollouts that go through the model together in the update. Any value gives the same loss; smaller ones need less memory.
    /// (An adapter's dropout is drawn for every micro-batch: another value drops other inputs.)
    /// </summary>
    public int MicroBatch { get; init; } = 256;

    /// <summary>
    /// Computes layers again in the backward pass rather than keep what they computed (<see cref="Models.Decoder.Recomputes"/>).
    /// The same numbers to the bit. Default false.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Parts a step's rollouts are cut into, each with an update of its own. Default 1.</summary>
    public int MiniBatches { get; init; } = 1;

    /// <summary>Passes over a step's rollouts (TRL's num_iterations). Default 1.</summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Where old log-densities come from when there is more than one update a step.</summary>
    public OldLogDensity Old { get; init; } = OldLogDensity.Auto;

    /// <summary>
    /// The most by which log-densities of the rollout and of the trainer may differ, in nats, for one to serve as the other: a ratio
    /// is then off by a ten-thousandth, where clipping begins at a fifth.
    /// </summary>
    public const double Agreement = 1e-4;

    /// <summary>
    /// Draws the next step's rollouts while this one's update is computed, by the policy as it was before that update: one step off
    /// policy, which the loss must correct. Default false: every rollout is the present policy's. A run that is resumed draws its
    /// first step anew.
    /// </summary>
    public bool Overlap { get; init; }

    /// <summary>
    /// Generations a step has at most: what has no spread after one of them is replaced by fresh problems in the next (DAPO's
    /// dynamic sampling). 1 (the default) replaces nothing; after the last, groups without spread stay.
    /// </summary>
    public int GenerationBatches { get; init; } = 1;

    /// <summary>
    /// The last tokens before the limit, in which <see cref="OverlongPenalty"/> grows; 0 (the default) for none.
    /// </summary>
    public int OverlongBuffer { get; init; }

    /// <summary>What is taken off the reward of an answer that reaches the limit (DAPO, arXiv 2503.14476, eq. 13).</summary>
    public double OverlongPenalty { get; init; } = 1;

    /// <summary>
    /// Leaves rollouts that ran into the limit out of the loss; they still count as rollouts, and in their group's mean.
    /// </summary>
    public bool MaskTruncated { get; init; }

    /// <summary>
    /// An update whose policy is farther from the one that drew than this, in nats a step (k3), is left out with all that follow
    /// it in the step; null (the default) for no such bound.
    /// </summary>
    public double? TargetKl { get; init; }

    /// <summary>
    /// A step whose mean divergence from the reference is above this, in nats, is the run's last; null for none.
    /// </summary>
    public double? KlStop { get; init; }

    /// <summary>What rollouts are rewarded for. Default: the task's own judgement.</summary>
    public RewardOptions Rewards { get; init; } = new();

    /// <summary>How rollouts are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Lets gradients flow through thought inputs. Default false, as published.</summary>
    public bool AttachInputs { get; init; }

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Updates of warm-up.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>What follows warm-up.</summary>
    public Schedule Schedule { get; init; } = Schedule.Linear;

    /// <summary>AdamW's decoupled weight decay, of matrices only.</summary>
    public double WeightDecay { get; init; }

    /// <summary>AdamW's decay of the mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the square.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Global gradient norm is clipped to this; 0 for no clipping.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Of all randomness of the run.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>What an answer of this length loses of its reward.</summary>
    public double Penalty(int length) => Overlong.Penalty(length, Sampling.MaxNewTokens, OverlongBuffer, OverlongPenalty);

    /// <summary>Whether a rollout has a part in the loss.</summary>
    public bool HasLoss(Rollout rollout) =>
        rollout.ScoredSteps > 0 && !(MaskTruncated && rollout.Finish == FinishReason.Length);

    /// <summary>What advantages compare of a graded group: scores less what overlong answers lose, and the steps with a loss.</summary>
    public ScoredGroup Scored(RolloutGroup group) => new(
        [.. group.Scores.Zip(group.Rollouts, (s, r) => s - Penalty(r.Length))],
        [.. group.Rollouts.Select(r => HasLoss(r) ? r.ScoredSteps : 0)]);

    /// <summary>Whether there is something to learn from a scored group.</summary>
    public bool HasSpread(RolloutGroup group) => Rewards.HasSpread(group, Scored(group).Rewards);

    /// <summary>
    /// How much better each rollout is than the others: the algorithm's comparison, or that of each reward by itself.
    /// </summary>
    /// <param name="algorithm">Compares rewards.</param>
    /// <param name="groups">P scored groups.</param>
    /// <returns>P lists of G advantages.</returns>
    public IReadOnlyList<double[]> Advantages(IAlgorithm algorithm, IReadOnlyList<RolloutGroup> groups) =>
        Rewards.Aggregation == RewardAggregation.NormalizeThenSum
            ? Rewards.NormalizeThenSum(groups, ((PolicyGradient)algorithm).Options.AdvantageEpsilon)
            : algorithm.Advantages([.. groups.Select(Scored)]);

    /// <summary>Updates a step.</summary>
    public int UpdatesPerStep => MiniBatches * Iterations;

    /// <summary>Checks what cannot work together, all at once.</summary>
    /// <returns>One sentence a problem, with its remedy, in a recipe's words; empty when all is well.</returns>
    public IEnumerable<string> Problems(IAlgorithm algorithm)
    {
        if (PromptsPerStep * GroupSize % MiniBatches != 0)
            yield return $"mini_batches {MiniBatches} must divide prompts_per_step × num_generations: "
                + $"{PromptsPerStep * GroupSize} rollouts cannot be cut into {MiniBatches} equal mini-batches";
        if (algorithm.Needs.HasFlag(ScoreNeeds.Components) && Old == OldLogDensity.Rollout && UpdatesPerStep > 1)
            yield return "importance_sampling_level component needs old log-densities of components, and rollouts record "
                + "those of whole steps: set old_log_density: recompute";
        if (algorithm.Needs.HasFlag(ScoreNeeds.Components) && Sampling.Law is not (null or SeparableLaw))
            yield return $"the log-density of {Sampling.Law.Name} is no sum over components: set importance_sampling_level to "
                + "token or sequence";
        if (algorithm.Needs.HasFlag(ScoreNeeds.Divergences) && Sampling.Law is { HasDivergence: false })
            yield return $"{Sampling.Law.Name} has no divergence in closed form: set kl_estimator to k3, "
                + "or take another thinking_law";
        if (algorithm.Needs.HasFlag(ScoreNeeds.Anchors) && Sampling.Law is null)
            yield return "thought_anchor holds soft thoughts near the start, and thoughts are plain tokens here: "
                + "set thought_anchor: 0, or a thinking_law";
        if (Overlap && algorithm is PolicyGradient { Options.Correction: MismatchCorrection.None })
            yield return "overlap_rollouts draws from a policy one update old: set importance_sampling_correction: token_truncate";
        if (Overlap && Sampling.Law is { NeedsEmbedding: true } law)
            yield return $"{law.Name} draws in the embedding, which overlap_rollouts would change meanwhile: "
                + "leave overlap_rollouts out";
        if (TargetKl is not null && UpdatesPerStep == 1)
            yield return "target_kl does nothing with one update a step, whose policy is still the one that drew: "
                + "raise mini_batches or num_iterations, or leave it out";
        if (KlStop is not null && !algorithm.NeedsReference && !algorithm.Needs.HasFlag(ScoreNeeds.Divergences))
            yield return "kl_stop needs the divergence from the reference, and it is not measured: set beta above 0";
        if (Rewards.Aggregation == RewardAggregation.NormalizeThenSum
            && algorithm is not PolicyGradient { Options: { Advantage: AdvantageKind.Group, Scale: RewardScale.Group } })
            yield return "multi_objective_aggregation normalize_then_sum compares each reward within its group and divides by "
                + "the deviation: set advantage: group and scale_rewards: group, or multi_objective_aggregation: sum_then_normalize";
        if (Rewards.Aggregation == RewardAggregation.NormalizeThenSum && OverlongBuffer > 0)
            yield return "overlong_buffer is taken off the sum of rewards, which normalize_then_sum never makes: leave it out, "
                + $"and add overlong(buffer={OverlongBuffer}) to reward_funcs";
        if (algorithm is PolicyGradient { Options.Advantage: AdvantageKind.PassAt }
            && Rewards.Rewards is not [{ Reward: AccuracyReward, Weight: 1 }])
            yield return "advantage pass@k counts right answers, and rewards that are neither 0 nor 1 cannot be counted: "
                + "set reward_funcs: accuracy without weights, or advantage: group";
        if (GenerationBatches < 1) yield return $"max_generation_batches {GenerationBatches} must be at least 1";
        if (OverlongBuffer < 0 || OverlongBuffer >= Sampling.MaxNewTokens)
            yield return $"overlong_buffer {OverlongBuffer} must be below max_completion_length {Sampling.MaxNewTokens}";
        if (OverlongBuffer > 0 && algorithm is PolicyGradient { Options.Advantage: AdvantageKind.PassAt })
            yield return "overlong_buffer makes rewards that are neither 0 nor 1, which advantage pass@k cannot count: "
                + "leave one out";
    }
}
