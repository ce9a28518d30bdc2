using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Softly.Cli.Recipes;

/// <summary>
/// Reads comparison files as strictly as recipes: every unknown key, wrong value and name that nothing has is reported at once,
/// with file and line and the nearest valid name.
/// </summary>
internal static class ComparisonReader
{
    /// <summary>The keys of a comparison, without <c>arms</c> and <c>starts</c>.</summary>
    public static IReadOnlyList<RecipeReader.Key> Keys { get; } = RecipeReader.KeysOf(typeof(ComparisonKeys));

    private static readonly Dictionary<string, RecipeReader.Key> ByName = RecipeReader.Named(Keys);

    /// <summary>
    /// Recipe keys that an arm may not set, because the comparison does, or because arms would not be comparable.
    /// </summary>
    private static readonly Dictionary<string, string> NotForArms = new()
    {
        ["seed"] = "all arms have the same: name them in seeds",
        ["output_dir"] = "every run gets a folder in --output",
        ["max_steps"] = "arms are compared at equal steps: set it in the base",
        ["threads"] = "every run has one: see --jobs",
        ["kl_stop"] = "arms are compared at equal steps: it would end one early",
    };

    /// <summary>Recipe keys that a start may not set beside those of arms.</summary>
    private static readonly Dictionary<string, string> NotForStarts = new(NotForArms)
    {
        ["seed"] = "all starts have the same: name them in start_seeds",
        ["learning_rate"] = "it is of the arms; a start has warm_start_learning_rate",
    };

    /// <summary>Blocks of names, beside the keys.</summary>
    private static readonly string[] Blocks = ["arms", "starts"];

    /// <summary>Recipe keys that make a warm start.</summary>
    public static IReadOnlyList<string> OfTheStart { get; } =
    [
        .. RecipeReader.Keys.Select(k => k.Name).Where(k => k.StartsWith("task_", StringComparison.Ordinal)
            || k.StartsWith("warm_start_", StringComparison.Ordinal)),
        "task", "dataset_name", "dataset_test", "prompt_column", "answer_column", "prompt_suffix", "system_prompt", "grader",
        "train_problems", "model_name_or_path", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
        "intermediate_size", "rope_theta", "initialization", "seed", "hold_out_validation",
    ];

    /// <summary>Recipe keys that all arms must have in common, whatever they start from: what they are asked.</summary>
    private static readonly string[] Asked =
    [
        "task", "dataset_name", "dataset_test", "prompt_column", "answer_column", "prompt_suffix", "system_prompt", "grader",
        "train_problems", "hold_out_validation", "eval_steps", "eval_problems", "eval_samples", "eval_part", "eval_seed",
    ];

    /// <summary>A file with changes from the command line, which win: its own keys, or keys of the base.</summary>
    /// <exception cref="UserError">What is wrong, all of it.</exception>
    public static Comparison Read(string path, IEnumerable<string> overrides)
    {
        var problems = new List<string>();
        var keys = new ComparisonKeys();
        var seen = new Dictionary<string, string>();
        var lines = new Dictionary<string, string>(); // of each key given, for messages about what values mean
        var blocks = new Dictionary<string, YamlMappingNode>();
        foreach (var (k, v) in RecipeReader.Root(path, "comparison")?.Children.ToArray() ?? [])
        {
            var where = $"{path}:{k.Start.Line}";
            if (k is not YamlScalarNode { Value: { } name }) problems.Add($"{where}: expected a key");
            else if (Blocks.Contains(name))
            {
                lines[name] = where;
                if (v is YamlMappingNode block) blocks[name] = block;
                else problems.Add($"{where}: {name}: expected a block of names, each with its recipe keys");
            }
            else if (v is not YamlScalarNode scalar)
                problems.Add($"{where}: {name}: expected one value (several are separated by blanks), "
                    + $"found a {(v is YamlMappingNode ? "block" : "list")}"
                    + (ByName.ContainsKey(name) ? "" : RecipeReader.Nearest(name, ByName.Keys.Concat(Blocks))));
            else
            {
                lines[name] = where;
                RecipeReader.Assign(
                    keys, ByName, name, RecipeReader.Expand(scalar.Value, $"{where}: {name}", problems), where, seen, problems);
            }
        }
        var forBase = new List<string>();
        seen.Clear();
        foreach (var pair in overrides)
        {
            var at = pair.IndexOf('=');
            if (at > 0 && ByName.ContainsKey(pair[..at]))
                RecipeReader.Assign(keys, ByName, pair[..at], pair[(at + 1)..], "the command line", seen, problems);
            else forBase.Add(pair);
        }
        return Resolve(path, keys, blocks, forBase, lines, problems) is { } made && problems.Count == 0
            ? made
            : throw new UserError(string.Join(Environment.NewLine, problems));
    }

    private static Comparison? Resolve(
        string path, ComparisonKeys keys, Dictionary<string, YamlMappingNode> blocks, List<string> forBase,
        Dictionary<string, string> lines, List<string> problems)
    {
        var (arms, named) = (blocks.GetValueOrDefault("arms"), blocks.GetValueOrDefault("starts"));
        string Where(string key) => lines.GetValueOrDefault(key, path);
        var shared = Base(path, keys, forBase, Where("base"), problems);
        var seeds = Numbers(keys.Seeds, whole: true, $"{Where("seeds")}: seeds", problems).Select(s => (int)s).ToList();
        var rates = keys.LearningRates is { } text
            ? Numbers(text, whole: false, $"{Where("learning_rates")}: learning_rates", problems)
            : [shared?.LearningRate ?? 0];
        var startSeeds = keys.StartSeeds is { } of
            ? Numbers(of, whole: true, $"{Where("start_seeds")}: start_seeds", problems).Select(s => (int)s).ToList()
            : [shared?.Seed ?? 1];
        CheckSeeds(keys.StartSeeds is null ? [] : startSeeds, seeds, Where, problems);
        if (rates.Any(r => r <= 0)) problems.Add($"{Where("learning_rates")}: learning_rates: expected numbers above 0");
        var match = keys.Match == "auto"
            ? null
            : Numbers(keys.Match, whole: false, $"{Where("match")}: match", problems, ", or auto");
        if (match?.Any(m => m is <= 0 or >= 100) == true)
            problems.Add($"{Where("match")}: match: expected percents between 0 and 100");
        if (keys.GradientBatches == 1)
            problems.Add($"{Where("gradient_batches")}: gradient_batches: one batch has no spread; expected 0, or at least 2");
        if (arms is null || arms.Children.Count == 0)
            problems.Add($"{path}: arms is missing: a block of names, each with the recipe keys that make it (arms: {{ grpo: {{ "
                + "algorithm: grpo } })");
        if (shared?.KlStop is not null)
            problems.Add($"{Where("base")}: base: kl_stop would end an arm early, and arms are compared at equal steps: leave it out");
        if (named is { Children.Count: 0 })
            problems.Add($"{Where("starts")}: starts: expected at least one name with its recipe keys, or no starts at all");
        if (arms is null || shared is null) return null;
        shared = shared with
        {
            EvalProblems = keys.EvalProblems ?? shared.EvalProblems,
            EvalSamples = keys.EvalSamples ?? shared.EvalSamples,
            EvalSteps = keys.EvalSteps ?? (shared.EvalSteps > 0 ? shared.EvalSteps : Math.Max(1, shared.MaxSteps / 10)),
            EvalPart = "test",
            HoldOutValidation = rates.Count > 1 || shared.HoldOutValidation,
            EvalSeed = shared.EvalSeed ?? shared.Seed,
        };
        if (keys.AuditProblems > shared.EvalProblems)
            problems.Add($"{Where("audit_problems")}: audit_problems: {keys.AuditProblems} is more than the test problems: expected "
                + $"at most eval_problems, {shared.EvalProblems}");
        List<ComparisonStart> starts = named is null
            ? [new ComparisonStart("start", "start", shared, "", [])]
            : [.. named.Children.Select(s => Start(path, s.Key, s.Value, shared, problems)).OfType<ComparisonStart>()];
        foreach (var given in startSeeds.Count < 2 ? [] : starts.Where(s => IsGiven(s.Recipe)))
            problems.Add($"{Where("start_seeds")}: start_seeds: {(named is null ? "the base" : $"start '{given.Name}'")} is a "
                + "model as it stands (warm_start_steps 0), the same for every seed: name one seed, or give warm_start_steps");
        var read = arms.Children.Select(arm => Arm(path, arm.Key, arm.Value, starts, named is not null, problems))
            .OfType<ComparisonArm>().ToList();
        CheckFolders(path, "arms", read.Select(a => (a.Name, a.Folder)), problems);
        CheckFolders(path, "starts", starts.Select(s => (s.Name, s.Folder)), problems);
        foreach (var idle in starts.Where(s => read.Count == arms.Children.Count && read.All(a => a.Start != s)))
            problems.Add($"{Where("starts")}: start '{idle.Name}' has no arm: name it in one (start: {idle.Name}), "
                + "or leave it out");
        var control = Named(keys.Control ?? read.FirstOrDefault()?.Name, read, $"{Where("control")}: control", problems);
        var reference = Named(keys.Reference, read, $"{Where("reference")}: reference", problems);
        return control is null ? null : new Comparison
        {
            Name = Path.GetFileNameWithoutExtension(path), Shared = shared, Arms = read, Seeds = seeds,
            SeveralStarts = named is not null || keys.StartSeeds is not null, Starts = starts, StartSeeds = startSeeds,
            LearningRates = [.. rates.Order()], SweepSteps = keys.SweepSteps ?? shared.MaxSteps, SweepSeed = keys.SweepSeed,
            ValidationProblems = keys.ValidationProblems, ValidationSamples = keys.ValidationSamples, Control = control,
            Reference = reference == control ? null : reference, Match = match, GradientBatches = keys.GradientBatches,
            AuditProblems = keys.AuditProblems, AuditSamples = keys.AuditSamples,
        };
    }

    private static Recipe? Base(
        string path, ComparisonKeys keys, List<string> overrides, string where, List<string> problems)
    {
        if (keys.Base.Length == 0)
        {
            problems.Add(
                $"{where}: base is missing: the path of a recipe, relative to this file, that holds what all arms share");
            return null;
        }
        try
        {
            return RecipeReader.Read(
                Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, keys.Base) is var full
                    && Path.GetRelativePath(Environment.CurrentDirectory, full) is var near
                    && !near.StartsWith("..", StringComparison.Ordinal) ? near : full,
                overrides);
        }
        catch (UserError e)
        {
            var missing = e.Message.Contains("no such recipe", StringComparison.Ordinal);
            problems.Add(missing ? $"{where}: base: {e.Message}" : e.Message);
            return null;
        }
    }

    /// <summary>Whether a recipe starts from somebody else's model as it stands.</summary>
    public static bool IsGiven(Recipe recipe) => recipe is { WarmStartSteps: 0, ModelNameOrPath: not "scratch" };

    private static void CheckSeeds(
        List<int> startSeeds, List<int> seeds, Func<string, string> where, List<string> problems)
    {
        if (startSeeds.FirstOrDefault(s => s > MostStartSeed) is > 0 and var large)
            problems.Add($"{where("start_seeds")}: start_seeds: {large} is out of range: expected at most {MostStartSeed}");
        if (startSeeds.Count > 0 && seeds.FirstOrDefault(s => s >= SeedsPerStart) is > 0 and var high)
            problems.Add($"{where("seeds")}: seeds: {high} is out of range: with start_seeds expected whole numbers below "
                + $"{SeedsPerStart}, since a run's seed is {SeedsPerStart} × start seed + seed");
    }

    /// <summary>
    /// With several starts a run's seed is this × start seed + seed, so that no two runs of an arm share their problems and
    /// noise, and the runs of two arms with equal seeds do.
    /// </summary>
    public const int SeedsPerStart = 1000;

    /// <summary>The highest start seed.</summary>
    public const int MostStartSeed = int.MaxValue / SeedsPerStart - 1;

    private static void CheckFolders(
        string path, string what, IEnumerable<(string Name, string Folder)> all, List<string> problems)
    {
        foreach (var same in all.GroupBy(a => a.Folder).Where(g => g.Count() > 1))
            problems.Add($"{path}: {what} {string.Join(" and ", same.Select(a => $"'{a.Name}'"))} would share the folder "
                + $"{same.Key}: rename one");
    }

    private static ComparisonStart? Start(
        string path, YamlNode key, YamlNode value, Recipe shared, List<string> problems)
    {
        if (Block(path, "start", key, value, problems) is not var (name, folder, pairs)) return null;
        var (recipe, changes, own) = Changed(
            path, "start", name, pairs, shared, k => NotForStarts.TryGetValue(k, out var remedy) ? remedy
                : Asked.Contains(k) ? "all arms are asked the same; set it in the base" : null, problems);
        return new ComparisonStart(name, folder, recipe, changes, own);
    }

    private static ComparisonArm? Arm(
        string path, YamlNode key, YamlNode value, List<ComparisonStart> starts, bool named, List<string> problems)
    {
        if (Block(path, "arm", key, value, problems) is not var (name, folder, pairs)) return null;
        var start = starts.FirstOrDefault();
        if (pairs.FirstOrDefault(p => p.Key == "start") is { Key: not null } asked)
        {
            pairs.Remove(asked);
            if (!named)
                problems.Add($"{path}:{asked.Line}: arm '{name}': start: the file names no starts: leave it out, or add "
                    + $"starts: {{ {asked.Value}: {{ … }} }}");
            else start = starts.Find(s => s.Name == asked.Value);
            if (named && start is null)
                problems.Add($"{path}:{asked.Line}: arm '{name}': start: there is no start '{asked.Value}'"
                    + $"{RecipeReader.Nearest(asked.Value ?? "", starts.Select(s => s.Name))} "
                    + $"Starts: {string.Join(" · ", starts.Select(s => s.Name))}");
        }
        else if (starts.Count > 1)
        {
            problems.Add($"{path}:{key.Start.Line}: arm '{name}': start is missing: name what it starts from, one of "
                + string.Join(" · ", starts.Select(s => s.Name)));
            return null;
        }
        if (start is null) return null;
        var (recipe, changes, own) = Changed(
            path, "arm", name, pairs, start.Recipe, k => NotForArms.TryGetValue(k, out var remedy) ? remedy
                : Asked.Contains(k) || (!named && OfTheStart.Contains(k)) ? "all arms have the same; set it in the base"
                : OfTheStart.Contains(k) ? $"it makes the start; set it in start '{start.Name}'" : null, problems);
        return new ComparisonArm(
            name, folder, recipe, named ? string.Join(", ", new[] { $"start: {start.Name}", changes }.Where(c => c.Length > 0))
                : changes,
            start, own.Contains("learning_rate") ? recipe.LearningRate : null);
    }

    /// <summary>A name with its recipe keys; null where it is none, which is added to the problems.</summary>
    private static (string Name, string Folder, List<(string Key, string? Value, long Line)> Pairs)? Block(
        string path, string what, YamlNode key, YamlNode value, List<string> problems)
    {
        var where = $"{path}:{key.Start.Line}";
        if (key is not YamlScalarNode { Value: { Length: > 0 } name })
        {
            problems.Add($"{where}: {what}s: expected a name");
            return null;
        }
        var folder = Folder(name);
        if (folder.Length == 0) problems.Add($"{where}: {what} '{name}': expected a name with letters or digits");
        if (value is YamlMappingNode block) return (name, folder, [.. RecipeReader.Flatten("", block, path, problems)]);
        if (value is YamlScalarNode { Value: null or "" }) return (name, folder, []);
        problems.Add($"{where}: {what} '{name}': expected its recipe keys, as in {{ algorithm: grpo }}");
        return null;
    }

    /// <summary>
    /// A recipe with changes, what they are in one line, and the keys changed; <paramref name="remedy"/> says what to do instead
    /// about a key that is not to be set here, and null where it may be.
    /// </summary>
    private static (Recipe Recipe, string Changes, IReadOnlyList<string> Keys) Changed(
        string path, string what, string name, List<(string Key, string? Value, long Line)> pairs, Recipe recipe,
        Func<string, string?> remedy, List<string> problems)
    {
        var seen = new Dictionary<string, string>();
        var (changes, keys) = (new List<string>(), new List<string>());
        foreach (var (k, v, line) in pairs)
        {
            var at = $"{path}:{line}: {what} '{name}'";
            var own = RecipeReader.Find(k)?.Name ?? k;
            if (remedy(own) is { } instead)
                problems.Add($"{at}: {k} is not {(what == "arm" ? "an arm's" : "a start's")} to set: {instead}");
            else recipe = RecipeReader.Set(recipe, k, RecipeReader.Expand(v, $"{at}: {k}", problems), at, seen, problems);
            changes.Add($"{k}: {v}");
            keys.Add(own);
        }
        return (recipe, string.Join(", ", changes), keys);
    }

    private static ComparisonArm? Named(string? name, List<ComparisonArm> arms, string where, List<string> problems)
    {
        if (name is null) return null;
        if (arms.Find(a => a.Name == name) is { } arm) return arm;
        problems.Add($"{where}: there is no arm '{name}'{RecipeReader.Nearest(name, arms.Select(a => a.Name))} "
            + $"Arms: {string.Join(" · ", arms.Select(a => a.Name))}");
        return null;
    }

    private static List<double> Numbers(string text, bool whole, string where, List<string> problems, string or = "")
    {
        var numbers = new List<double>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                || !double.IsFinite(number) || (whole && (number != Math.Floor(number) || number is < 0 or > int.MaxValue)))
                problems.Add($"{where}: expected {(whole ? "whole numbers of at least 0" : "numbers")} separated by blanks{or}, "
                    + $"found '{word}'");
            else if (numbers.Contains(number)) problems.Add($"{where}: {word} is given twice");
            else numbers.Add(number);
        }
        if (numbers.Count == 0 && problems.Count == 0) problems.Add($"{where}: expected at least one number{or}");
        return numbers;
    }

    private static string Folder(string name) => string.Join(
        '-', string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimStart('.');
}
