namespace Softly.Tasks;

/// <summary>
/// DAPO's soft punishment of overlong answers (arXiv 2503.14476, eq. 13) as a reward of its own: 0 until the last
/// <see cref="Buffer"/> tokens before the limit, then linearly down to −<see cref="Penalty"/> at the limit.
/// </summary>
public sealed class OverlongReward : IReward
{
    /// <inheritdoc />
    public string Name { get; init; } = "overlong";

    /// <summary>The last tokens before the limit, in which the punishment grows.</summary>
    public int Buffer { get; init; }

    /// <summary>What an answer that reaches the limit loses. Default 1.</summary>
    public double Penalty { get; init; } = 1;

    /// <inheritdoc />
    public string? Problem => Buffer < 1 ? "needs the tokens before the limit that are punished: overlong(buffer=100)"
        : !(Penalty > 0) ? $"penalty {Penalty} must be above 0, it is taken off"
        : null;

    /// <inheritdoc />
    public double Score(RewardContext context) =>
        -Penalty * Math.Clamp((context.Length - (context.Limit - Buffer)) / (double)Buffer, 0, 1);
}
