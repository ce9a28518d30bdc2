using System.Globalization;
using Softly.Algorithms;
using Softly.Cli.Recipes;
using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;

namespace Softly.Cli;

/// <summary>
/// A recipe's keys as the library's options. What cannot work together is added to <paramref name="wrong"/>, each with its
/// remedy, so that all of it is reported at once.
/// </summary>
internal sealed class Settings(Recipe recipe, List<string> wrong)
{
    /// <summary>Positions of a new model.</summary>
    private const int NewPositions = 256;

    /// <summary>Generations a step has at most where groups without spread are replaced.</summary>
    private const int GenerationBatches = 10;

    private readonly Method _method = Methods.Get(recipe.Algorithm);

    /// <summary>What rollouts are rewarded for; the task's own judgement until it is set.</summary>
    public RewardOptions Rewards { get; set; } = new();

    /// <summary>The method with what the recipe changes of it.</summary>
    public IAlgorithm Algorithm()
    {
        var loss = new LossSettings(recipe, wrong).Of(_method.Loss);
        var problems = loss.Problems().ToList();
        wrong.AddRange(problems);
        return _method.Algorithm(problems.Count == 0 ? loss : _method.Loss);
    }

    /// <summary>How rollouts are drawn.</summary>
    /// <param name="task">
    /// Whose marker and length count where the recipe names none; null where the model does not speak its words.
    /// </param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="published">The algorithm's own law.</param>
    public SamplingOptions Sampling(ITask? task, Tokenizer tokenizer, StepLaw? published)
    {
        var law = Law(published);
        var thinking = _method.Thinking ?? new SupportFilter { TopK = 5, TopP = 0.95 };
        return new SamplingOptions
        {
            Law = law,
            Thinking = new SupportFilter
            {
                Temperature = recipe.Temperature ?? thinking.Temperature,
                TopK = recipe.TopK ?? recipe.MaxTopk ?? thinking.TopK, TopP = recipe.TopP ?? thinking.TopP,
                MinP = recipe.MinP, Slots = recipe.MaxTopk ?? 0,
            },
            Answer = law is null
                ? new SupportFilter
                {
                    Temperature = recipe.Temperature ?? 1, TopK = recipe.TopK ?? 0, TopP = recipe.TopP ?? 1, MinP = recipe.MinP,
                }
                : new SupportFilter
                {
                    Temperature = recipe.AfterThinkingTemperature ?? recipe.Temperature ?? 1,
                    TopK = recipe.AfterThinkingTopK,
                    TopP = recipe.AfterThinkingTopP,
                    MinP = recipe.AfterThinkingMinP,
                },
            ThinkEnd = End(task, tokenizer),
            MaxNewTokens = recipe.MaxCompletionLength > 0 ? recipe.MaxCompletionLength : task?.CompletionLength ?? 512,
            ThinkLength = recipe.ThinkLength,
            ColdStop = recipe.ColdStopEntropy is { } entropy ? new ColdStop(entropy, recipe.ColdStopLength) : null,
            StopTexts = recipe.StopStrings?.Split('|', StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
    }

    /// <summary>The adapter to train; null where the model itself is trained.</summary>
    /// <param name="made">Of an adapter that is trained further: what the recipe leaves out is its own.</param>
    public LoraOptions? Lora(LoraOptions? made = null)
    {
        var own = made ?? new LoraOptions();
        if (recipe.UsePeft)
            return own with
            {
                Rank = recipe.LoraR ?? own.Rank, Alpha = recipe.LoraAlpha ?? own.Alpha,
                Dropout = recipe.LoraDropout ?? own.Dropout, RankStabilized = recipe.UseRslora ?? own.RankStabilized,
                Targets = recipe.LoraTargetModules?.Split((char[])[',', ' ', '|'], StringSplitOptions.RemoveEmptyEntries)
                    ?? own.Targets,
            };
        if ((recipe.LoraR, recipe.LoraAlpha, recipe.LoraDropout, recipe.LoraTargetModules, recipe.UseRslora) is not
            (null, null, null, null, null))
            wrong.Add("lora_* and use_rslora do nothing without an adapter: set use_peft: true, or leave them out");
        return null;
    }

    /// <summary>The trainer's options.</summary>
    public TrainingOptions Training(SamplingOptions sampling) => new()
    {
        Steps = recipe.MaxSteps,
        PromptsPerStep = recipe.PromptsPerStep,
        GroupSize = recipe.NumGenerations,
        MicroBatch = recipe.PerDeviceTrainBatchSize,
        GradientCheckpointing = recipe.GradientCheckpointing,
        MiniBatches = recipe.MiniBatches,
        Iterations = recipe.NumIterations,
        Old = recipe.OldLogDensity switch
        {
            "rollout" => OldLogDensity.Rollout, "recompute" => OldLogDensity.Recompute, _ => OldLogDensity.Auto,
        },
        Overlap = recipe.OverlapRollouts,
        GenerationBatches = Dynamic ? recipe.MaxGenerationBatches ?? GenerationBatches : 1,
        OverlongBuffer = recipe.OverlongBuffer,
        OverlongPenalty = recipe.OverlongPenalty ?? 1,
        MaskTruncated = recipe.MaskTruncatedCompletions,
        TargetKl = recipe.TargetKl,
        KlStop = recipe.KlStop,
        Rewards = Rewards,
        Sampling = sampling,
        AttachInputs = recipe.AttachThoughtInputs,
        LearningRate = recipe.LearningRate,
        WarmupSteps = recipe.WarmupSteps,
        Schedule =
            recipe.LrSchedulerType switch { "cosine" => Schedule.Cosine, "linear" => Schedule.Linear, _ => Schedule.Constant },
        WeightDecay = recipe.WeightDecay,
        Beta1 = recipe.AdamBeta1,
        Beta2 = recipe.AdamBeta2,
        AdamEpsilon = recipe.AdamEpsilon,
        MaxGradientNorm = recipe.MaxGradNorm,
        Seed = (ulong)recipe.Seed,
    };

    private bool Dynamic => recipe.DynamicSampling ?? _method.DynamicSampling;

    /// <summary>The warm start's keys.</summary>
    public WarmStartSettings WarmStart { get; } = new(recipe, wrong);

    /// <summary>A small Llama for a closed vocabulary.</summary>
    public DecoderConfig NewModel(Tokenizer tokenizer)
    {
        var before = wrong.Count;
        var heads = recipe.NumAttentionHeads;
        var kv = recipe.NumKeyValueHeads > 0 ? recipe.NumKeyValueHeads : heads;
        if (recipe.HiddenSize % (2 * heads) != 0)
            wrong.Add($"hidden_size {recipe.HiddenSize} must be an even multiple of num_attention_heads {heads}");
        if (heads % kv != 0) wrong.Add($"num_key_value_heads {kv} must divide num_attention_heads {heads}");
        var config = new DecoderConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = recipe.HiddenSize,
            IntermediateSize = recipe.IntermediateSize,
            Layers = recipe.NumHiddenLayers,
            Heads = heads,
            KeyValueHeads = kv,
            HeadSize = recipe.HiddenSize / heads,
            MaxPositions = NewPositions,
            RopeTheta = recipe.RopeTheta,
            EndTokens = tokenizer.EndTokens,
            PadToken = tokenizer.PadToken,
        };
        if (recipe.Initialization == "lookup" && wrong.Count == before && LookupStart.Problem(config) is { } problem)
            wrong.Add(problem);
        return config;
    }

    /// <summary>Adds what only matters for training: parts that do not divide, and keys that would do nothing.</summary>
    public void CheckTraining(ITask task, IAlgorithm algorithm, SamplingOptions sampling)
    {
        var law = sampling.Law;
        var training = Training(sampling);
        wrong.AddRange(training.Problems(algorithm));
        WarmStart.Check();
        if (recipe.MaxGenerationBatches is not null && !Dynamic)
            wrong.Add("max_generation_batches does nothing without dynamic_sampling: set dynamic_sampling: true, "
                + "or leave it out");
        if (recipe.DynamicSampling == true && recipe.MaxGenerationBatches == 1)
            wrong.Add("dynamic_sampling replaces nothing with max_generation_batches 1: raise it, "
                + "or set dynamic_sampling: false");
        if (recipe.ThoughtRatio is not null && (law is null || training.UpdatesPerStep == 1))
            wrong.Add("thought_ratio does nothing without soft thinking, or with one update a step, whose ratios are 1: leave it out, "
                + "or set num_iterations: 2");
        if (recipe.OldLogDensity == "rollout" && training.UpdatesPerStep == 1)
            wrong.Add("old_log_density rollout does nothing with one update a step, which needs no old log-densities: leave it out, "
                + "or raise mini_batches or num_iterations");
        if (recipe.ColdStopEntropy is null && recipe.ColdStopLength != new Recipe().ColdStopLength)
            wrong.Add("cold_stop_length does nothing without cold_stop_entropy: set that too, or leave it out");
        if (recipe.OverlongPenalty is not null && recipe.OverlongBuffer == 0)
            wrong.Add("overlong_penalty does nothing without overlong_buffer: set that too, or leave it out");
        if (recipe.ImportanceSamplingLevel == "component" && law is null)
            wrong.Add("importance_sampling_level component is token where thoughts are plain tokens: leave it out, "
                + "or set thinking_law");
        if (recipe.ImportanceSamplingCorrection is not (null or "none")
            && training is { Old: OldLogDensity.Rollout, UpdatesPerStep: > 1 })
            wrong.Add("importance_sampling_correction does nothing with old_log_density rollout, which takes the engine's "
                + "numbers for the trainer's: set old_log_density: recompute");
        if (!TaskCatalog.ReadsFile(task.Name))
        {
            foreach (var (key, given) in new[]
            {
                ("answer_column", recipe.AnswerColumn),
                ("prompt_suffix", recipe.PromptSuffix),
                ("grader", recipe.Grader),
                ("system_prompt", recipe.SystemPrompt)
            })
                if (given is not null)
                    wrong.Add($"{key} does nothing for task {task.Name}, which makes its own problems: leave it out, "
                        + "or set task: jsonl");
            if (task.Vocabulary is null && (recipe.DatasetName ?? recipe.DatasetTest) is not null)
                wrong.Add($"dataset_name and dataset_test do nothing for task {task.Name}, which makes its own problems: "
                    + "leave them out, or set task: jsonl");
        }
        if (law is null
            && (recipe.AfterThinkingTemperature is not null || recipe.AfterThinkingTopK != 0 || recipe.AfterThinkingTopP != 1
                || recipe.AfterThinkingMinP != 0))
            wrong.Add("after_thinking_* do nothing without soft thinking: use temperature, top_k, top_p and min_p");
        if (law is null && recipe.MaxTopk is not null) wrong.Add("max_topk does nothing without soft thinking: use top_k");
    }

    private StepLaw? Law(StepLaw? published)
    {
        var name = !recipe.EnableSoftThinking ? "none" : recipe.ThinkingLaw ?? published?.Name ?? "none";
        if (name == "none") return null;
        try
        {
            return StepLaws.Make(name, Merged(name, new LawSettings
            {
                Tau = recipe.GumbelSoftmaxTemperature, NoiseScale = recipe.NoiseFactor, Ladder = Ladder(),
                DiscreteShare = recipe.DiscreteShare, Concentration = recipe.Concentration, Sigma = recipe.NoiseSigma,
                Draws = recipe.ThoughtDraws, InputBeta = recipe.InputBeta, Neighbors = recipe.Neighbors,
                NeighborRate = recipe.NeighborRate,
                Weights = recipe.DrawWeights is { } w ? Enum.Parse<DrawWeights>(w, ignoreCase: true) : null,
                Reduction = recipe.DensityReduction is { } r ? Enum.Parse<Reduction>(r, ignoreCase: true) : null,
            }));
        }
        catch (ArgumentException e)
        {
            wrong.Add(e.Message);
            return StepLaws.Make(name, new LawSettings());
        }
    }

    /// <exception cref="ArgumentException">What stands there is no list of numbers.</exception>
    private double[]? Ladder() => recipe.NoiseLadder?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
        .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale)
            ? scale
            : throw new ArgumentException($"noise_ladder \"{recipe.NoiseLadder}\": '{part}' is no number; expected scales of "
                + "noise separated by blanks: \"0 0.2 0.45 0.7\""))
        .ToArray();

    /// <summary>
    /// The recipe's settings, and the method's below them where it is the method's own law. What a method says of τ goes for
    /// every law that mixes by it: it is the thought's, while noise is the law's.
    /// </summary>
    private LawSettings Merged(string law, LawSettings given)
    {
        if (law != _method.Law)
            return StepLaws.Unread(law).Contains("gumbel_softmax_temperature") ? given
                : given with { Tau = given.Tau ?? _method.LawSettings.Tau };
        var merged = given with { };
        foreach (var member in typeof(LawSettings).GetProperties())
            member.SetValue(merged, member.GetValue(given) ?? member.GetValue(_method.LawSettings));
        return merged;
    }

    /// <summary>The recipe's marker, then the task's, then the token that reasoning models have for it.</summary>
    private ThinkEnd End(ITask? task, Tokenizer tokenizer)
    {
        if (recipe.ThinkEndStr == "none") return ThinkEnd.Never;
        var mark = recipe.ThinkEndStr ?? task?.ThinkEnd ?? (tokenizer.TokenId("</think>") is null ? null : "</think>");
        if (mark is null) return ThinkEnd.Never;
        // A mark that is one token ends thinking at once, in each of its spellings: with and without a blank before it.
        int[] tokens = [.. new[] { mark, " " + mark }.Select(tokenizer.TokenId).OfType<int>().Distinct()];
        return tokens.Length > 0 ? new ThinkEnd(tokens[0]) { Tokens = tokens } : new ThinkEnd(Text: mark);
    }
}
