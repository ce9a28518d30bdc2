using Softly.Algorithms;
using Softly.Cli.Recipes;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli;

/// <summary>A recipe made real: task, model, sampling, algorithm. Everything that can be wrong is found here, before time is spent.</summary>
internal sealed class Setup
{
    /// <summary>Models above this decode with libtorch unless the recipe says otherwise.</summary>
    private const long SimdParameters = 20_000_000;

    /// <param name="recipe">What is wanted.</param>
    /// <param name="model">Weights other than the recipe's own.</param>
    /// <param name="training">False where nothing is trained: laws without a density are welcome then.</param>
    /// <param name="needsTask">False where a prompt is given: the task matters only for its marker and its vocabulary.</param>
    /// <exception cref="UserError">What cannot work, with the remedy.</exception>
    public Setup(Recipe recipe, string? model = null, bool training = true, bool needsTask = true)
    {
        NativeTorch.Load();
        Recipe = recipe;
        Path = model ?? (recipe.ModelNameOrPath == "scratch" ? null : recipe.ModelNameOrPath);
        Task = MakeTask(recipe);
        Threads = recipe.Threads > 0 ? recipe.Threads : Environment.ProcessorCount;
        Device = recipe.Device switch
        {
            "cuda" => cuda.is_available() ? CUDA : throw new UserError("device: cuda: this build's libtorch sees no GPU; build with -p:TorchBackend=cuda on a machine that has one, or set device: cpu"),
            "auto" when cuda.is_available() => CUDA,
            _ => CPU,
        };
        if (Path is null)
        {
            Tokenizer = new WordTokenizer(Task.Vocabulary ?? throw new UserError($"task {Task.Name} is in natural language: give a model (model_name_or_path); a new one can only learn tasks with a closed vocabulary"));
        }
        else
        {
            using var weights = PretrainedWeights.Open(Path); // refuses what does not fit before anything large happens
            Tokenizer = Directory.Exists(Path) ? TokenizerLoader.FromFolder(Path) : TokenizerLoader.FromGguf(((GgufFile)weights.File).Metadata);
        }
        Algorithm = MakeAlgorithm(recipe);
        Sampling = MakeSampling(recipe, Algorithm.Law);
        var wrong = Sampling.Problems(Tokenizer.VocabularySize, training).ToList();
        if (needsTask && Task.Vocabulary is not null && Task.Vocabulary.FirstOrDefault(w => Tokenizer.TokenId(w) is null) is { } word)
            wrong.Add($"task {Task.Name} needs the word '{word}', which the model at {Path} does not have as a token: choose the task the model was made for (task: …)");
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
    }

    public Recipe Recipe { get; }
    public string? Path { get; }
    public ITask Task { get; }
    public Tokenizer Tokenizer { get; }
    public Device Device { get; }
    public int Threads { get; }
    public IAlgorithm Algorithm { get; }

    /// <summary>Where the problems come from, for the reader; null for tasks that make their own.</summary>
    public string? Origin { get; private set; }
    public SamplingOptions Sampling { get; }

    /// <summary>Where thinking ends, in one clause.</summary>
    public string Thinking => Sampling switch
    {
        { Law: null } => "plain tokens throughout",
        { ThinkEnd.Token: { } token } => $"{Sampling.Law.Name} until the token {Tokenizer.TokenText(token)} ({token})",
        { ThinkEnd.Text: { } text } => $"{Sampling.Law.Name} until the text '{text}'",
        _ => $"{Sampling.Law.Name} throughout (no think_end_str)",
    };

    /// <summary>The problems to train on.</summary>
    public IReadOnlyList<Problem> TrainingProblems() => Prompts(Recipe.DatasetName, Split.Train, Recipe.TrainProblems);

    /// <summary>The sets of held-out problems, each with a name where there are several.</summary>
    public IReadOnlyList<(string? Name, IReadOnlyList<Problem> Problems)> TestSets()
    {
        var paths = Recipe.DatasetTest?.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (paths.Length < 2) return [(null, TestProblems())];
        return [.. paths.Select(path => (System.IO.Path.GetFileNameWithoutExtension(path), TaskCatalog.ReadsFile(Recipe.Task)
            ? MakeTask(Recipe with { DatasetTest = path }).Problems(Split.Test, Recipe.EvalProblems, (ulong)Recipe.Seed)
            : PromptFile.Read(path, Recipe.PromptColumn ?? "prompt", Recipe.EvalProblems)))];
    }

    /// <summary>Held-out problems of the only set, or of the first.</summary>
    public IReadOnlyList<Problem> TestProblems() => Prompts(Recipe.DatasetTest?.Split('|')[0].Trim(), Split.Test, Recipe.EvalProblems);

    /// <summary>The model, from its files or new, on its device.</summary>
    public Decoder MakeModel()
    {
        set_num_threads(Threads);
        if (Path is not null) return LoadModel(Path);
        var model = new Decoder(NewConfig(Recipe, Task, Tokenizer), ScalarType.Float32, Device);
        model.Initialize(Recipe.Seed);
        return model;
    }

    /// <summary>A model from these files, on the run's device.</summary>
    public Decoder LoadModel(string path)
    {
        set_num_threads(Threads);
        return PretrainedModel.Load(path, ScalarType.Float32, Device);
    }

    /// <summary>How the warm start is taught.</summary>
    public SupervisedOptions WarmStart() => new()
    {
        Steps = Recipe.WarmStartSteps, Batch = Recipe.WarmStartBatch, LearningRate = Recipe.WarmStartLearningRate, Seed = (ulong)Recipe.Seed,
    };

    /// <summary>The model with all that decodes and judges.</summary>
    public Workbench MakeWorkbench(Decoder model, Action<double>? progress = null) => new(model, Tokenizer, Task, Recipe.Engine switch
    {
        "simd" => EngineKind.Simd,
        "torch" => EngineKind.Torch,
        _ => Device.type == DeviceType.CPU && model.ParameterCount <= SimdParameters ? EngineKind.Simd : EngineKind.Torch,
    }, Threads, Recipe.RolloutRows, progress);

    /// <summary>The trainer's options.</summary>
    public TrainingOptions Training() => new()
    {
        Steps = Recipe.MaxSteps, PromptsPerStep = Recipe.PromptsPerStep, GroupSize = Recipe.NumGenerations, MicroBatch = Recipe.PerDeviceTrainBatchSize,
        MiniBatches = Recipe.MiniBatches, Iterations = Recipe.NumIterations, Old = Recipe.OldLogDensity == "rollout" ? OldLogDensity.Rollout : OldLogDensity.Recompute,
        Sampling = Sampling, AttachInputs = Recipe.AttachThoughtInputs, LearningRate = Recipe.LearningRate, WarmupSteps = Recipe.WarmupSteps,
        Schedule = Recipe.LrSchedulerType switch { "cosine" => Schedule.Cosine, "linear" => Schedule.Linear, _ => Schedule.Constant },
        WeightDecay = Recipe.WeightDecay, Beta1 = Recipe.AdamBeta1, Beta2 = Recipe.AdamBeta2, AdamEpsilon = Recipe.AdamEpsilon,
        MaxGradientNorm = Recipe.MaxGradNorm, Seed = (ulong)Recipe.Seed,
    };

    /// <summary>A small Llama for a closed vocabulary.</summary>
    public static DecoderConfig NewConfig(Recipe recipe, ITask task, Tokenizer tokenizer)
    {
        if (recipe.HiddenSize % (2 * recipe.NumAttentionHeads) != 0) throw new UserError($"hidden_size {recipe.HiddenSize} must be an even multiple of num_attention_heads {recipe.NumAttentionHeads}");
        var kv = recipe.NumKeyValueHeads > 0 ? recipe.NumKeyValueHeads : recipe.NumAttentionHeads;
        if (recipe.NumAttentionHeads % kv != 0) throw new UserError($"num_key_value_heads {kv} must divide num_attention_heads {recipe.NumAttentionHeads}");
        return new DecoderConfig
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = recipe.HiddenSize, IntermediateSize = recipe.IntermediateSize, Layers = recipe.NumHiddenLayers,
            Heads = recipe.NumAttentionHeads, KeyValueHeads = kv, HeadSize = recipe.HiddenSize / recipe.NumAttentionHeads, MaxPositions = 256,
            EndTokens = tokenizer.EndTokens, PadToken = tokenizer.PadToken,
        };
    }

    private SamplingOptions MakeSampling(Recipe recipe, StepLaw? published)
    {
        var name = !recipe.EnableSoftThinking ? "none" : recipe.ThinkingLaw ?? (published is null ? "none" : published.Name);
        StepLaw? law = name switch
        {
            "gumbel-softmax" => new GumbelSoftmax(recipe.GumbelSoftmaxTemperature, recipe.NoiseFactor),
            "gumbel-winner" when recipe.NoiseFactor != 1 => throw new UserError("thinking_law gumbel-winner needs noise_factor: 1, because only then does the winner follow p; use gumbel-softmax for another scale"),
            "gumbel-winner" => new GumbelWinner(recipe.GumbelSoftmaxTemperature),
            "categorical" => new Categorical(),
            "soft-thinking" => new SoftThinking(),
            _ => null,
        };
        // The recipe's word, then the task's, then the token that reasoning models have for it.
        var end = recipe.ThinkEndStr == "none" ? null : recipe.ThinkEndStr ?? Task.ThinkEnd ?? (Tokenizer.TokenId("</think>") is null ? null : "</think>");
        return new SamplingOptions
        {
            Law = law,
            Thinking = new SupportFilter { Temperature = recipe.Temperature, TopK = recipe.TopK ?? 5, TopP = recipe.TopP ?? 0.95 },
            Answer = law is null
                ? new SupportFilter { Temperature = recipe.Temperature, TopK = recipe.TopK ?? 0, TopP = recipe.TopP ?? 1 }
                : new SupportFilter { Temperature = recipe.AfterThinkingTemperature ?? recipe.Temperature, TopK = recipe.AfterThinkingTopK, TopP = recipe.AfterThinkingTopP },
            ThinkEnd = end is null ? ThinkEnd.Never : Tokenizer.TokenId(end) is { } token ? new ThinkEnd(Token: token) : new ThinkEnd(Text: end),
            MaxNewTokens = recipe.MaxCompletionLength > 0 ? recipe.MaxCompletionLength : Task.CompletionLength ?? 512,
            StopTexts = recipe.StopStrings?.Split('|', StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
    }

    private static IAlgorithm MakeAlgorithm(Recipe recipe)
    {
        var soft = recipe.Algorithm == "soft-grpo";
        var defaults = soft ? SoftGrpo.Defaults : Grpo.Defaults;
        var options = defaults with
        {
            Beta = recipe.Beta ?? defaults.Beta, EpsilonLow = recipe.Epsilon, EpsilonHigh = recipe.EpsilonHigh ?? recipe.Epsilon, DualClip = recipe.Delta ?? defaults.DualClip,
            ScaleByDeviation = recipe.ScaleRewards == "group", AdvantageEpsilon = recipe.AdvantageEpsilon ?? defaults.AdvantageEpsilon,
            PassAt = recipe.Advantage == "group" ? 1 : int.Parse(recipe.Advantage["pass@".Length..]),
        };
        if (options.PassAt > recipe.NumGenerations) throw new UserError($"advantage {recipe.Advantage} needs num_generations of at least {options.PassAt}, it is {recipe.NumGenerations}");
        if (!soft && recipe.ThinkingLaw is not (null or "none" or "categorical") && recipe.EnableSoftThinking)
            throw new UserError($"algorithm grpo thinks in plain tokens, but thinking_law is {recipe.ThinkingLaw}: set algorithm: soft-grpo, or thinking_law: none");
        return soft ? new SoftGrpo(options) : new Grpo(options);
    }

    private static ITask MakeTask(Recipe recipe)
    {
        var file = !TaskCatalog.ReadsFile(recipe.Task) ? null : new JsonLinesOptions
        {
            Path = recipe.DatasetName, TestPath = recipe.DatasetTest?.Split('|')[0].Trim(), PromptColumn = recipe.PromptColumn, AnswerColumn = recipe.AnswerColumn,
            PromptSuffix = recipe.PromptSuffix, SystemPrompt = recipe.SystemPrompt, Grader = recipe.Grader,
        };
        try
        {
            return TaskCatalog.Find(recipe.Task, file);
        }
        catch (ArgumentException e)
        {
            throw new UserError($"task {recipe.Task}: {e.Message}");
        }
        catch (DatasetException e)
        {
            throw new UserError(e.Message);
        }
    }

    /// <summary>The task's own problems, or for a task with a vocabulary the prompts of a file.</summary>
    private IReadOnlyList<Problem> Prompts(string? path, Split split, int count)
    {
        if (TaskCatalog.ReadsFile(Recipe.Task)) Origin = Task.Description;
        if (Task.Vocabulary is null || path is null) return Task.Problems(split, count, (ulong)Recipe.Seed);
        Origin = $"prompts of {path}";
        return PromptFile.Read(path, Recipe.PromptColumn ?? "prompt", count);
    }
}
