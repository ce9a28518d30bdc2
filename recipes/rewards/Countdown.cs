// Rewards of one's own for Countdown; docs/rewards.md walks through such a file. Known already are System,
// System.Collections.Generic, System.Linq and Softly.Tasks.

/// <summary>
/// How near the reply's value is to the target: 1 / (1 + distance). A reply that is no sum gets no verdict. Hackable, since it
/// does not ask which numbers were given: that is what accuracy is for.
/// </summary>
public sealed class NearMiss : IReward
{
    public string Name { get; init; } = "near_miss";

    /// <summary>A distance that is as good as none: near_miss(slack=1).</summary>
    public int Slack { get; init; }

    public string? Problem => Slack < 0 ? $"slack {Slack} must be at least 0" : null;

    public double Score(RewardContext context)
    {
        var target = int.Parse(context.Prompt.Split(' ')[^2]); // "2 6 9 56 :" asks for 56
        return Value(context.Reply?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []) is { } value
            ? 1 / (1 + Math.Max(0, Math.Abs(value - target) - Slack))
            : double.NaN;
    }

    /// <summary>From left to right; null where the words are no sum.</summary>
    private static double? Value(string[] words)
    {
        if (words.Length % 2 == 0 || !int.TryParse(words[0], out var first)) return null;
        double value = first;
        for (var i = 1; i < words.Length; i += 2)
        {
            if (!int.TryParse(words[i + 1], out var next)) return null;
            switch (words[i])
            {
                case "+": value += next; break;
                case "-": value -= next; break;
                case "*": value *= next; break;
                default: return null;
            }
        }
        return value;
    }
}

/// <summary>1 where nobody else in the group wrote the same: a reward that looks at the whole group.</summary>
public sealed class Original : IReward
{
    public string Name => "original";

    public double Score(RewardContext context) => context.Group.Count(other => other == context.Completion) == 1 ? 1 : 0;
}
