using Softly.Algorithms;
using Softly.Cli.Recipes;
using Softly.Cli.Rewards;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli;

/// <summary>
/// A recipe made real: task, model, sampling, algorithm. What can be wrong with them is found here, all of it, before time is
/// spent and before anything is written.
/// </summary>
internal sealed class Setup
{
    /// <summary>
    /// Models above this decode with libtorch where the processor has no generated products, unless the recipe says otherwise.
    /// </summary>
    private const long SimdParameters = 20_000_000;

    private readonly DecoderConfig _config;
    private readonly bool _training;

    /// <param name="recipe">What is wanted.</param>
    /// <param name="model">Weights other than the recipe's own.</param>
    /// <param name="training">False where nothing is trained: laws without a density are welcome then.</param>
    /// <param name="needsTask">False where a prompt is given and the task's problems do not matter.</param>
    /// <param name="task">Asks and judges instead of the recipe's; null for the recipe's.</param>
    /// <exception cref="UserError">What cannot work, with the remedy.</exception>
    public Setup(Recipe recipe, string? model = null, bool training = true, bool needsTask = true, ITask? task = null)
    {
        NativeTorch.Load();
        Recipe = recipe with { ModelNameOrPath = ModelName.Pin(recipe.ModelNameOrPath) };
        _training = training;
        Path = model ?? (recipe.ModelNameOrPath == "scratch" ? null : ModelName.Resolve(recipe.ModelNameOrPath));
        Task = task ?? MakeTask(recipe);
        Threads = recipe.Threads > 0 ? recipe.Threads : Environment.ProcessorCount;
        Device = FindDevice(recipe);
        var wrong = new List<string>();
        Settings = new Settings(recipe, wrong);
        if (Path is null)
        {
            Tokenizer = new WordTokenizer(Task.Vocabulary ?? throw new UserError(
                $"task {Task.Name} is in natural language: give a model (model_name_or_path); "
                + "a new one can only learn tasks with a closed vocabulary"));
            _config = Settings.NewModel(Tokenizer);
        }
        else
        {
            using var weights = PretrainedWeights.Open(Path, ModelName.Find); // refuses what does not fit before anything is read
            Tokenizer = Tokenizers.Of(Path, weights);
            _config = weights.Config;
        }
        var made = Path is not null && AdapterConfig.IsIn(Path) ? AdapterConfig.Read(Path).Options : null;
        Lora = Settings.Lora(made);
        if (training) CheckAdapter(made, wrong);
        if (recipe is { Engine: "simd", Dtype: "bfloat16" } && !SimdDecoder.SupportsHalf)
            wrong.Add("engine simd computes in bfloat16 only on x64 processors with AVX512_BF16 under Linux: "
                + "set dtype: float32, or engine: torch");
        if (training) CheckUpdate(recipe, wrong);
        var foreign = Task.Vocabulary?.FirstOrDefault(w => Tokenizer.TokenId(w) is null);
        if (needsTask && foreign is not null)
            wrong.Add($"task {Task.Name} needs the word '{foreign}', which the model at {Path} does not have as a token: "
                + "choose the task the model was made for (task: …)");
        Algorithm = Settings.Algorithm();
        Sampling = Settings.Sampling(foreign is null ? Task : null, Tokenizer, Algorithm.Law);
        wrong.AddRange(Sampling.Problems(Tokenizer.VocabularySize, training));
        if (training)
        {
            Settings.Rewards = new RewardPlan(recipe, Task, GraderChoice.Find, wrong).Make();
            Settings.CheckTraining(Task, Algorithm, Sampling);
        }
        Problems = new ProblemSets(recipe, Task);
        if (needsTask && wrong.Count == 0) CheckProblems(training, wrong);
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
    }

    /// <summary>Task, words and sizes are given: for measurements, whose weights may be random.</summary>
    /// <param name="recipe">Everything else.</param>
    /// <param name="task">Makes the problems and judges.</param>
    /// <param name="tokenizer">Has the task's words.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="training">False where nothing is trained.</param>
    /// <exception cref="UserError">What cannot work, with the remedy.</exception>
    public Setup(Recipe recipe, ITask task, Tokenizer tokenizer, DecoderConfig config, bool training)
    {
        NativeTorch.Load();
        (Recipe, Task, Tokenizer, _config, _training) = (recipe, task, tokenizer, config, training);
        Threads = recipe.Threads > 0 ? recipe.Threads : Environment.ProcessorCount;
        Device = FindDevice(recipe);
        var wrong = new List<string>();
        Settings = new Settings(recipe, wrong);
        Lora = Settings.Lora();
        Algorithm = Settings.Algorithm();
        Sampling = Settings.Sampling(task, tokenizer, Algorithm.Law);
        wrong.AddRange(Sampling.Problems(config.VocabularySize, training));
        if (training) Settings.CheckTraining(task, Algorithm, Sampling);
        Problems = new ProblemSets(recipe, task);
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
    }

    public Recipe Recipe { get; }

    /// <summary>The model's shape.</summary>
    public DecoderConfig Config => _config;

    /// <summary>Whether a model on a CPU decodes with the vector kernels where the recipe does not say.</summary>
    public static bool TakesSimd(long parameters, bool halfPrecision) => halfPrecision
        ? SimdDecoder.SupportsHalf
        : SimdDecoder.SupportsLarge || parameters <= SimdParameters;

    /// <summary>Whether the update goes through fused passes.</summary>
    public bool Fuses => WhyNotFused(Recipe) is null && TakesFused(Recipe.UpdateEngine);

    /// <summary>Whether a model that can have fused passes is given them.</summary>
    /// <param name="engine">As <c>update_engine</c> says it.</param>
    public static bool TakesFused(string engine) => engine == "fused" || (engine == "auto" && FusedModel.IsFast);

    private bool HalfUpdate => Recipe.UpdateDtype == "bfloat16";

    private string? WhyNotFused(Recipe recipe) =>
        FusedModel.Problem(_config, ScalarType.Float32, Device, Lora is not null, recipe.UpdateDtype == "bfloat16");

    private void CheckUpdate(Recipe recipe, List<string> wrong)
    {
        if (recipe.UpdateEngine == "torch" && recipe.UpdateDtype != "float32")
            wrong.Add($"update_dtype {recipe.UpdateDtype} is for fused updates: set update_engine: auto, "
                + "or update_dtype: float32");
        else if ((recipe.UpdateEngine == "fused" || recipe.UpdateDtype != "float32") && WhyNotFused(recipe) is { } why)
            wrong.Add(why);
    }

    /// <summary>Where the model comes from; null for a new one.</summary>
    public string? Path { get; }
    public ITask Task { get; }
    public Tokenizer Tokenizer { get; }
    public Device Device { get; }
    public int Threads { get; }
    public Settings Settings { get; }
    public IAlgorithm Algorithm { get; }
    public SamplingOptions Sampling { get; }
    public ProblemSets Problems { get; }

    /// <summary>The adapter that training makes; null where the model itself is trained.</summary>
    public LoraOptions? Lora { get; }

    /// <summary>The type of the frozen reference's weights; fused passes want single precision.</summary>
    public ScalarType ReferenceType => Fuses ? ScalarType.Float32 : Type;

    /// <summary>The type of the weights that decode.</summary>
    public ScalarType Type => Recipe.Dtype == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>Where thinking ends, in one clause.</summary>
    public string Thinking => Sampling switch
    {
        { Law: null } => "plain tokens throughout",
        { ThinkEnd.Tokens: { Count: > 0 } tokens } =>
            $"{Sampling.Law.Name} until the token {string.Join(" or ", tokens.Select(t => $"'{Tokenizer.TokenText(t)}'"))}",
        { ThinkEnd.Text: { } text } => $"{Sampling.Law.Name} until the text '{text}'",
        _ => $"{Sampling.Law.Name} throughout (no think_end_str)",
    };

    /// <summary>
    /// The model, from its files or new, on its device: with single-precision weights where it is to be trained.
    /// </summary>
    public Decoder MakeModel()
    {
        if (Path is not null) return Trained(LoadModel(Path, _training ? ScalarType.Float32 : Type));
        set_num_threads(Threads);
        var model = new Decoder(_config, _training ? ScalarType.Float32 : Type, Device);
        model.Initialize(Recipe.Seed);
        if (Recipe.Initialization == "lookup") LookupStart.Apply(model, Recipe.Seed, Ends());
        return Trained(model);

        Decoder Trained(Decoder made) => _training ? Fused(made) : made;
    }

    /// <summary>Words of the task, each with the word for it as the end of an edge.</summary>
    private IReadOnlyList<(int Word, int End)> Ends() =>
    [
        .. from word in Task.Vocabulary ?? []
           let end = Tokenizer.TokenId(">" + word)
           where end is not null
           select (Tokenizer.TokenId(word)!.Value, end.Value)
    ];

    /// <summary>What reinforcement learning trains: the model of these files, or an adapter on it.</summary>
    /// <param name="path">A model, or an adapter that is trained further.</param>
    public Decoder MakePolicy(string path)
    {
        if (Lora is null) return Fused(LoadModel(path, ScalarType.Float32));
        var model = LoadModel(path, Type); // frozen, so it needs no masters
        if (model.Adapter is not null) return model;
        var adapter = new LoraAdapter(model.Config, Lora, model.Type, Device);
        adapter.Initialize(Recipe.Seed);
        model.Attach(adapter);
        return model;
    }

    /// <summary>Gives a model fused passes, where the update goes through them.</summary>
    public Decoder Fused(Decoder model)
    {
        if (Fuses) model.Fuse(HalfUpdate, Threads);
        return model;
    }

    /// <summary>A model from these files, on the run's device.</summary>
    public Decoder LoadModel(string path, ScalarType type)
    {
        set_num_threads(Threads);
        return PretrainedModel.Load(path, type, Device, find: ModelName.Find);
    }

    /// <summary>What decodes a model of so many parameters.</summary>
    public EngineKind EngineFor(long parameters) => Recipe.Engine switch
    {
        "simd" => EngineKind.Simd,
        "torch" => EngineKind.Torch,
        _ => Device.type == DeviceType.CPU && TakesSimd(parameters, Type != ScalarType.Float32)
            ? EngineKind.Simd
            : EngineKind.Torch,
    };

    /// <summary>The model with all that decodes and judges.</summary>
    public Workbench MakeWorkbench(
        Decoder model, Action<double>? progress = null) => new(
        model, Tokenizer, Task, EngineFor(model.ParameterCount), Type, Threads, Recipe.RolloutRows, progress,
        [.. Sampling.StopTexts.Select(Tokenizer.TokenId).OfType<int>().Where(Tokenizer.IsSpecial)], Recipe.OverlapRollouts);

    /// <summary>The recipe's task, its file read where it has one.</summary>
    /// <exception cref="UserError">There is no such task, or its file cannot be read.</exception>
    public static ITask MakeTask(Recipe recipe)
    {
        var file = !TaskCatalog.ReadsFile(recipe.Task) ? null : new JsonLinesOptions
        {
            Records = RecordFiles.Read,
            Path = recipe.DatasetName,
            TestPath = recipe.DatasetTest?.Split('|')[0].Trim(),
            PromptColumn = recipe.PromptColumn,
            AnswerColumn = recipe.AnswerColumn,
            PromptSuffix = recipe.PromptSuffix,
            SystemPrompt = recipe.SystemPrompt,
            Grader = recipe.Grader,
            Judge = GraderChoice.Judge(recipe.Grader),
        };
        try
        {
            return TaskCatalog.Find(recipe.Task, file, Sizes(recipe));
        }
        catch (Exception e) when (e is ArgumentException or DatasetException)
        {
            throw new UserError(e is ArgumentException ? $"task {recipe.Task}: {e.Message}" : e.Message);
        }
    }

    /// <summary>The sizes that a recipe sets of its task.</summary>
    internal static TaskSettings Sizes(Recipe recipe) => new()
    {
        Nodes = recipe.TaskNodes,
        Window = recipe.TaskWindow,
        Degree = recipe.TaskDegree,
        Hops = recipe.TaskHops,
        Candidates = recipe.TaskCandidates,
        Terms = recipe.TaskTerms,
        Largest = recipe.TaskLargest,
        Board = recipe.TaskBoard,
        Blocked = recipe.TaskBlocked,
        Thoughts = recipe.TaskThoughts is { } form ? Enum.Parse<ThoughtForm>(form, ignoreCase: true) : null,
    };

    /// <summary>Refuses a prompt that the model cannot read.</summary>
    /// <exception cref="UserError">What stands in the way, with the remedy.</exception>
    public void CheckPrompt(Problem problem)
    {
        var wrong = new List<string>();
        ProblemSets.Check([problem], Tokenizer, Sampling, _config.MaxPositions, wrong);
        if (wrong.Count > 0) throw new UserError(wrong[0]);
    }

    private static Device FindDevice(Recipe recipe) => recipe.Device switch
    {
        "cuda" => cuda.is_available() ? CUDA : throw new UserError(
            "device: cuda: this build's libtorch sees no GPU; build with -p:TorchBackend=cuda on a machine that has one, "
            + "or set device: cpu"),
        "auto" when cuda.is_available() => CUDA,
        _ => CPU,
    };

    private void CheckAdapter(LoraOptions? made, List<string> wrong)
    {
        if (Lora is not null) wrong.AddRange([.. Lora.Problems(_config), .. made is null ? Lora.UnknownTargets(_config) : []]);
        if (Lora is not null && Recipe.AttachThoughtInputs)
            wrong.Add("attach_thought_inputs does nothing with use_peft, whose embedding is frozen: leave one of the two out");
        if (made is null) return;
        if (Recipe.WarmStartSteps > 0)
            wrong.Add($"warm_start_steps changes the model itself, and {Path} is an adapter: set warm_start_steps: 0");
        if (Lora is null)
            wrong.Add($"{Path} is a LoRA adapter: set use_peft: true to train it further, or add it to its model first: "
                + $"softly convert {Path} FOLDER");
        else if (!made.IsLike(Lora))
            wrong.Add($"the adapter at {Path} was made with other settings than lora_* (rank {made.Rank}, α {made.Alpha}, "
                + $"dropout {made.Dropout}): leave them out to go on with its own, or add it to its model first (softly convert)");
    }

    private void CheckProblems(bool training, List<string> wrong)
    {
        IEnumerable<Problem> asked = !training || Recipe.EvalSteps > 0 ? Problems.Tests().SelectMany(t => t.Problems) : [];
        if (training)
        {
            var train = Problems.Train();
            if (Recipe.WarmStartSteps > 0) Settings.WarmStart.Check(Task, train, Tokenizer, Sampling);
            asked = train.Concat(asked);
        }
        ProblemSets.Check(asked, Tokenizer, Sampling, _config.MaxPositions, wrong);
    }
}
