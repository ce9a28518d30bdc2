using System.Globalization;
using Softly.Cli.Recipes;
using Softly.Hub;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>Problems of one name that are asked, and who judges.</summary>
/// <param name="Name">The benchmark's, or the set's.</param>
/// <param name="Task">Judges.</param>
/// <param name="Problems">In the order in which they are asked.</param>
/// <param name="Settings">What decides numbers about them.</param>
/// <param name="Origin">Where they are from, for the reader.</param>
internal sealed record AskedSet(
    string Name, ITask Task, IReadOnlyList<Problem> Problems, IReadOnlyList<KeyValuePair<string, string>> Settings, string Origin)
{
    /// <summary>Who judges a set as settings: the grader, and where it runs programs the sandbox with its limits.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Judge(string set, string grader)
    {
        yield return new($"{set}.grader", grader);
        if (GraderChoice.SandboxOf(grader) is { } sandbox) yield return new($"{set}.sandbox", sandbox);
    }

    /// <summary>The problems as an evaluation's folder keeps them.</summary>
    public IReadOnlyList<AskedProblem> Kept =>
        [.. Problems.Select(p => new AskedProblem(p.Id, p.Prompt, p.Answer, Task.GuessChance(p)))];
}

/// <summary>Which of a benchmark's problems are asked: the first so many, or a slice; all where nothing is said.</summary>
/// <param name="From">The first, from 0.</param>
/// <param name="To">The one after the last; null for the end.</param>
/// <param name="Said">As the user said it.</param>
internal sealed record Slice(int From, int? To, string Said)
{
    /// <summary>From <c>--limit</c> or <c>--slice</c>.</summary>
    /// <exception cref="UserError">Both are given, or one is no number or slice.</exception>
    public static Slice? Of(int? limit, string? slice)
    {
        if (limit is not null && slice is not null)
            throw new UserError("--limit and --slice say both which problems are asked: leave one of them out");
        if (limit is { } most)
            return most > 0 ? new Slice(0, most, $"--limit {most}")
                : throw new UserError("--limit: expected a whole number of at least 1");
        if (slice is null) return null;
        var wrong = new UserError($"--slice {slice}: expected FROM:TO, counted from 0, such as 100:200 or 100:");
        if (slice.Split(':') is not [var a, var b]) throw wrong;
        var from = a.Length == 0 ? 0 : Number(a) ?? throw wrong;
        int? to = b.Length == 0 ? null : Number(b) ?? throw wrong;
        return to is null || to > from ? new Slice(from, to, $"--slice {slice}") : throw wrong;

        static int? Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;
    }

    /// <summary>Takes the part of a list.</summary>
    /// <exception cref="UserError">Nothing is left.</exception>
    public IReadOnlyList<Problem> Take(IReadOnlyList<Problem> all, string name) => From < all.Count
        ? [.. all.Take(To ?? all.Count).Skip(From)]
        : throw new UserError($"{Said}: {name} has {all.Count} problems");
}

/// <summary>Finds and reads benchmarks.</summary>
/// <param name="recipe">What is put around questions, where it says it.</param>
/// <param name="data">A folder, a file, a data set of the hub (org/name), or null for each benchmark's own.</param>
/// <param name="slice">Which problems; null for all.</param>
/// <param name="split">The records by their column split; null for the usual ones.</param>
/// <param name="plain">Questions as plain texts, for models without a chat template.</param>
internal sealed class BenchmarkSets(Recipe recipe, string? data, Slice? slice, string? split, bool plain)
{
    /// <summary>Several benchmarks, separated by commas.</summary>
    /// <exception cref="UserError">A name is unknown or given twice.</exception>
    /// <exception cref="DatasetException">A file is not there or cannot be read.</exception>
    public IReadOnlyList<AskedSet> Of(string names)
    {
        var benchmarks = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(Find).ToList();
        if (benchmarks.Count == 0)
            throw new UserError($"--benchmarks names none; there are {string.Join(", ", BenchmarkCatalog.Names)}");
        if (benchmarks.GroupBy(b => b.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UserError($"--benchmarks names {twice.Key} twice");
        if (File.Exists(data) && benchmarks.Count > 1)
            throw new UserError($"--data {data} is one file for {benchmarks.Count} benchmarks: give a folder");
        return [.. benchmarks.Select(Open)];
    }

    private AskedSet Open(Benchmark benchmark)
    {
        var path = At(benchmark);
        var options = new JsonLinesOptions
        {
            Records = RecordFiles.Read, PromptColumn = recipe.PromptColumn, AnswerColumn = recipe.AnswerColumn,
            PromptSuffix = recipe.PromptSuffix, SystemPrompt = recipe.SystemPrompt, Grader = recipe.Grader,
            Conversation = plain ? false : null, Judge = GraderChoice.Find(recipe.Grader ?? benchmark.Grader),
        };
        var task = BenchmarkReading.Open(benchmark, path, options, split);
        var problems = slice?.Take(task.InFileOrder, benchmark.Name) ?? task.InFileOrder;
        return new AskedSet(benchmark.Name, task, problems, [
            new($"{benchmark.Name}.file", $"{Path.GetFileName(path)} sha256:{Fingerprint.OfFile(path)}"),
            new($"{benchmark.Name}.problems", $"{problems.Count} sha256:{Fingerprint.OfProblems(problems)}"),
            .. AskedSet.Judge(benchmark.Name, recipe.Grader ?? benchmark.Grader),
        ], $"{benchmark.Name}: {path}; {task.Description}"
            + (problems.Count < task.InFileOrder.Count ? $"; asked: {problems.Count} ({slice!.Said})" : ""));
    }

    private string At(Benchmark benchmark)
    {
        if (File.Exists(data)) return data;
        if (data is null)
            return InCache(benchmark.Hub.Name) is { } own ? new BenchmarkFolder(own).FindInDataset(benchmark)
                : throw new UserError($"the benchmark {benchmark.Name} is not at hand: give the folder with its file "
                    + $"({string.Join(" or ", Benchmark.Endings.Select(e => benchmark.Files[0] + e))}) with --data, or fetch it: "
                    + $"softly pull datasets/{benchmark.Hub.Name}");
        if (Directory.Exists(data) || !HubRepo.IsOwnedName(data)) return new BenchmarkFolder(data).Find(benchmark);
        var folder = InCache(data) ?? throw new UserError(
            $"--data {data}: there is no such folder, and no data set of that name in the hub's cache; to fetch one: softly pull datasets/{data}");
        return data == benchmark.Hub.Name
            ? new BenchmarkFolder(folder).FindInDataset(benchmark)
            : new BenchmarkFolder(folder).Find(benchmark);
    }

    private static string? InCache(string name) =>
        new HubCache(HubSettings.FromEnvironment(Environment.GetEnvironmentVariable).Cache, HubRepo.Parse("datasets/" + name))
            .Find("main");

    private static Benchmark Find(string name)
    {
        try
        {
            return BenchmarkCatalog.Find(name);
        }
        catch (ArgumentException e)
        {
            throw new UserError(e.Message);
        }
    }
}
