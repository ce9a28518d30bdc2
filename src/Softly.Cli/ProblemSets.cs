using System.Collections.Concurrent;
using Softly.Cli.Recipes;
using Softly.Generation;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>
/// The problems a recipe names: read once, checked before time is spent, and never shared between training and test.
/// </summary>
/// <param name="recipe">Where they come from, and how many.</param>
/// <param name="task">Who makes or judges them.</param>
internal sealed class ProblemSets(Recipe recipe, ITask task)
{
    private static readonly ConcurrentDictionary<
        (string Task, TaskSettings Sizes, Split, int Count, int Seed), Lazy<IReadOnlyList<Problem>>> Made = [];

    private IReadOnlyList<Problem>? _train;
    private IReadOnlyList<(string? Name, IReadOnlyList<Problem> Problems)>? _tests;

    /// <summary>Where problems of a file come from, for the reader; null for tasks that make their own.</summary>
    public string? Origin => TaskCatalog.ReadsFile(task.Name) ? task.Description
        : FromFile && (recipe.DatasetName ?? recipe.DatasetTest) is { } path ? $"prompts of {path}" : null;

    /// <summary>Chooses held-out problems, and the noise of the answers to them.</summary>
    public int EvalSeed => recipe.EvalSeed ?? recipe.Seed;

    private bool FromFile => task.Vocabulary is not null && !TaskCatalog.ReadsFile(task.Name);

    private string[] TestPaths =>
        recipe.DatasetTest?.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>The problems to train on; none of them is asked in a test set.</summary>
    /// <exception cref="UserError">There are none.</exception>
    public IReadOnlyList<Problem> Train()
    {
        if (_train is not null) return _train;
        var all = Training(recipe.TrainProblems, recipe.Seed);
        if (recipe.HoldOutValidation) all = [.. all.Where(p => !Validation.Holds(task, p))];
        if (FromFile && (recipe.DatasetName ?? recipe.DatasetTest) is not null)
        {
            var asked = Tests().SelectMany(t => t.Problems).Select(p => p.Prompt).ToHashSet();
            all = [.. all.Where(p => !asked.Contains(p.Prompt))];
        }
        return _train = all.Count > 0
            ? all
            : throw new UserError($"task {task.Name}: there are no problems to train on that are not in the test set too");
    }

    /// <summary>The sets of held-out problems, each with a name where there are several.</summary>
    /// <exception cref="UserError">One is empty.</exception>
    public IReadOnlyList<(string? Name, IReadOnlyList<Problem> Problems)> Tests()
    {
        if (_tests is not null) return _tests;
        var paths = TestPaths;
        _tests = recipe.EvalPart == "validation" ? [(null, ForValidation())] : paths.Length < 2
            ? [(null, FromFile && paths.Length == 1
                ? Prompts(paths[0])
                : HeldOut(task))]
            : [.. paths.Select(path => ((string?)Path.GetFileNameWithoutExtension(path), FromFile
                ? Prompts(path)
                : HeldOut(Setup.MakeTask(recipe with { DatasetTest = path }))))];
        foreach (var (_, problems) in _tests)
            if (problems.Count == 0)
                throw new UserError($"task {task.Name}: there are no held-out problems; give dataset_test, "
                    + "or a dataset of more than one question");
        return _tests;
    }

    /// <summary>Adds what keeps the model from reading the problems: a word it lacks, no chat template, no room.</summary>
    public static void Check(
        IEnumerable<Problem> problems, Tokenizer tokenizer, SamplingOptions sampling, int positions, List<string> wrong)
    {
        var reader = new ProblemReader(tokenizer);
        foreach (var problem in problems)
        {
            try
            {
                var length = reader.Read(problem).Rows.Count;
                if (length + sampling.MaxNewTokens <= positions) continue;
                wrong.Add($"problem {problem.Id} has {length} tokens, which with max_completion_length {sampling.MaxNewTokens} "
                    + $"exceed the model's {positions} "
                    + "positions: lower max_completion_length, or leave the problem out");
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or ChatTemplateException)
            {
                wrong.Add($"problem {problem.Id}: {e.Message}");
            }
            return; // the first says it all
        }
    }

    private IReadOnlyList<Problem> HeldOut(ITask from) =>
        Drawn(from, Split.Test, recipe.EvalProblems, EvalSeed);

    private IReadOnlyList<Problem> Prompts(string path) =>
        PromptFile.Read(path, recipe.PromptColumn ?? "prompt", recipe.EvalProblems, task);

    private IReadOnlyList<Problem> Training(int count, int seed) => FromFile && recipe.DatasetName is { } path
        ? PromptFile.Read(path, recipe.PromptColumn ?? "prompt", count, task)
        : Drawn(task, Split.Train, count, seed);

    /// <summary>
    /// A task's problems. Those that a task makes itself are the same for all arms and runs of a comparison, and are made once.
    /// </summary>
    private IReadOnlyList<Problem> Drawn(ITask from, Split split, int count, int seed)
    {
        if (from.Vocabulary is null || from.Name != recipe.Task || TaskCatalog.ReadsFile(from.Name))
            return from.Problems(split, count, (ulong)seed);
        // What demonstrations think changes no problem.
        return Made.GetOrAdd((from.Name, Setup.Sizes(recipe) with { Thoughts = null }, split, count, seed), _ =>
            new(() => from.Problems(split, count, (ulong)seed))).Value;
    }

    private IReadOnlyList<Problem> ForValidation() => recipe.HoldOutValidation
        ? Validation.Of(task, count => Training(count, EvalSeed), recipe.EvalProblems)
        : throw new UserError("eval_part: validation asks problems that training has seen: set hold_out_validation: true from "
            + "the start of the training");
}
