namespace Softly.Tasks;

/// <summary>
/// How near a length is to the wanted one: 1 − |length − target| / spread, and 0 from there on. Over a range of targets from a
/// column of the data set it teaches to keep to a length that is asked for.
/// </summary>
public sealed class LengthReward : IReward
{
    /// <inheritdoc />
    public string Name { get; init; } = "length";

    /// <summary>The wanted length in tokens.</summary>
    public int Target { get; init; }

    /// <summary>A column with the wanted length of each problem, instead of <see cref="Target"/>.</summary>
    public string? TargetColumn { get; init; }

    /// <summary>So many tokens away nothing is given; 0 (the default) for as many as the target has.</summary>
    public int Spread { get; init; }

    /// <summary>Which tokens count. Default all.</summary>
    public LengthPart Part { get; init; } = LengthPart.Whole;

    /// <inheritdoc />
    public string? Problem => (Target < 1) == (TargetColumn is null)
        ? "needs the wanted length: length(target=100), or a column that has it: length(target_column=wanted)"
        : Spread < 0 ? $"spread {Spread} must be at least 0"
        : null;

    /// <inheritdoc />
    public double Score(RewardContext context)
    {
        var target = TargetColumn is null ? Target
            : int.TryParse(context.Column(TargetColumn), out var wanted) && wanted > 0 ? wanted
            : throw new FormatException(
                $"column '{TargetColumn}' of problem {context.Problem.Id} is no length: '{context.Column(TargetColumn)}'");
        double spread = Spread > 0 ? Spread : target;
        return Math.Max(0, 1 - Math.Abs(Part.Of(context) - target) / spread);
    }
}
