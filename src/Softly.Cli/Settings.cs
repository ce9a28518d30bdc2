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

    /// <summary>The algorithm with its knobs.</summary>
    public IAlgorithm Algorithm()
    {
        var soft = recipe.Algorithm == "soft-grpo";
        var defaults = soft ? SoftGrpo.Defaults : Grpo.Defaults;
        var options = defaults with
        {
            Beta = recipe.Beta ?? defaults.Beta,
            EpsilonLow = recipe.Epsilon,
            EpsilonHigh = recipe.EpsilonHigh ?? recipe.Epsilon,
            DualClip = recipe.Delta ?? defaults.DualClip,
            ScaleByDeviation = recipe.ScaleRewards == "group",
            AdvantageEpsilon = recipe.AdvantageEpsilon ?? defaults.AdvantageEpsilon,
            PassAt = recipe.Advantage == "group" ? 1 : int.Parse(recipe.Advantage["pass@".Length..]),
        };
        if (options.PassAt > recipe.NumGenerations)
            wrong.Add($"advantage {recipe.Advantage} needs num_generations of at least {options.PassAt}, "
                + $"it is {recipe.NumGenerations}");
        if (!soft && recipe.EnableSoftThinking && recipe.ThinkingLaw is not (null or "none" or "categorical"))
            wrong.Add($"algorithm grpo thinks in plain tokens, but thinking_law is {recipe.ThinkingLaw}: set algorithm: "
                + "soft-grpo, or thinking_law: none");
        return soft ? new SoftGrpo(options) : new Grpo(options);
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
        return new SamplingOptions
        {
            Law = law,
            Thinking = new SupportFilter
            {
                Temperature = recipe.Temperature, TopK = recipe.TopK ?? recipe.MaxTopk ?? 5, TopP = recipe.TopP ?? 0.95,
                MinP = recipe.MinP, Slots = recipe.MaxTopk ?? 0,
            },
            Answer = law is null
                ? new SupportFilter
                {
                    Temperature = recipe.Temperature, TopK = recipe.TopK ?? 0, TopP = recipe.TopP ?? 1, MinP = recipe.MinP,
                }
                : new SupportFilter
                {
                    Temperature = recipe.AfterThinkingTemperature ?? recipe.Temperature,
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

    /// <summary>The trainer's options.</summary>
    public TrainingOptions Training(SamplingOptions sampling) => new()
    {
        Steps = recipe.MaxSteps,
        PromptsPerStep = recipe.PromptsPerStep,
        GroupSize = recipe.NumGenerations,
        MicroBatch = recipe.PerDeviceTrainBatchSize,
        MiniBatches = recipe.MiniBatches,
        Iterations = recipe.NumIterations,
        Old = recipe.OldLogDensity == "rollout" ? OldLogDensity.Rollout : OldLogDensity.Recompute,
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

    /// <summary>How the warm start is taught.</summary>
    public SupervisedOptions WarmStart() => new()
    {
        Steps = recipe.WarmStartSteps,
        Batch = recipe.WarmStartBatch,
        LearningRate = recipe.WarmStartLearningRate,
        Seed = (ulong)recipe.Seed,
    };

    /// <summary>A small Llama for a closed vocabulary.</summary>
    public DecoderConfig NewModel(Tokenizer tokenizer)
    {
        var heads = recipe.NumAttentionHeads;
        var kv = recipe.NumKeyValueHeads > 0 ? recipe.NumKeyValueHeads : heads;
        if (recipe.HiddenSize % (2 * heads) != 0)
            wrong.Add($"hidden_size {recipe.HiddenSize} must be an even multiple of num_attention_heads {heads}");
        if (heads % kv != 0) wrong.Add($"num_key_value_heads {kv} must divide num_attention_heads {heads}");
        return new DecoderConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = recipe.HiddenSize,
            IntermediateSize = recipe.IntermediateSize,
            Layers = recipe.NumHiddenLayers,
            Heads = heads,
            KeyValueHeads = kv,
            HeadSize = recipe.HiddenSize / heads,
            MaxPositions = NewPositions,
            EndTokens = tokenizer.EndTokens,
            PadToken = tokenizer.PadToken,
        };
    }

    /// <summary>Adds what only matters for training: parts that do not divide, and keys that would do nothing.</summary>
    public void CheckTraining(ITask task, StepLaw? law)
    {
        if (recipe.PromptsPerStep * recipe.NumGenerations % recipe.MiniBatches != 0)
            wrong.Add($"mini_batches {recipe.MiniBatches} must divide prompts_per_step × num_generations = "
                + $"{recipe.PromptsPerStep * recipe.NumGenerations}");
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
            return StepLaws.Make(name, new LawSettings
            {
                Tau = recipe.GumbelSoftmaxTemperature, NoiseScale = recipe.NoiseFactor, Concentration = recipe.Concentration,
                Sigma = recipe.NoiseSigma, Draws = recipe.ThoughtDraws, InputBeta = recipe.InputBeta,
                Neighbors = recipe.Neighbors, NeighborRate = recipe.NeighborRate,
                Weights = recipe.DrawWeights is { } w ? Enum.Parse<DrawWeights>(w, ignoreCase: true) : null,
                Reduction = recipe.DensityReduction is { } r ? Enum.Parse<Reduction>(r, ignoreCase: true) : null,
            });
        }
        catch (ArgumentException e)
        {
            wrong.Add(e.Message);
            return StepLaws.Make(name, new LawSettings());
        }
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
