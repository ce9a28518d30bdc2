using Softly.Cli.Recipes;

namespace Softly.Cli.Evaluating;

/// <summary>Settings of an evaluation by name: changes of the recipe, for each mode that they are for.</summary>
/// <param name="Name">What a user calls it.</param>
/// <param name="About">What it is, in one clause.</param>
/// <param name="Modes">The changes of each mode, <c>key=value</c>.</param>
internal sealed record Preset(string Name, string About, IReadOnlyDictionary<string, string[]> Modes)
{
    private static readonly string[] Paper = ["eval_samples=32", "max_completion_length=32768"];

    private static readonly string[] Cool = ["temperature=0.6", "top_p=0.95", "top_k=30"];

    private static readonly string[] CoolAnswer =
        ["after_thinking_temperature=0.6", "after_thinking_top_p=0.95", "after_thinking_top_k=30"];

    /// <summary>Nothing else that a run's recipe may say of what is kept.</summary>
    private static readonly string[] Whole = ["max_topk=30", "min_p=0", "after_thinking_min_p=0"];

    /// <summary>All presets. The paper's are those of its evaluations (SofT-GRPO, arXiv 2511.06411).</summary>
    public static IReadOnlyList<Preset> All { get; } =
    [
        new("common", "one temperature and one kept set for all modes, so that they differ in what a thought is alone",
            new Dictionary<string, string[]>
            {
                [AnswerModes.Discrete] = [.. Cool, "min_p=0"],
                [AnswerModes.Soft] = [.. Cool, .. CoolAnswer, .. Whole],
                [AnswerModes.SoftNoise] =
                    [.. Cool, "gumbel_softmax_temperature=0.5", "noise_factor=1", .. CoolAnswer, .. Whole],
            }),
        new("paper-discrete", "the paper's, of untrained and discretely trained models",
            new Dictionary<string, string[]> { [AnswerModes.Discrete] = [.. Paper, .. Cool] }),
        new("paper-soft-gumbel", "the paper's, of the same models thinking softly",
            new Dictionary<string, string[]>
            {
                [AnswerModes.SoftNoise] =
                    [.. Paper, .. Cool, .. CoolAnswer, "max_topk=30", "thinking_law=gumbel-softmax", "noise_factor=1",
                        "gumbel_softmax_temperature=0.5"],
            }),
        new("paper-soft-grpo", "the paper's, of models trained with SofT-GRPO",
            new Dictionary<string, string[]>
            {
                [AnswerModes.SoftNoise] =
                    [.. Paper, "temperature=1", "top_p=0.95", "top_k=5", "max_topk=5", "thinking_law=gumbel-softmax",
                        "noise_factor=1", "gumbel_softmax_temperature=0.1", "after_thinking_temperature=1",
                        "after_thinking_top_p=0.95", "after_thinking_top_k=5"],
            }),
    ];

    /// <summary>Several presets, separated by commas, no two of them for one mode.</summary>
    /// <exception cref="UserError">A name is unknown, or two are for one mode.</exception>
    public static IReadOnlyList<Preset> Find(string names)
    {
        var presets = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            All.FirstOrDefault(p => p.Name == name) ?? throw new UserError(
                $"there is no preset '{name}'{RecipeReader.Nearest(name, All.Select(p => p.Name))} "
                + $"Presets: {string.Join(", ", All.Select(p => p.Name))}")).ToList();
        if (presets.SelectMany(p => p.Modes.Keys).GroupBy(m => m).FirstOrDefault(g => g.Count() > 1) is { } mode)
            throw new UserError($"presets {names} are both for the mode {mode.Key}: evaluate them in two folders");
        return presets;
    }
}
