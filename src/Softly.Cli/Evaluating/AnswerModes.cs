using Softly.Algorithms;
using Softly.Cli.Recipes;
using Softly.Sampling;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>A way to answer: the recipe with what the mode changes of it.</summary>
internal sealed record AnswerMode(string Name, Recipe Recipe);

/// <summary>The modes of an evaluation, from what a user says.</summary>
internal static class AnswerModes
{
    /// <summary>The source's own decoding.</summary>
    public const string Own = "own";

    /// <summary>Plain tokens.</summary>
    public const string Discrete = "discrete";

    /// <summary>Mixtures without noise.</summary>
    public const string Soft = "soft";

    /// <summary>Mixtures with noise.</summary>
    public const string SoftNoise = "soft-noise";

    /// <summary>What <c>--modes</c> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = [Discrete, Soft, SoftNoise, Own];

    /// <summary>Keys that make another decoding of the same weights: what may differ between modes.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "thinking_law", "gumbel_softmax_temperature", "noise_factor", "noise_ladder", "discrete_share", "enable_soft_thinking",
        "think_end_str", "temperature", "top_p", "top_k", "min_p", "max_topk", "after_thinking_temperature",
        "after_thinking_top_p", "after_thinking_top_k", "after_thinking_min_p", "max_completion_length", "stop_strings",
        "concentration", "noise_sigma", "thought_draws", "draw_weights", "input_beta", "neighbors", "neighbor_rate",
        "think_length", "cold_stop_entropy", "cold_stop_length",
    ];

    /// <summary>Splits changes into those of all modes and those of one, written <c>soft.temperature=0.6</c>.</summary>
    public static (IReadOnlyList<string> All, ILookup<string, string> OfMode) Split(IEnumerable<string> changes)
    {
        var parts = changes.Select(change =>
            Names.FirstOrDefault(m => change.StartsWith(m + ".", StringComparison.Ordinal)) is { } mode
                ? (Mode: mode, Change: change[(mode.Length + 1)..])
                : (Mode: null, Change: change)).ToList();
        return ([.. parts.Where(p => p.Mode is null).Select(p => p.Change)],
            parts.Where(p => p.Mode is not null).ToLookup(p => p.Mode!, p => p.Change));
    }

    /// <summary>The modes asked for, each with its recipe.</summary>
    /// <param name="own">The source's recipe, nothing changed.</param>
    /// <param name="names">As <c>--modes</c> has them; null for those of the presets, or the source's own.</param>
    /// <param name="presets">Settings by name.</param>
    /// <param name="changes">From the command line; they win over presets.</param>
    /// <exception cref="UserError">What does not fit, with the nearest that does.</exception>
    public static IReadOnlyList<AnswerMode> Of(
        Recipe own, string? names, IReadOnlyList<Preset> presets, IEnumerable<string> changes)
    {
        var (all, ofMode) = Split(changes);
        var asked = names?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? (presets.Count > 0 ? [.. presets.SelectMany(p => p.Modes.Keys)] : [Own]);
        if (asked.Length == 0) throw new UserError($"--modes names none; there are {string.Join(", ", Names)}");
        foreach (var name in asked)
            if (!Names.Contains(name))
                throw new UserError(
                    $"there is no mode '{name}'{RecipeReader.Nearest(name, Names)} Modes: {string.Join(", ", Names)}");
        if (asked.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UserError(
                $"the mode {twice.Key} is asked for twice: an evaluation has one of each; make another in a folder of its own");
        if (ofMode.Select(g => g.Key).Except(asked).FirstOrDefault() is { } unasked)
            throw new UserError($"{unasked}.{ofMode[unasked].First()}: the mode {unasked} is not asked for; modes are "
                + string.Join(", ", asked));
        RefuseLaws(asked, all, ofMode);
        return [.. asked.Select(name => new AnswerMode(name, Make(name)))];

        Recipe Make(string name)
        {
            var preset = presets.FirstOrDefault(p => p.Modes.ContainsKey(name));
            if (presets.Count > 0 && preset is null && name != Own)
                throw new UserError($"preset {string.Join(", ", presets.Select(p => p.Name))} has no settings for the mode "
                    + $"{name}; it is for {string.Join(", ", presets.SelectMany(p => p.Modes.Keys))}");
            var recipe = own;
            if (preset is not null) recipe = Change(recipe, preset.Modes[name], $"preset {preset.Name}", anyKey: true);
            recipe = Change(recipe, all, "the command line", anyKey: true);
            recipe = name switch
            {
                Discrete => recipe with { ThinkingLaw = LawOfDiscrete },
                Soft => Under(LawOfSoft),
                SoftNoise => Under(Noisy(recipe)),
                _ => recipe,
            };
            return Change(recipe, ofMode[name], $"the command line, {name}.", anyKey: false);

            // What the recipe or a preset says of another law is not said of this one. What the command line says of all modes is
            // for those that read it, and refused later where none does.
            Recipe Under(string law)
            {
                var changed = law != LawOf(recipe);
                var said = all.Select(KeyOf).ToHashSet();
                var foreign = changed ? StepLaws.Unread(law).Append("density_reduction").ToHashSet()
                    : preset?.Modes[name].Select(KeyOf).Intersect(StepLaws.Unread(law)).Except(said).ToHashSet() ?? [];
                var readers = asked.Contains(Own) || (name == Soft && asked.Contains(SoftNoise));
                return Without(recipe, readers ? foreign : foreign.Except(said)) with
                {
                    ThinkingLaw = law, EnableSoftThinking = true,
                };
            }
        }
    }

    private const string LawOfDiscrete = "none", LawOfSoft = "soft-thinking";

    /// <summary>Refuses a law for a mode that has its own.</summary>
    private static void RefuseLaws(string[] asked, IReadOnlyList<string> all, ILookup<string, string> ofMode)
    {
        var takes = asked.Any(m => m is Own or SoftNoise);
        foreach (var (mode, law) in new[] { (Discrete, LawOfDiscrete), (Soft, LawOfSoft) })
        {
            if (!asked.Contains(mode)) continue;
            if (Laws(ofMode[mode]).FirstOrDefault(l => l != law) is { } own)
                throw new UserError($"{mode}.thinking_law={own}: the mode {mode} is thinking_law {law}: leave it out, or ask "
                    + $"for the mode own with own.thinking_law={own}");
            if (!takes && Laws(all).FirstOrDefault(l => l != law) is { } other)
                throw new UserError($"thinking_law={other}: the mode {mode} is thinking_law {law}: leave it out, or ask for the "
                    + "mode own with --modes");
        }

        static IEnumerable<string> Laws(IEnumerable<string> changes) =>
            changes.Where(c => KeyOf(c) == "thinking_law").Select(c => c[(c.IndexOf('=') + 1)..]);
    }

    /// <summary>The key of a change by its first name; as it was written where there is none.</summary>
    private static string KeyOf(string change) =>
        change.Split('=')[0] is var name && RecipeReader.Find(name) is { } key ? key.Name : name;

    private static Recipe Without(Recipe recipe, IEnumerable<string> keys)
    {
        var copy = recipe with { };
        foreach (var key in keys) RecipeReader.Find(key)!.Property.SetValue(copy, null);
        return copy;
    }

    private static string LawOf(Recipe recipe) => recipe.EnableSoftThinking
        ? recipe.ThinkingLaw ?? Methods.Get(recipe.Algorithm).Law ?? "none"
        : "none";

    /// <summary>The recipe's own law where it has noise, else the paper's.</summary>
    private static string Noisy(Recipe recipe)
    {
        var law = recipe.ThinkingLaw ?? Methods.Get(recipe.Algorithm).Law ?? "none";
        return law == "none" || StepLaws.Make(law, new LawSettings()) is SoftThinking or { ThinksBlank: true }
            ? "gumbel-softmax"
            : law;
    }

    private static Recipe Change(Recipe recipe, IEnumerable<string> changes, string where, bool anyKey)
    {
        var (problems, seen) = (new List<string>(), new Dictionary<string, string>());
        foreach (var change in changes)
        {
            var at = change.IndexOf('=');
            if (at <= 0) problems.Add($"'{change}' on {where}: expected key=value");
            else if (!anyKey && RecipeReader.Find(change[..at]) is { } key && !Keys.Contains(key.Name))
                problems.Add($"{where}{key.Name}: modes differ in how answers are drawn only; give {key.Name} for all of them");
            else recipe = RecipeReader.Set(recipe, change[..at], change[(at + 1)..], where, seen, problems);
        }
        return problems.Count == 0 ? recipe : throw new UserError(string.Join(Environment.NewLine, problems));
    }
}
