namespace Softly.Cli.Recipes;

/// <summary>
/// Everything a training run is made of. A recipe file holds only what differs from these defaults; names are TRL's where they
/// mean the same, and the names of verl and of the SofT-GRPO code are understood as aliases.
/// </summary>
internal sealed record Recipe
{
    // What is learned, by whom.

    [Key("the method: a loss and what goes with it, each of which a key below can change", Aliases = "algorithm.name",
        Methods = true)]
    public string Algorithm { get; init; } = "soft-grpo";

    [Key(
        "a Hugging Face folder, a .gguf file, org/name of a model that softly pull has fetched, "
        + "or 'scratch' for a new one of the given sizes",
        Aliases = "model actor_rollout_ref.model.path")]
    public string ModelNameOrPath { get; init; } = "scratch";

    [Key("a task by name, or 'jsonl' for the records of dataset_name")]
    public string Task { get; init; } = "countdown-3";

    [Key("nodes of a graph task's graphs; left out, the task's own", Least = 3)]
    public int? TaskNodes { get; init; }

    [Key("how far an edge of a graph task may reach, in nodes of the hidden order; left out, the task's own", Least = 1)]
    public int? TaskWindow { get; init; }

    [Key("edges that leave a node of a graph task; left out, the task's own", Least = 1)]
    public int? TaskDegree { get; init; }

    [Key("steps of a search from its start to an answer; left out, the task's own", Least = 1)]
    public int? TaskHops { get; init; }

    [Key("candidates of a group, one of which is right; left out, the task's own", Least = 2)]
    public int? TaskCandidates { get; init; }

    [Key("numbers of subset-sums; left out, the task's own", Least = 4)]
    public int? TaskTerms { get; init; }

    [Key("the largest number of subset-sums; left out, the task's own", Least = 2)]
    public int? TaskLargest { get; init; }

    [Key("squares along an edge of knight-moves' board; left out, the task's own", Least = 3)]
    public int? TaskBoard { get; init; }

    [Key("blocked squares of knight-moves' board; left out, the task's own", Least = 1)]
    public int? TaskBlocked { get; init; }

    [Key("what demonstrations of a search think: a path to an answer, the sets of states (frontier), a path to each answer, the "
        + "sets written out in words, nothing (blank: think_length says how many blank thoughts), or path and frontier mixed; "
        + "left out, path",
        Choices = "path frontier paths written blank mixed")]
    public string? TaskThoughts { get; init; }

    [Key("a JSONL or Parquet file of training problems; tasks that make their own read its prompts",
        Aliases = "dataset train_file data.train_files")]
    public string? DatasetName { get; init; }

    [Key(
        "a JSONL or Parquet file of held-out problems, or several separated by |; without it jsonl and gsm8k hold out a stable share of "
        + "dataset_name",
        Aliases = "test_file data.val_files")]
    public string? DatasetTest { get; init; }

    [Key("the column with the question, where it cannot be detected",
        Aliases = "data.prompt_key input_key dataset_prompt_column")]
    public string? PromptColumn { get; init; }

    [Key("the column with the answer, where it cannot be detected", Aliases = "data.reward_fn_key label_key")]
    public string? AnswerColumn { get; init; }

    [Key("put behind every question of a dataset")]
    public string? PromptSuffix { get; init; }

    [Key("the system turn of every conversation")]
    public string? SystemPrompt { get; init; }

    [Key("who judges the answers of a dataset", Graders = true)]
    public string? Grader { get; init; }

    [Key("how many training problems to draw from the task", Least = 1)]
    public int TrainProblems { get; init; } = 4000;

    [Key("element type of the weights that decode, and of the frozen reference; full training keeps float32 masters beside them, "
        + "with use_peft the frozen model itself is held in it",
        Aliases = "torch_dtype actor_rollout_ref.rollout.dtype", Choices = "float32 bfloat16")]
    public string Dtype { get; init; } = "float32";

    [Key("where the run folder goes", Aliases = "trainer.default_local_dir")]
    public string OutputDir { get; init; } = "runs/train";

    // A model from scratch.

    [Key("width of a new model", Least = 8)]
    public int HiddenSize { get; init; } = 64;

    [Key("layers of a new model", Least = 1)]
    public int NumHiddenLayers { get; init; } = 3;

    [Key("query heads of a new model", Least = 1)]
    public int NumAttentionHeads { get; init; } = 2;

    [Key("key-value heads of a new model; 0 means as many as query heads", Least = 0)]
    public int NumKeyValueHeads { get; init; }

    [Key("width inside a new model's feed-forward", Least = 8)]
    public int IntermediateSize { get; init; } = 128;

    [Key("base of a new model's rotary angles", Least = 0, Above = true)]
    public double RopeTheta { get; init; } = 10000;

    [Key("weights of a new model: plain, or lookup, whose heads begin by looking for what a position holds",
        Choices = "plain lookup")]
    public string Initialization { get; init; } = "plain";

    [Key("supervised updates on the task's demonstrations before reinforcement learning", Least = 0)]
    public int WarmStartSteps { get; init; }

    [Key("learning rate of the warm start", Least = 0, Above = true)]
    public double WarmStartLearningRate { get; init; } = 2e-3;

    [Key("demonstrations an update of the warm start", Least = 1)]
    public int WarmStartBatch { get; init; } = 128;

    [Key("demonstrations of a warm start side by side that are questions about the same graph, and share its words; 1 for a fresh "
        + "graph every time (docs/warm-starts.md)",
        Least = 1)]
    public int WarmStartQuestions { get; init; } = 1;

    [Key("share of the warm start's updates in which the model is fed its own mixtures, where demonstrations think in sets",
        Least = 0, Most = 1)]
    public double WarmStartSelfFed { get; init; }

    [Key("share of the warm start's updates that pass before the first of these", Least = 0, Most = 1, Below = true)]
    public double WarmStartSelfFedAfter { get; init; } = 0.25;

    [Key("noise on sets and own mixtures in the warm start: its scale κ is uniform from 0 to this", Least = 0)]
    public double WarmStartNoise { get; init; }

    [Key("τ: temperature of own mixtures, and of sets under noise, in the warm start", Least = 0, Above = true)]
    public double WarmStartTemperature { get; init; } = 1;

    // LoRA: a low-rank change of a frozen model.

    [Key("trains a LoRA adapter instead of the model; saved in PEFT's layout", Aliases = "use_lora")]
    public bool UsePeft { get; init; }

    [Key("rank of the adapter; left out, 16", Aliases = "lora_rank actor_rollout_ref.model.lora_rank", Least = 1)]
    public int? LoraR { get; init; }

    [Key("the change is scaled by this / rank; left out, 32", Aliases = "actor_rollout_ref.model.lora_alpha", Least = 0,
        Above = true)]
    public double? LoraAlpha { get; init; }

    [Key("share of inputs that the adapter drops in the update; left out, 0", Least = 0, Most = 1, Below = true)]
    public double? LoraDropout { get; init; }

    [Key("linear maps that the adapter changes, separated by commas (q_proj, v_proj); left out, all-linear",
        Aliases = "actor_rollout_ref.model.target_modules")]
    public string? LoraTargetModules { get; init; }

    [Key("scales by lora_alpha / √rank instead (rsLoRA)")]
    public bool? UseRslora { get; init; }

    // Optimisation.

    [Key("peak learning rate", Aliases = "lr actor_rollout_ref.actor.optim.lr", Least = 0)]
    public double LearningRate { get; init; } = 1e-6;

    [Key("what follows warm-up", Choices = "constant linear cosine constant_with_warmup")]
    public string LrSchedulerType { get; init; } = "linear";

    [Key("updates of linear warm-up from 0", Least = 0)]
    public int WarmupSteps { get; init; }

    [Key("AdamW's decoupled weight decay", Aliases = "actor_rollout_ref.actor.optim.weight_decay", Least = 0)]
    public double WeightDecay { get; init; }

    [Key("AdamW's decay of the mean", Least = 0, Most = 1, Below = true)]
    public double AdamBeta1 { get; init; } = 0.9;

    [Key("AdamW's decay of the square", Least = 0, Most = 1, Below = true)]
    public double AdamBeta2 { get; init; } = 0.999;

    [Key("AdamW's ε", Least = 0, Above = true)]
    public double AdamEpsilon { get; init; } = 1e-8;

    [Key("global gradient norm is clipped to this; 0 for no clipping", Aliases = "actor_rollout_ref.actor.grad_clip", Least = 0)]
    public double MaxGradNorm { get; init; } = 1;

    [Key("training steps: rollouts and their update", Aliases = "trainer.total_training_steps", Least = 0)]
    public int MaxSteps { get; init; } = 300;

    [Key("problems a step", Aliases = "train_batch_size data.train_batch_size", Least = 1)]
    public int PromptsPerStep { get; init; } = 16;

    [Key("G: rollouts a problem; one alone has nothing to be compared with", Aliases = "actor_rollout_ref.rollout.n", Least = 2)]
    public int NumGenerations { get; init; } = 8;

    [Key("rollouts that go through the model together in the update; the loss does not depend on it",
        Aliases = "micro_batch_size actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu", Least = 1)]
    public int PerDeviceTrainBatchSize { get; init; } = 256;

    [Key("computes layers again in the backward pass rather than keep what they computed: the same numbers to the bit, less "
        + "memory, up to a third more time",
        Aliases = "actor_rollout_ref.model.enable_gradient_checkpointing")]
    public bool GradientCheckpointing { get; init; }

    [Key("what computes the update: fused packs sequences and works in few large steps on the CPU; auto takes it where it can",
        Choices = "auto torch fused")]
    public string UpdateEngine { get; init; } = "auto";

    [Key("what the fused update multiplies in; parameters, sums and gradients stay in float32", Choices = "float32 bfloat16")]
    public string UpdateDtype { get; init; } = "float32";

    [Key("parts a step's rollouts are cut into, each with its own update", Aliases = "", Least = 1)]
    public int MiniBatches { get; init; } = 1;

    [Key("passes over a step's rollouts", Aliases = "actor_rollout_ref.actor.ppo_epochs", Least = 1)]
    public int NumIterations { get; init; } = 1;

    [Key("where old log-densities come from when a rollout serves several updates; auto takes the rollout's where the engines agree",
        Choices = "auto recompute rollout")]
    public string OldLogDensity { get; init; } = "auto";

    [Key("draws the next step's rollouts beside this one's update, one update off policy; turns importance_sampling_correction on")]
    public bool OverlapRollouts { get; init; }

    // The loss. A key left out takes the method's own; one that would do nothing is refused.

    [Key("the surrogate and how its steps add up, in TRL's words; reinforce has no ratio, cispo-band is verl's cispo",
        Choices = "grpo dapo bnpo dr_grpo luspo cispo cispo-band sapo vespo gmpo reinforce")]
    public string? LossType { get; init; }

    [Key("how steps add up, in verl's words, where loss_type is not to decide it",
        Aliases = "actor_rollout_ref.actor.loss_agg_mode",
        Choices = "token-mean seq-mean-token-mean seq-mean-token-sum seq-mean-token-sum-norm")]
    public string? LossAggMode { get; init; }

    [Key("the constant length that dr_grpo divides by; left out, the longest a completion may be",
        Aliases = "actor_rollout_ref.actor.loss_scale_factor", Least = 1)]
    public int? LossScaleFactor { get; init; }

    [Key("what a ratio is taken of: each step, the whole rollout, or each component of a thought", Aliases = "ratio_level",
        Choices = "token sequence component")]
    public string? ImportanceSamplingLevel { get; init; }

    [Key("false gives thoughts no ratio but the plain policy gradient (lepo: false)")]
    public bool? ThoughtRatio { get; init; }

    [Key("the ratio is held above 1 − epsilon, and below 1 + epsilon where epsilon_high is not given (gmpo: the log-ratio)",
        Aliases = "epsilon_low clip_ratio actor_rollout_ref.actor.clip_ratio_low", Least = 0)]
    public double? Epsilon { get; init; }

    [Key("the ratio is held below 1 + this; in loss_type cispo below this itself",
        Aliases = "actor_rollout_ref.actor.clip_ratio_high", Least = 0)]
    public double? EpsilonHigh { get; init; }

    [Key("dual clip for negative advantages (soft-grpo: 3)",
        Aliases = "clip_ratio_c actor_rollout_ref.actor.clip_ratio_c", Least = 1, Above = true)]
    public double? Delta { get; init; }

    [Key("the largest |log-ratio| of a step; 80 is as good as none, verl's is 20", Least = 0, Above = true, Most = 80)]
    public double? LogRatioLimit { get; init; }

    [Key("sapo's gate for good rollouts", Aliases = "actor_rollout_ref.actor.tau_pos", Least = 0, Above = true)]
    public double? SapoTemperaturePos { get; init; }

    [Key("sapo's gate for bad rollouts", Aliases = "actor_rollout_ref.actor.tau_neg", Least = 0, Above = true)]
    public double? SapoTemperatureNeg { get; init; }

    [Key("vespo's k for good rollouts", Least = 0)]
    public double? VespoKPos { get; init; }

    [Key("vespo's λ for good rollouts", Least = 0)]
    public double? VespoLambdaPos { get; init; }

    [Key("vespo's k for bad rollouts", Least = 0)]
    public double? VespoKNeg { get; init; }

    [Key("vespo's λ for bad rollouts", Least = 0)]
    public double? VespoLambdaNeg { get; init; }

    [Key("what a rollout is compared with: its group's mean, the others of its group, all steps of the batch, …",
        Choices = "group leave-one-out whitened whitened-baseline length-weighted best-minus-second undiluted "
            + "pass@2 pass@4 pass@8")]
    public string? Advantage { get; init; }

    [Key("divide advantages by the group's deviation, by that of the whole step, or not", Choices = "group batch none")]
    public string? ScaleRewards { get; init; }

    [Key("added to the deviation (soft-grpo: 1e-6, others: 1e-4)", Least = 0)]
    public double? AdvantageEpsilon { get; init; }

    [Key("weight of the divergence from the frozen start (soft-grpo: 0.001, others: 0)",
        Aliases = "actor_rollout_ref.actor.kl_loss_coef", Least = 0)]
    public double? Beta { get; init; }

    [Key("how that divergence is measured; closed-form is the divergence itself, without sampling noise",
        Aliases = "actor_rollout_ref.actor.kl_loss_type", Choices = "k1 abs k2 k3 closed-form kl mse low_var_kl")]
    public string? KlEstimator { get; init; }

    [Key("weighs that estimate by the ratio, so that it is right for an older policy's rollouts")]
    public bool? UseBiasCorrectionKl { get; init; }

    [Key("weight of KL(start ‖ policy) of the whole next-token distribution at soft thoughts, in closed form "
        + "(frontier-soft: 0.3, others: 0)",
        Least = 0)]
    public double? ThoughtAnchor { get; init; }

    [Key("weight of an entropy bonus", Aliases = "actor_rollout_ref.actor.entropy_coeff", Least = 0)]
    public double? EntropyCoef { get; init; }

    [Key("the share of the most uncertain steps that get a policy loss", Least = 0, Above = true, Most = 1)]
    public double? TopEntropyQuantile { get; init; }

    [Key("what is done about a gap between rollout engine and trainer: weights by their ratio, truncated or masked at the cap",
        Aliases = "vllm_importance_sampling_mode", Choices = "none token_truncate token_mask sequence_truncate sequence_mask")]
    public string? ImportanceSamplingCorrection { get; init; }

    [Key("the largest weight of that correction", Aliases = "vllm_importance_sampling_cap", Least = 0, Above = true)]
    public double? ImportanceSamplingCap { get; init; }

    [Key("bad rollouts that the policy has left by more nats a step than this get no policy loss", Least = 0)]
    public double? OffPolicyMaskThreshold { get; init; }

    [Key("an update farther than this from the policy that drew (nats a step) is left out, with the rest of its step",
        Least = 0, Above = true)]
    public double? TargetKl { get; init; }

    [Key("a step whose divergence from the frozen start is above this (nats) is the run's last", Least = 0, Above = true)]
    public double? KlStop { get; init; }

    // What is learned from.

    [Key("replaces groups without spread by fresh problems (dapo: true)", Aliases = "algorithm.filter_groups.enable")]
    public bool? DynamicSampling { get; init; }

    [Key("generations a step has at most for that; left out, 10",
        Aliases = "algorithm.filter_groups.max_num_gen_batches", Least = 1)]
    public int? MaxGenerationBatches { get; init; }

    [Key("the last tokens before the limit, in which overlong_penalty grows; 0 for none",
        Aliases = "reward_model.overlong_buffer.len", Least = 0)]
    public int OverlongBuffer { get; init; }

    [Key("what an answer that reaches the limit loses of its reward; left out, 1",
        Aliases = "reward_model.overlong_buffer.penalty_factor", Least = 0)]
    public double? OverlongPenalty { get; init; }

    [Key("leaves completions that ran into the limit out of the loss")]
    public bool MaskTruncatedCompletions { get; init; }

    // What rollouts are rewarded for, and who watches (docs/rewards.md).

    [Key("what rollouts are rewarded for, separated by commas or as a list: accuracy, code, format, length, cosine, overlong, "
        + "repetition_penalty, each with settings as in format(style=box), or rewards of your own: my/Reward.cs; left out, "
        + "what the task's grader says",
        List = true)]
    public string? RewardFuncs { get; init; }

    [Key("how much each of reward_funcs counts, separated by commas or as a list; left out, each 1", List = true)]
    public string? RewardWeights { get; init; }

    [Key("sums rewards and compares the sums, or compares each reward in its group and sums that (GDPO)",
        Choices = "sum_then_normalize normalize_then_sum")]
    public string? MultiObjectiveAggregation { get; init; }

    [Key("seconds that one call of a reward of your own may take; left out, 5", Least = 0, Above = true)]
    public double? RewardTimeLimit { get; init; }

    [Key("a reward of your own that takes longer so many times in a row ends the run; left out, 16", Least = 1)]
    public int? RewardTimeouts { get; init; }

    [Key("a grader that judges beside the rewards, which never see it: watch/accuracy; 'task' for the task's own")]
    public string? WatchGrader { get; init; }

    [Key("alarms when the reward's lead over watch/accuracy has grown by more than this share of the rewards' weights; left out, "
        + "0.3",
        Least = 0, Above = true)]
    public double? WatchGap { get; init; }

    [Key("alarms when a reward that is no accuracy makes more than this share of the rewards' spread; left out, 0.95",
        Least = 0, Above = true, Most = 1)]
    public double? WatchShare { get; init; }

    [Key("alarms when completions have become so many times longer or shorter than in the first five steps", Least = 1,
        Above = true)]
    public double WatchLength { get; init; } = 2;

    [Key("alarms when at least this share of completions are copies in their group and fewer than half are right",
        Least = 0, Above = true, Most = 1)]
    public double WatchDuplicates { get; init; } = 0.9;

    [Key("alarms when more than this share of verdicts failed, by verifiers or rewards", Least = 0, Most = 1)]
    public double WatchFailed { get; init; } = 0.05;

    // Rollouts.

    [Key("how thoughts are drawn; 'none' thinks in plain tokens (soft-grpo: gumbel-softmax, others: none)",
        Laws = true, Choices = "none")]
    public string? ThinkingLaw { get; init; }

    [Key("τ: temperature of the mixture; 0 feeds the winner alone; left out, the law's own (the paper's: 0.1)",
        Aliases = "tau actor_rollout_ref.rollout.gumbel_softmax_temperature", Least = 0)]
    public double? GumbelSoftmaxTemperature { get; init; }

    [Key("κ: scale of the Gumbel noise, at least 0.001; 1 is the paper's; thinking_law soft-thinking has none",
        Aliases = "noise_scale actor_rollout_ref.rollout.noise_factor")]
    public double? NoiseFactor { get; init; }

    [Key("scales of the Gumbel noise for the members of a group in turn, of gumbel-ladder: \"0 0.2 0.45 0.7\"; left out, 0.4",
        List = true)]
    public string? NoiseLadder { get; init; }

    [Key("share of a group's members that think in single tokens, of gumbel-ladder; left out, 0", Least = 0, Most = 1,
        Below = true)]
    public double? DiscreteShare { get; init; }

    [Key("α: concentration of dirichlet and gamma thoughts",
        Aliases = "dirichlet_alpha actor_rollout_ref.rollout.dirichlet_alpha", Least = 0, Above = true)]
    public double? Concentration { get; init; }

    [Key("σ: deviation of Gaussian noise on thoughts, in the unit of what it is added to (of the embedding: as a share of its "
        + "size)",
        Least = 0, Above = true)]
    public double? NoiseSigma { get; init; }

    [Key("tokens a thought is made of, where the law draws several", Aliases = "multiplex_width", Least = 1, Most = 256)]
    public int? ThoughtDraws { get; init; }

    [Key("how drawn tokens are weighted in a thought", Choices = "mean probability")]
    public string? DrawWeights { get; init; }

    [Key("β of mixture-of-inputs: weight of the drawn token against the distribution", Least = 0)]
    public double? InputBeta { get; init; }

    [Key("neighbours mixed into a thought", Least = 1, Most = 256)]
    public int? Neighbors { get; init; }

    [Key("share of thoughts that are mixed with neighbours", Least = 0, Most = 1)]
    public double? NeighborRate { get; init; }

    [Key("how the components' log-densities become a thought's: sum is the density, mean and weighted are stand-ins",
        Choices = "sum mean weighted")]
    public string? DensityReduction { get; init; }

    [Key("most thoughts before the token that ends thinking is put in; 0 for no limit", Least = 0)]
    public int ThinkLength { get; init; }

    [Key("cold stop: thoughts whose distribution has less entropy (nats) count as sure ones; left out, no cold stop",
        Aliases = "early_stopping_entropy_threshold", Least = 0, Above = true)]
    public double? ColdStopEntropy { get; init; }

    [Key("cold stop: so many sure thoughts in a row end thinking", Aliases = "early_stopping_length_threshold", Least = 1)]
    public int ColdStopLength { get; init; } = 256;

    [Key("false thinks in plain tokens whatever the algorithm", Aliases = "actor_rollout_ref.rollout.enable_soft_thinking")]
    public bool EnableSoftThinking { get; init; } = true;

    [Key(
        "the text that ends thinking; 'none' keeps everything soft; left out, the task's own, "
        + "or </think> where the model has that token",
        Aliases = "actor_rollout_ref.rollout.think_end_str")]
    public string? ThinkEndStr { get; init; }

    [Key("divides the logits, of thoughts and (where after_thinking_temperature is not given) of the answer; left out, 1, "
        + "or what the method thinks with",
        Aliases = "actor_rollout_ref.rollout.temperature", Least = 0, Above = true)]
    public double? Temperature { get; init; }

    [Key("top-p of thoughts after top-k (of all tokens when thinking is discrete)",
        Aliases = "actor_rollout_ref.rollout.top_p", Least = 0, Above = true, Most = 1)]
    public double? TopP { get; init; }

    [Key("top-k of thoughts (of all tokens when thinking is discrete); 0 keeps all",
        Aliases = "actor_rollout_ref.rollout.top_k", Least = 0)]
    public int? TopK { get; init; }

    [Key("min-p of thoughts after top-k and top-p (of all tokens when thinking is discrete): the least share of the most likely "
        + "token's probability; 0 keeps all",
        Aliases = "actor_rollout_ref.rollout.min_p", Least = 0, Most = 1)]
    public double MinP { get; init; }

    [Key("most tokens a thought is made of, after top-k, top-p and min-p; left out, as many as top_k",
        Aliases = "actor_rollout_ref.rollout.max_topk", Least = 1)]
    public int? MaxTopk { get; init; }

    [Key("temperature of the answer after soft thinking",
        Aliases = "actor_rollout_ref.rollout.after_thinking_temperature", Least = 0, Above = true)]
    public double? AfterThinkingTemperature { get; init; }

    [Key("top-p of the answer after soft thinking",
        Aliases = "actor_rollout_ref.rollout.after_thinking_top_p", Least = 0, Above = true, Most = 1)]
    public double AfterThinkingTopP { get; init; } = 1;

    [Key("top-k of the answer after soft thinking; 0 keeps all",
        Aliases = "actor_rollout_ref.rollout.after_thinking_top_k", Least = 0)]
    public int AfterThinkingTopK { get; init; }

    [Key("min-p of the answer after soft thinking; 0 keeps all",
        Aliases = "actor_rollout_ref.rollout.after_thinking_min_p", Least = 0, Most = 1)]
    public double AfterThinkingMinP { get; init; }

    [Key("most tokens a completion may have; 0 means what the task needs",
        Aliases = "max_response_length data.max_response_length", Least = 0)]
    public int MaxCompletionLength { get; init; }

    [Key("texts that end a completion, separated by |", Aliases = "stop")]
    public string? StopStrings { get; init; }

    [Key("lets gradients flow through thought inputs")]
    public bool AttachThoughtInputs { get; init; }

    // The machine.

    [Key("what rollouts decode with; auto takes simd on a CPU where it is faster", Choices = "auto torch simd")]
    public string Engine { get; init; } = "auto";

    [Key("where the model lives; auto takes the first GPU where there is one", Choices = "auto cpu cuda")]
    public string Device { get; init; } = "auto";

    [Key("threads of libtorch and of the rollout engine; 0 means all cores", Least = 0)]
    public int Threads { get; init; }

    [Key("rows that decode side by side", Least = 1)]
    public int RolloutRows { get; init; } = 1024;

    [Key("of all randomness", Aliases = "data.seed", Least = 0)]
    public int Seed { get; init; } = 42;

    // What is kept and measured.

    [Key("a checkpoint every so many steps; 0 only at the end", Aliases = "trainer.save_freq", Least = 0)]
    public int SaveSteps { get; init; } = 100;

    [Key("checkpoints kept; 0 keeps all", Aliases = "trainer.max_actor_ckpt_to_keep", Least = 0)]
    public int SaveTotalLimit { get; init; } = 2;

    [Key("an evaluation every so many steps; 0 for none", Aliases = "trainer.test_freq", Least = 0)]
    public int EvalSteps { get; init; }

    [Key("held-out problems of an evaluation", Least = 1)]
    public int EvalProblems { get; init; } = 100;

    [Key("answers a problem in an evaluation", Least = 1)]
    public int EvalSamples { get; init; } = 16;

    [Key("leaves one in fourteen of what training problems are about out of training, for choices such as a learning rate's")]
    public bool HoldOutValidation { get; init; }

    [Key("what evaluations ask: the held-out problems, or those of hold_out_validation", Choices = "test validation")]
    public string EvalPart { get; init; } = "test";

    [Key("of the choice of held-out problems and of the noise of their answers; left out, the run's seed", Least = 0)]
    public int? EvalSeed { get; init; }

    [Key("rollouts of every so many steps go to the log; 0 for none", Least = 0)]
    public int LogCompletionsSteps { get; init; } = 10;

    [Key("event files for TensorBoard, or not", Choices = "tensorboard none")]
    public string ReportTo { get; init; } = "tensorboard";
}
