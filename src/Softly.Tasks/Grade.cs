namespace Softly.Tasks;

/// <summary>What became of an answer; counted apart in the metrics, because each has another cure.</summary>
public enum Verdict
{
    /// <summary>The answer is right.</summary>
    Right,

    /// <summary>There is an answer, it was read, and it is wrong.</summary>
    Wrong,

    /// <summary>Nothing that claims to be an answer was found.</summary>
    NoAnswer,

    /// <summary>There is an answer, but it could not be read.</summary>
    Unparsable,

    /// <summary>Reading or comparing took more than its budget.</summary>
    OverBudget,

    /// <summary>
    /// The verifier itself could not judge: a fault of ours or of the machine, never of the answer. Its score is no number.
    /// </summary>
    Failed,
}

/// <summary>Verdicts in words.</summary>
public static class Verdicts
{
    /// <summary>A verdict as logs and metrics spell it, such as <c>no_answer</c>.</summary>
    public static string Name(this Verdict verdict) => verdict switch
    {
        Verdict.NoAnswer => "no_answer",
        Verdict.OverBudget => "over_budget",
        _ => verdict.ToString().ToLowerInvariant(),
    };
}

/// <summary>A score and the reason for it.</summary>
/// <param name="Score">The reward, usually 1 or 0.</param>
/// <param name="Verdict">What became of the answer.</param>
/// <param name="Reason">One clause for a reader of the rollout log.</param>
/// <param name="Extracted">The part of the completion that was taken as its answer; null where none was found.</param>
public readonly record struct Grade(double Score, Verdict Verdict, string Reason, string? Extracted = null);
