using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Softly.Cli.Recipes;

/// <summary>
/// Reads comparison files as strictly as recipes: every unknown key, wrong value and name that nothing has is reported at once,
/// with file and line and the nearest valid name.
/// </summary>
internal static class ComparisonReader
{
    /// <summary>The keys of a comparison, without <c>arms</c>.</summary>
    public static IReadOnlyList<RecipeReader.Key> Keys { get; } = RecipeReader.KeysOf(typeof(ComparisonKeys));

    private static readonly Dictionary<string, RecipeReader.Key> ByName = RecipeReader.Named(Keys);

    /// <summary>
    /// Recipe keys that an arm may not set, because the comparison does, or because arms would not be comparable.
    /// </summary>
    private static readonly Dictionary<string, string> NotForArms = new()
    {
        ["learning_rate"] = "it is swept: name rates in learning_rates",
        ["seed"] = "all arms have the same: name them in seeds",
        ["output_dir"] = "every run gets a folder in --output",
        ["max_steps"] = "arms are compared at equal steps: set it in the base",
        ["threads"] = "every run has one: see --jobs",
        ["kl_stop"] = "arms are compared at equal steps: it would end one early",
    };

    /// <summary>Recipe keys that make the common start.</summary>
    public static IReadOnlyList<string> OfTheStart { get; } =
    [
        "task", "dataset_name", "dataset_test", "prompt_column", "answer_column", "prompt_suffix", "system_prompt", "grader",
        "train_problems", "model_name_or_path", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
        "task_nodes", "task_window", "task_degree", "task_hops", "task_candidates", "task_terms", "task_largest", "task_board",
        "task_blocked", "task_thoughts",
        "intermediate_size", "warm_start_steps", "warm_start_learning_rate", "warm_start_batch", "seed", "hold_out_validation",
    ];

    /// <summary>Recipe keys that all arms must have in common.</summary>
    private static readonly string[] Shared =
        [.. OfTheStart, "eval_steps", "eval_problems", "eval_samples", "eval_part", "eval_seed"];

    /// <summary>A file with changes from the command line, which win: its own keys, or keys of the base.</summary>
    /// <exception cref="UserError">What is wrong, all of it.</exception>
    public static Comparison Read(string path, IEnumerable<string> overrides)
    {
        var problems = new List<string>();
        var keys = new ComparisonKeys();
        var seen = new Dictionary<string, string>();
        var lines = new Dictionary<string, string>(); // of each key given, for messages about what values mean
        YamlMappingNode? arms = null;
        foreach (var (k, v) in RecipeReader.Root(path, "comparison")?.Children.ToArray() ?? [])
        {
            var where = $"{path}:{k.Start.Line}";
            if (k is not YamlScalarNode { Value: { } name }) problems.Add($"{where}: expected a key");
            else if (name == "arms")
            {
                if (v is YamlMappingNode block) arms = block;
                else problems.Add($"{where}: arms: expected a block of names, each with its recipe keys");
            }
            else if (v is not YamlScalarNode scalar)
                problems.Add($"{where}: {name}: expected one value (several are separated by blanks), "
                    + $"found a {(v is YamlMappingNode ? "block" : "list")}"
                    + (ByName.ContainsKey(name) ? "" : RecipeReader.Nearest(name, ByName.Keys.Append("arms"))));
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
        return Resolve(path, keys, arms, forBase, lines, problems) is { } made && problems.Count == 0
            ? made
            : throw new UserError(string.Join(Environment.NewLine, problems));
    }

    private static Comparison? Resolve(
        string path, ComparisonKeys keys, YamlMappingNode? arms, List<string> forBase, Dictionary<string, string> lines,
        List<string> problems)
    {
        string Where(string key) => lines.GetValueOrDefault(key, path);
        var shared = Base(path, keys, forBase, Where("base"), problems);
        var seeds = Numbers(keys.Seeds, whole: true, $"{Where("seeds")}: seeds", problems).Select(s => (int)s).ToList();
        var rates = keys.LearningRates is { } text
            ? Numbers(text, whole: false, $"{Where("learning_rates")}: learning_rates", problems)
            : [shared?.LearningRate ?? 0];
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
        var read = arms.Children.Select(arm => Arm(path, arm.Key, arm.Value, shared, problems)).OfType<ComparisonArm>().ToList();
        foreach (var same in read.GroupBy(a => a.Folder).Where(g => g.Count() > 1))
            problems.Add($"{path}: arms {string.Join(" and ", same.Select(a => $"'{a.Name}'"))} would share the folder "
                + $"{same.Key}: rename one");
        var control = Named(keys.Control ?? read.FirstOrDefault()?.Name, read, $"{Where("control")}: control", problems);
        var reference = Named(keys.Reference, read, $"{Where("reference")}: reference", problems);
        return control is null ? null : new Comparison
        {
            Name = Path.GetFileNameWithoutExtension(path), Shared = shared, Arms = read, Seeds = seeds,
            LearningRates = [.. rates.Order()], SweepSteps = keys.SweepSteps ?? shared.MaxSteps, SweepSeed = keys.SweepSeed,
            ValidationProblems = keys.ValidationProblems, ValidationSamples = keys.ValidationSamples, Control = control,
            Reference = reference == control ? null : reference, Match = match, GradientBatches = keys.GradientBatches,
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

    private static ComparisonArm? Arm(string path, YamlNode key, YamlNode value, Recipe shared, List<string> problems)
    {
        var where = $"{path}:{key.Start.Line}";
        if (key is not YamlScalarNode { Value: { Length: > 0 } name })
        {
            problems.Add($"{where}: arms: expected a name");
            return null;
        }
        var folder = Folder(name);
        if (folder.Length == 0) problems.Add($"{where}: arm '{name}': expected a name with letters or digits");
        if (value is not YamlMappingNode && value is not YamlScalarNode { Value: null or "" })
        {
            problems.Add($"{where}: arm '{name}': expected its recipe keys, as in {{ algorithm: grpo }}");
            return null;
        }
        var recipe = shared;
        var seen = new Dictionary<string, string>();
        var changes = new List<string>();
        foreach (var (k, v, line) in value is YamlMappingNode block ? RecipeReader.Flatten("", block, path, problems) : [])
        {
            var at = $"{path}:{line}: arm '{name}'";
            var own = RecipeReader.Find(k)?.Name ?? k;
            if (NotForArms.TryGetValue(own, out var remedy)) problems.Add($"{at}: {k} is not an arm's to set: {remedy}");
            else if (Shared.Contains(own))
                problems.Add($"{at}: {k} is not an arm's to set: all arms have the same; set it in the base");
            else recipe = RecipeReader.Set(recipe, k, RecipeReader.Expand(v, $"{at}: {k}", problems), at, seen, problems);
            changes.Add($"{k}: {v}");
        }
        return new ComparisonArm(name, folder, recipe, string.Join(", ", changes));
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
