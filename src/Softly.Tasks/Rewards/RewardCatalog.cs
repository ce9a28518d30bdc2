namespace Softly.Tasks;

/// <summary>The built-in rewards by name.</summary>
public static class RewardCatalog
{
    private static readonly Dictionary<string, Func<IReward>> Makers = new()
    {
        ["accuracy"] = () => new AccuracyReward(),
        ["code"] = () => new AccuracyReward(),
        ["format"] = () => new FormatReward(),
        ["length"] = () => new LengthReward(),
        ["cosine"] = () => new CosineReward(),
        ["overlong"] = () => new OverlongReward(),
        ["repetition_penalty"] = () => new RepetitionReward(),
    };

    /// <summary>What TRL and open-r1 call them.</summary>
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["accuracy_reward"] = "accuracy", ["think_format_reward"] = "format", ["format_reward"] = "format",
        ["cosine_scaled"] = "cosine", ["soft_overlong_punishment"] = "overlong", ["soft_overlong_punishment_reward"] = "overlong",
        ["repetition"] = "repetition_penalty",
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Makers.Keys];

    /// <summary>A built-in reward as a recipe names it.</summary>
    /// <param name="spec">Name and settings; <c>grader=…</c> of <c>accuracy</c> is looked up.</param>
    /// <param name="graders">Finds a grader by name, or throws <see cref="ArgumentException"/>.</param>
    /// <exception cref="ArgumentException">
    /// There is no such reward, grader or setting (the message has the nearest), or what is set does not fit together.
    /// </exception>
    public static IReward Make(RewardSpec spec, Func<string, IGrader> graders)
    {
        var name = Aliases.GetValueOrDefault(spec.Name, spec.Name);
        if (!Makers.TryGetValue(name, out var make))
            throw new ArgumentException($"there is no reward '{spec.Name}'"
                + (NearestName.Of(spec.Name, Names.Concat(Aliases.Keys)) is { } near ? $"; did you mean '{near}'?" : ".")
                + $" Rewards: {string.Join(", ", Names)}, or a file of your own: my/Reward.cs.");
        try
        {
            if (name == "code" && spec.Settings.Any(s => s.Key == "grader"))
                throw new ArgumentException("it goes by the grader code: leave grader out, or use accuracy(grader=…)");
            // A grader is looked up before the reward is made: the rest are plain settings.
            var grader = name == "code" ? name : spec.Settings.FirstOrDefault(s => name == "accuracy" && s.Key == "grader").Value;
            var reward = grader is null ? make()
                : new AccuracyReward(graders(grader)) { Name = name == "code" ? name : $"accuracy_{grader}" };
            RewardSettings.Apply(reward, spec.Settings);
            return reward;
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{spec.Name}: {e.Message}", e);
        }
    }
}
