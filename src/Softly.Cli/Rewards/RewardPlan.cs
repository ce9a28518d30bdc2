using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Softly.Cli.Recipes;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Cli.Rewards;

/// <summary>
/// A recipe's keys as rewards. What is wrong is added to <paramref name="wrong"/>, each with its remedy.
/// </summary>
/// <param name="recipe">Names them.</param>
/// <param name="task">Whose own judgement is the reward where the recipe names none.</param>
/// <param name="graders">Finds a grader by name, or throws <see cref="ArgumentException"/>.</param>
/// <param name="wrong">What is wrong so far.</param>
internal sealed partial class RewardPlan(Recipe recipe, ITask task, Func<string, IGrader> graders, List<string> wrong)
{
    private readonly Dictionary<string, Assembly> _loaded = [];
    private bool _complete = true;

    /// <summary>The rewards, made and checked.</summary>
    public RewardOptions Make()
    {
        var options = new RewardOptions();
        if (recipe.RewardFuncs is not null || recipe.RewardWeights is not null)
            options = options with { Rewards = Weighed(recipe.RewardFuncs is null ? [.. options.Rewards] : Rewards()) };
        options = options with
        {
            Aggregation = recipe.MultiObjectiveAggregation == "normalize_then_sum"
                ? RewardAggregation.NormalizeThenSum
                : RewardAggregation.SumThenNormalize,
            Watching = Watching(options),
            TimeLimit = recipe.RewardTimeLimit is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, 1e6)) : options.TimeLimit,
            MostTimeouts = recipe.RewardTimeouts ?? options.MostTimeouts,
            Workers = recipe.Threads > 0 ? recipe.Threads : options.Workers,
            Bounds = new WatchBounds
            {
                Gap = recipe.WatchGap ?? options.Bounds.Gap, Share = recipe.WatchShare ?? options.Bounds.Share,
                Length = recipe.WatchLength, Duplicates = recipe.WatchDuplicates, Failed = recipe.WatchFailed,
            },
        };
        CheckUse(options);
        return options;
    }

    private List<WeighedReward> Rewards()
    {
        var rewards = new List<WeighedReward>();
        var before = wrong.Count;
        IReadOnlyList<RewardSpec> specs = [];
        try
        {
            specs = RewardSpec.Read(recipe.RewardFuncs!);
        }
        catch (ArgumentException e)
        {
            wrong.Add($"reward_funcs: {e.Message}");
        }
        foreach (var spec in specs)
            try
            {
                rewards.Add(RewardFile.Of(spec.Name) is { } file
                    ? new WeighedReward(Own(file, spec), Foreign: true)
                    : new WeighedReward(RewardCatalog.Make(spec, graders)));
            }
            catch (ArgumentException e)
            {
                wrong.Add($"reward_funcs: {e.Message}");
            }
            catch (Exception e) when (e is RewardException or UserError)
            {
                wrong.Add(e.Message); // begins with the file, and where it is one of C# with the line
            }
        foreach (var name in rewards.Select(r => r.Name).Where(n => !NameForm().IsMatch(n)))
            wrong.Add($"reward_funcs: '{name}' is no name for a reward: it may have letters, digits, _, - and .");
        foreach (var same in rewards.GroupBy(r => r.Name).Where(g => g.Count() > 1))
            wrong.Add($"reward_funcs: {same.Count()} rewards are called '{same.Key}': give one another name, "
                + $"as in {RewardSpec.Read(recipe.RewardFuncs!)[0].Name}(name=other)");
        _complete = wrong.Count == before;
        return rewards;
    }

    private IReward Own(RewardFile file, RewardSpec spec)
    {
        if (!_loaded.TryGetValue(file.Path, out var assembly)) _loaded[file.Path] = assembly = file.Load();
        var reward = RewardType.Make(assembly, file.Name, file.Path);
        try
        {
            RewardSettings.Apply(reward, spec.Settings);
        }
        catch (Exception e) // the settings' and the checks' code is theirs
        {
            throw new RewardException($"{spec.Name}: {(e is ArgumentException ? "" : e.GetType().Name + ": ")}{e.Message}");
        }
        return reward;
    }

    private List<WeighedReward> Weighed(List<WeighedReward> rewards)
    {
        if (recipe.RewardWeights is not { } text || !_complete) return rewards;
        var words = text.Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries);
        var weights = words.Select(w => double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out var x)
            && double.IsFinite(x) ? x : double.NaN).ToList();
        if (weights.FindIndex(double.IsNaN) is >= 0 and var bad)
            wrong.Add($"reward_weights: expected a number for each of reward_funcs, found '{words[bad]}'");
        else if (weights.Count != rewards.Count)
            wrong.Add($"reward_weights has {weights.Count} numbers for {rewards.Count} {(rewards.Count == 1 ? "reward" : "rewards")} "
                + $"({string.Join(", ", rewards.Select(r => r.Name))}): give each one");
        else if (weights.All(w => w == 0)) wrong.Add("reward_weights are all 0: nothing would be learned");
        else return [.. rewards.Zip(weights, (r, w) => r with { Weight = w })];
        return rewards;
    }

    private IGrader? Watching(RewardOptions options)
    {
        if (recipe.WatchGrader is not { } name) return null;
        var own = (task as JsonLinesTask)?.Grader ?? "task";
        if (name == "task") name = own;
        foreach (var reward in options.Rewards.Select(r => r.Reward))
            if (reward.GoesByVerdict && name == ((reward as AccuracyReward)?.Grader ?? own))
                wrong.Add($"watch_grader {recipe.WatchGrader} is what the reward {reward.Name} goes by, and would watch nothing: "
                    + "name another grader, or leave it out");
        try
        {
            return name == own ? new TaskGrader(task) : graders(name);
        }
        catch (ArgumentException e)
        {
            wrong.Add($"watch_grader: {e.Message}");
            return null;
        }
    }

    /// <summary>Adds every key that was given and would do nothing.</summary>
    private void CheckUse(RewardOptions options)
    {
        if (!options.Rewards.Any(r => r.Foreign) && RewardFile.In(recipe.RewardFuncs).Count == 0)
            foreach (var (key, given) in new[]
            {
                ("reward_time_limit", recipe.RewardTimeLimit is not null),
                ("reward_timeouts", recipe.RewardTimeouts is not null),
            })
                if (given)
                    wrong.Add($"{key} does nothing without rewards of your own: leave it out, or name a file in reward_funcs");
        if (recipe.WatchGap is not null && recipe.WatchGrader is null)
            wrong.Add("watch_gap does nothing without watch_grader: set that too, or leave it out");
        if (recipe.WatchShare is not null && options.Rewards.Count < 2)
            wrong.Add("watch_share does nothing with one reward: leave it out, or name several in reward_funcs");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z")]
    private static partial Regex NameForm();
}
