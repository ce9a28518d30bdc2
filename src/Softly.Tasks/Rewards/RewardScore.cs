namespace Softly.Tasks;

/// <summary>What came of asking a reward.</summary>
public enum RewardOutcome
{
    /// <summary>A finite number.</summary>
    Given,

    /// <summary>The reward had nothing to say of this completion.</summary>
    None,

    /// <summary>It threw, or what it gave was infinite.</summary>
    Failed,

    /// <summary>It took longer than it may.</summary>
    Timeout,
}

/// <summary>What one reward gave one completion.</summary>
/// <param name="Value">The number; NaN where none was given.</param>
/// <param name="Outcome">Why there is one, or none.</param>
/// <param name="Reason">One clause for the log where it failed; else null.</param>
public readonly record struct RewardScore(double Value, RewardOutcome Outcome, string? Reason = null)
{
    /// <summary>Whether nobody knows what it would have given: it failed, or took too long.</summary>
    public bool IsBroken => Outcome is RewardOutcome.Failed or RewardOutcome.Timeout;

    /// <summary>
    /// F numbers as they are added up. Where one of them broke all are NaN: the rest alone is another reward than the one that
    /// the other completions are compared by.
    /// </summary>
    public static double[] Values(IReadOnlyList<RewardScore> rewards) =>
        rewards.Any(r => r.IsBroken) ? [.. rewards.Select(_ => double.NaN)] : [.. rewards.Select(r => r.Value)];

    /// <summary>A number as it came, with what that means.</summary>
    public static RewardScore Of(double value) => double.IsNaN(value) ? new(value, RewardOutcome.None)
        : double.IsFinite(value) ? new(value, RewardOutcome.Given)
        : Failed($"it gave {value}");

    /// <summary>No number, because the reward failed.</summary>
    public static RewardScore Failed(string reason) => new(double.NaN, RewardOutcome.Failed, reason);
}
