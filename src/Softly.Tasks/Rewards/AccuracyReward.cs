namespace Softly.Tasks;

/// <summary>
/// What a grader gives the completion: the task's own judgement, or that of another grader. Where the grader could not judge
/// there is no verdict, and a failure is counted.
/// </summary>
/// <param name="by">Another grader than the task's; null for the task's own.</param>
public sealed class AccuracyReward(IGrader? by = null) : IReward
{
    private readonly string? _name;

    /// <inheritdoc />
    public string Name
    {
        get => _name ?? (Grader is null ? "accuracy" : $"accuracy_{Grader}");
        init => _name = value;
    }

    /// <summary>The other grader's name; null for the task's own.</summary>
    public string? Grader { get; init; } = by?.Name;

    /// <inheritdoc />
    public bool GoesByVerdict => true;

    /// <inheritdoc />
    public string? Problem => by is null && Grader is not null ? $"the grader {Grader} was never looked up" : null;

    /// <inheritdoc />
    public double Score(RewardContext context)
    {
        var grade = by?.Grade(context.Problem, context.Completion) ?? context.Grade;
        return grade.Verdict == Verdict.Failed ? throw new VerifierFailedException(grade.Reason) : grade.Score;
    }
}
