using Softly.Rollouts;

namespace Softly.Training;

/// <summary>What one step draws.</summary>
/// <param name="Groups">What is trained on.</param>
/// <param name="Drawn">All that was drawn for it, graded; more where groups without spread were replaced.</param>
/// <param name="Time">What drawing and grading took.</param>
public sealed record Drawing(IReadOnlyList<RolloutGroup> Groups, IReadOnlyList<RolloutGroup> Drawn, TimeSpan Time)
{
    /// <summary>Updates that the policy has had since: 0, or 1 where it was drawn beside an update.</summary>
    public int Age { get; init; }
}
