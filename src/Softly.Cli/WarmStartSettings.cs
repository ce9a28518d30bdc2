using Softly.Cli.Recipes;
using Softly.Generation;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;

namespace Softly.Cli;

/// <summary>
/// The keys of the warm start as the library's options. A key that would do nothing is added to <paramref name="wrong"/>, with its
/// remedy.
/// </summary>
internal sealed class WarmStartSettings(Recipe recipe, List<string> wrong)
{
    /// <summary>Demonstrations that are looked at for sets: those of a task may be sets now and then only.</summary>
    private const int LookedAt = 32;

    /// <summary>How the model is taught.</summary>
    /// <param name="sampling">How rollouts think: own mixtures are made of as many tokens.</param>
    public SupervisedOptions Options(SamplingOptions sampling) => new()
    {
        Steps = recipe.WarmStartSteps,
        Batch = recipe.WarmStartBatch,
        GradientCheckpointing = recipe.GradientCheckpointing,
        LearningRate = recipe.WarmStartLearningRate,
        SelfFed = SelfFed(sampling),
        Seed = (ulong)recipe.Seed,
    };

    /// <summary>Own mixtures and noise on sets; null where the recipe asks for neither.</summary>
    public SelfFeeding? SelfFed(SamplingOptions sampling) => recipe is { WarmStartSelfFed: 0, WarmStartNoise: 0 } ? null : new()
    {
        Share = recipe.WarmStartSelfFed, After = recipe.WarmStartSelfFedAfter, Noise = recipe.WarmStartNoise,
        Tau = recipe.WarmStartTemperature,
        Thinking = sampling.Law is null ? new SelfFeeding().Thinking : sampling.Thinking,
    };

    /// <summary>The lessons of one problem, with as many blank thoughts as rollouts have where they think so.</summary>
    public IReadOnlyList<Lesson> Draw(
        ITask task, IReadOnlyList<Problem> problems, ProblemReader reader, Random random, SamplingOptions sampling) =>
        Lessons.Draw(
            task, problems, reader, random, recipe.WarmStartQuestions,
            sampling.Law is { ThinksBlank: true } ? sampling.ThinkLength : 0);

    /// <summary>Refuses what can be told from the recipe alone.</summary>
    public void Check()
    {
        var standard = new Recipe();
        if (recipe.ModelNameOrPath != "scratch")
            foreach (var (key, given) in new[]
            {
                ("initialization", recipe.Initialization != standard.Initialization),
                ("rope_theta", recipe.RopeTheta != standard.RopeTheta),
            })
                if (given)
                    wrong.Add($"{key} does nothing for {recipe.ModelNameOrPath}, which brings its own: leave it out, "
                        + "or set model_name_or_path: scratch");
        if (recipe.WarmStartSelfFed == 0 && recipe.WarmStartSelfFedAfter != standard.WarmStartSelfFedAfter)
            wrong.Add("warm_start_self_fed_after does nothing without warm_start_self_fed: set that too, or leave it out");
        if (recipe is { WarmStartSelfFed: 0, WarmStartNoise: 0 } && recipe.WarmStartTemperature != standard.WarmStartTemperature)
            wrong.Add("warm_start_temperature does nothing without warm_start_self_fed or warm_start_noise: set one of them, "
                + "or leave it out");
        if (recipe.WarmStartSteps > 0 && recipe.WarmStartQuestions > recipe.WarmStartBatch)
            wrong.Add($"warm_start_questions {recipe.WarmStartQuestions} is more than an update has demonstrations "
                + $"(warm_start_batch {recipe.WarmStartBatch}): lower it, or raise warm_start_batch");
    }

    /// <summary>Refuses a task without demonstrations, and what those of a task leave without effect.</summary>
    /// <param name="task">Is warm-started from.</param>
    /// <param name="problems">Its problems, one at least.</param>
    /// <param name="tokenizer">Reads them.</param>
    /// <param name="sampling">How rollouts think.</param>
    public void Check(ITask task, IReadOnlyList<Problem> problems, Tokenizer tokenizer, SamplingOptions sampling)
    {
        var random = new Random(1);
        if (task.Demonstrate(problems[0], random) is null)
        {
            wrong.Add($"task {task.Name} has no worked solutions to warm-start from: set warm_start_steps: 0");
            return;
        }
        if (recipe.WarmStartQuestions > 1 && problems.Take(LookedAt).All(p => task.Ask(p, random).Prompt == p.Prompt))
            wrong.Add($"warm_start_questions does nothing for task {task.Name}, which knows one question about each of its "
                + "problems: leave it out");
        if (recipe is { WarmStartSelfFed: 0, WarmStartNoise: 0 }) return;
        var reader = new ProblemReader(tokenizer);
        for (var i = 0; i < LookedAt; i++)
            if (Draw(task, problems, reader, random, sampling).Any(l => l.ThinksInSets)) return;
        var remedy = sampling.Law is { ThinksBlank: true } ? "leave it out, or choose a method whose thoughts are not blank"
            : TaskCatalog.Reads(task.Name).Contains("task_thoughts") ? "set task_thoughts: frontier, or leave it out"
            : "leave it out, or choose a task with task_thoughts (reachability)";
        foreach (var (key, given) in new[]
        {
            ("warm_start_self_fed", recipe.WarmStartSelfFed), ("warm_start_noise", recipe.WarmStartNoise),
        })
            if (given > 0)
                wrong.Add($"{key} does nothing where no demonstration of task {task.Name} thinks in sets: {remedy}");
    }
}
