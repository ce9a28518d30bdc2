namespace Softly.Cli.Benches;

/// <summary>A number that is compared: with what is asked, with what others reach, and from run to run. Always a ratio.</summary>
/// <param name="Name">What it is, the same in every run.</param>
/// <param name="Value">By the best times.</param>
/// <param name="Median">By the medians.</param>
internal sealed record Figure(string Name, double Value, double Median)
{
    /// <summary>How the value is shown: <c>×</c> or <c>%</c>.</summary>
    public string Unit { get; init; } = "×";

    public bool HigherIsBetter { get; init; } = true;

    /// <summary>What is asked of it; null where nothing is.</summary>
    public double? Asked { get; init; }

    /// <summary>What others reach.</summary>
    public string? Others { get; init; }

    /// <summary>The absolute numbers behind it.</summary>
    public string? Behind { get; init; }

    /// <summary>Whether it is what is asked; null where nothing is.</summary>
    public bool? Met => Asked is { } asked ? HigherIsBetter ? Value >= asked : Value <= asked : null;

    public string Show(double value) =>
        Unit == "%" ? $"{100 * value:0.#} %" : value is > 0 and < 0.1 ? $"{value:0.000}" : $"{value:0.00}";
}
