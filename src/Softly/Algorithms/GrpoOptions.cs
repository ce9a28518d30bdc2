namespace Softly.Algorithms;

/// <summary>The knobs that GRPO and SofT-GRPO share. Each algorithm's own <c>Defaults</c> is its vetted setting.</summary>
public sealed record GrpoOptions
{
    /// <summary>
    /// Divides advantages by the group's deviation (GRPO) or not (Dr. GRPO). Ignored where <see cref="PassAt"/> is above 1.
    /// </summary>
    public bool ScaleByDeviation { get; init; } = true;

    /// <summary>Added to the deviation. TRL's is 1e-4; the SofT-GRPO code's 1e-6.</summary>
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>The k of the pass@k objective; 1 (the default) is the plain group advantage.</summary>
    public int PassAt { get; init; } = 1;

    /// <summary>The ratio is held above 1 − this. Default 0.2.</summary>
    public double EpsilonLow { get; init; } = 0.2;

    /// <summary>The ratio is held below 1 + this. Default 0.2; DAPO's clip-higher is 0.28.</summary>
    public double EpsilonHigh { get; init; } = 0.2;

    /// <summary>The dual clip's bound for negative advantages; null (the default) for none. The SofT-GRPO code uses 3.</summary>
    public double? DualClip { get; init; }

    /// <summary>
    /// Weight of the k3 divergence from the frozen start; 0 (the default) holds no reference. The paper's is 0.001.
    /// </summary>
    public double Beta { get; init; }
}
