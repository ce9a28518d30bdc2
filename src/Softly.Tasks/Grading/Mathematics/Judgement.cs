namespace Softly.Tasks.Mathematics;

/// <summary>What became of comparing two answers, and why.</summary>
/// <param name="Verdict">Right, wrong, unreadable or over budget.</param>
/// <param name="Rule">What decided, in a few words.</param>
/// <param name="Wanted">The reference answer as it was read, in plain notation; as it stands where it could not be read.</param>
/// <param name="Given">The given answer as it was read.</param>
/// <param name="Time">How long it took.</param>
public sealed record Judgement(Verdict Verdict, string Rule, string Wanted, string Given, TimeSpan Time)
{
    /// <summary>Whether the answer counts.</summary>
    public bool IsRight => Verdict == Verdict.Right;
}
