using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Algorithms;

/// <summary>
/// Group relative policy optimisation (arXiv 2402.03300) on plain tokens: group advantage, clipped ratio per step, k3 to the
/// reference, and every step of the update weighs the same (the "dapo" aggregation of arXiv 2503.14476).
/// </summary>
/// <param name="options">The knobs; <see cref="Defaults"/> when null.</param>
public sealed class Grpo(GrpoOptions? options = null) : IAlgorithm
{
    /// <summary>TRL's defaults.</summary>
    public static GrpoOptions Defaults { get; } = new();

    private readonly GrpoOptions _options = options ?? Defaults;

    /// <inheritdoc />
    public string Name => "grpo";

    /// <inheritdoc />
    public StepLaw? Law => null;

    /// <inheritdoc />
    public bool NeedsReference => _options.Beta != 0;

    /// <inheritdoc />
    public ScoreNeeds Needs => ScoreNeeds.None;

    /// <inheritdoc />
    public IReadOnlyList<double[]> Advantages(IReadOnlyList<ScoredGroup> groups) =>
        [.. groups.Select(g => _options.PassAt > 1
            ? GroupAdvantage.PassAt(_options.PassAt, g.Rewards)
            : GroupAdvantage.Of(g.Rewards, _options.ScaleByDeviation, _options.AdvantageEpsilon))];

    /// <inheritdoc />
    public LossTerms Loss(StepScores scores, RolloutBatch batch, UpdateSize size) =>
        StepLoss.Of(scores.LogDensities, batch, _options, size.Steps);
}
