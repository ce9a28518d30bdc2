namespace Softly.Tasks;

/// <summary>
/// The cosine-scaled reward (arXiv 2502.03373, with TRL's and open-r1's numbers): right answers are worth less the
/// longer they are, wrong ones cost less. From a at length 0 to b at <see cref="MaxLen"/> it is b + ½ (a − b)(1 + cos(π ·
/// length / max_len)), with a and b the most and the least of the verdict's range, the other way round for wrong answers.
/// </summary>
public sealed class CosineReward : IReward
{
    /// <inheritdoc />
    public string Name { get; init; } = "cosine";

    /// <summary>Of a right answer at length 0.</summary>
    public double MaxValueCorrect { get; init; } = 1;

    /// <summary>Of a right answer at the longest.</summary>
    public double MinValueCorrect { get; init; } = 0.5;

    /// <summary>Of a wrong answer at the longest.</summary>
    public double MaxValueWrong { get; init; } = -0.5;

    /// <summary>Of a wrong answer at length 0.</summary>
    public double MinValueWrong { get; init; } = -1;

    /// <summary>The longest in tokens; 0 (the default) for the limit. Longer ones count as this long.</summary>
    public int MaxLen { get; init; }

    /// <summary>Which tokens count. Default all.</summary>
    public LengthPart Part { get; init; } = LengthPart.Whole;

    /// <inheritdoc />
    public bool GoesByVerdict => true;

    /// <inheritdoc />
    public string? Problem => MaxLen < 0 ? $"max_len {MaxLen} must be at least 0"
        : MinValueCorrect > MaxValueCorrect ? "min_value_correct is above max_value_correct"
        : MinValueWrong > MaxValueWrong ? "min_value_wrong is above max_value_wrong"
        : null;

    /// <inheritdoc />
    public double Score(RewardContext context)
    {
        if (context.Grade.Verdict == Verdict.Failed) throw new VerifierFailedException(context.Grade.Reason);
        var right = context.Grade.Verdict == Verdict.Right;
        var (a, b) = right ? (MaxValueCorrect, MinValueCorrect) : (MinValueWrong, MaxValueWrong);
        double most = MaxLen > 0 ? MaxLen : context.Limit;
        return b + 0.5 * (a - b) * (1 + Math.Cos(Math.PI * Math.Min(1, Part.Of(context) / most)));
    }
}
