using Softly.Algorithms;
using Softly.Cli.Recipes;
using Softly.Generation;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;

namespace Softly.Cli.Planning;

/// <summary>
/// What a recipe's run will need, read from the recipe, the model's configuration and its problems. No weights are loaded, and
/// none need be there: a folder with a config.json will do, its prompts' length given.
/// </summary>
internal sealed class Planner
{
    /// <summary>Problems whose prompts are read for the longest; they are taken from all over the set.</summary>
    private const int PromptsRead = 500;

    /// <summary>Demonstrations that are drawn for their length.</summary>
    private const int LessonsDrawn = 500;

    /// <summary>Tokens of an input that a warm start has softened.</summary>
    private const int Softened = 2;

    private readonly Recipe _recipe;
    private readonly DecoderConfig _model;
    private readonly SamplingOptions _sampling;
    private readonly IAlgorithm _algorithm;
    private readonly int _promptTokens;
    private readonly int? _answerTokens;

    /// <summary>Lessons as seen; null where none could be drawn.</summary>
    private readonly WarmStartInput? _lesson;

    /// <summary>For a run that is about to begin.</summary>
    public Planner(Setup setup)
    {
        (_recipe, _model, _sampling, _algorithm) = (setup.Recipe, setup.Config, setup.Sampling, setup.Algorithm);
        _promptTokens = Longest(setup.Problems, setup.Tokenizer);
        _lesson = Lesson(setup.Settings.WarmStart, setup.Task, setup.Problems, setup.Tokenizer);
    }

    /// <summary>For a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="promptTokens">The longest prompt; null to read the problems for it.</param>
    /// <exception cref="UserError">What is wrong with the recipe, or missing.</exception>
    /// <param name="answerTokens">What rollouts have on average, where that is known; null for the limit.</param>
    public Planner(Recipe recipe, int? promptTokens, int? answerTokens = null)
    {
        _answerTokens = answerTokens;
        _recipe = recipe;
        var wrong = new List<string>();
        var settings = new Settings(recipe, wrong);
        var task = Setup.MakeTask(recipe);
        var path = recipe.ModelNameOrPath;
        Tokenizer? tokenizer = null;
        if (path == "scratch")
        {
            tokenizer = new WordTokenizer(task.Vocabulary ?? throw new UserError(
                $"task {task.Name} is in natural language: give a model (model_name_or_path)"));
            _model = settings.NewModel(tokenizer);
        }
        else
        {
            path = ModelName.Resolve(path);
            var model = AdapterConfig.IsIn(path) ? AdapterConfig.FindBase(path, ModelName.Find) : path;
            if (Directory.Exists(model)) // its weights and its tokenizer may be elsewhere
            {
                _model = CheckpointConfig.Read(model).Decoder;
                if (Tokenizers.Folders(path).FirstOrDefault(f => File.Exists(Path.Combine(f, "tokenizer.json"))) is { } folder)
                    tokenizer = TokenizerLoader.FromFolder(folder);
            }
            else
            {
                using var weights = PretrainedWeights.Open(path, ModelName.Find);
                (_model, tokenizer) = (weights.Config, Tokenizers.Of(path, weights));
            }
        }
        if (settings.Lora() is { } lora) wrong.AddRange(lora.Problems(_model));
        _algorithm = settings.Algorithm();
        // Without the model's own tokenizer nothing is known of the token that ends thinking; no plan depends on it.
        _sampling = settings.Sampling(task, tokenizer ?? new WordTokenizer(["?"]), _algorithm.Law);
        if (wrong.Count > 0) throw new UserError(string.Join(Environment.NewLine, wrong));
        // Where the prompts' length is given, the problems may not be there.
        if (promptTokens is null && tokenizer is not null)
            _lesson = Lesson(settings.WarmStart, task, new ProblemSets(recipe, task), tokenizer);
        _promptTokens = promptTokens
            ?? Longest(new ProblemSets(recipe, task), tokenizer ?? throw new UserError(
                $"{path} has no tokenizer.json to measure prompts with: give their longest length with --prompt-tokens"));
    }

    /// <summary>The sizes of the recipe's run.</summary>
    public PlanInput Input => Of(_recipe);

    /// <summary>The sizes after the recipe was changed in what <see cref="PlanEdits"/> changes.</summary>
    public PlanInput Of(Recipe recipe)
    {
        var lora = new Settings(recipe, []).Lora();
        var (adapter, ranks, inputs) = lora?.Sizes(_model) ?? default;
        var training = new Settings(recipe, []).Training(_sampling);
        var thought = _sampling.Law is { } law ? law.Slots(_sampling.Thinking.Width(_model.VocabularySize)) : 0;
        var half = recipe.Dtype == "bfloat16";
        var input = new PlanInput
        {
            Model = _model,
            PromptTokens = _promptTokens,
            CompletionTokens = _sampling.MaxNewTokens,
            AnswerTokens = Math.Min(_answerTokens ?? 0, _sampling.MaxNewTokens),
            PromptsPerStep = recipe.PromptsPerStep,
            GroupSize = recipe.NumGenerations,
            MicroBatch = recipe.PerDeviceTrainBatchSize,
            RolloutRows = recipe.RolloutRows,
            EvaluationProblems = recipe.EvalSteps > 0 ? recipe.EvalProblems : 0,
            EvaluationSamples = recipe.EvalSamples,
            UpdatesPerStep = training.UpdatesPerStep,
            Iterations = recipe.NumIterations,
            RecomputesOld = training.UpdatesPerStep > 1 && training.Old != OldLogDensity.Rollout,
            GradientCheckpointing = recipe.GradientCheckpointing,
            HalfPrecision = half,
            Fused = Setup.TakesFused(recipe.UpdateEngine) && lora is null && recipe.Device != "cuda",
            Overlaps = recipe.OverlapRollouts,
            FusedHalf = recipe.UpdateDtype == "bfloat16",
            Threads = recipe.Threads > 0 ? recipe.Threads : Environment.ProcessorCount,
            AdapterParameters = adapter,
            AdapterRanks = ranks,
            AdapterInputs = inputs,
            AdapterDrops = lora is { Dropout: > 0 },
            ReferencePasses = (_algorithm.NeedsReference ? 1 : 0)
                + ((_algorithm.Needs & (ScoreNeeds.Divergences | ScoreNeeds.Anchors)) != 0 ? 1 : 0),
            Slots = Math.Max(thought, _sampling.Answer.IsStored ? _sampling.Answer.Width(_model.VocabularySize) : 0),
            Thinks = _sampling.Law is not null,
            TemperedThoughts = _sampling.Thinking.Temperature != 1,
            StoredAnswers = _sampling.Answer.IsStored,
            WholeAnswers = _sampling.Answer.KeepsAll,
            WholeVocabulary =
                (_algorithm.Needs & (ScoreNeeds.Entropies | ScoreNeeds.Divergences | ScoreNeeds.Anchors)) != 0,
            AttachInputs = recipe.AttachThoughtInputs,
            WarmStart = recipe.WarmStartSteps == 0 ? null : _lesson is not null
                ? _lesson with { Batch = recipe.WarmStartBatch }
                : new WarmStartInput( // as long as a completion may be, which a demonstration need not keep to
                    recipe.WarmStartBatch, _promptTokens + _sampling.MaxNewTokens - 1, _sampling.MaxNewTokens, Softened),
        };
        return input with
        {
            Simd = recipe.Engine == "simd" || (recipe.Engine == "auto" && Setup.TakesSimd(input.Parameters, half)),
        };
    }

    /// <summary>
    /// Longest lesson, mean number of targets, widest mixture, least shared beginning of some that are drawn as a warm start does.
    /// </summary>
    private WarmStartInput? Lesson(WarmStartSettings settings, ITask task, ProblemSets problems, Tokenizer tokenizer)
    {
        if (_recipe.WarmStartSteps == 0) return null;
        var (train, reader, random) = (problems.Train(), new ProblemReader(tokenizer), new Random(1));
        if (task.Demonstrate(train[0], random) is null) return null;
        var drawn = (LessonsDrawn + _recipe.WarmStartQuestions - 1) / _recipe.WarmStartQuestions;
        var families = Enumerable.Range(0, drawn).Select(_ => settings.Draw(task, train, reader, random, _sampling)).ToList();
        var all = families.SelectMany(f => f).ToList();
        var own = _recipe.WarmStartSelfFed > 0
            ? settings.SelfFed(_sampling)!.Thinking.Width(_model.VocabularySize)
            : Softened;
        return new WarmStartInput(
            _recipe.WarmStartBatch, all.Max(l => l.Prompt.Rows.Count + l.Inputs.Count - 1),
            (int)Math.Ceiling(all.Average(l => l.Targets.Count)),
            Math.Max(own, all.Max(l => l.Inputs.Concat(l.Prompt.Rows).Max(m => m.Ids.Length))))
        {
            Family = Math.Min(_recipe.WarmStartQuestions, Lessons.MostTogether),
            Shared = families.Min(f => f.Skip(1).Select(f[0].SharedWith).DefaultIfEmpty().Min()),
        };
    }

    private static int Longest(ProblemSets problems, Tokenizer tokenizer)
    {
        var reader = new ProblemReader(tokenizer);
        var all = problems.Train();
        var stride = Math.Max(1, all.Count / PromptsRead);
        return all.Where((_, i) => i % stride == 0).Max(p => reader.Read(p).Rows.Count);
    }
}
