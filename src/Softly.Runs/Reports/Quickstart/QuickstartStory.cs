namespace Softly.Runs.Reports;

/// <summary>What a quickstart's page tells around its figures, which are laid out alike for all stories.</summary>
public sealed class QuickstartStory
{
    /// <summary>Three ways to train one model to think in soft tokens.</summary>
    public static QuickstartStory SoftTokens { get; } = new()
    {
        Title = "Softly quickstart: models that think in soft tokens",
        Opening = r => $"One small model of {r.WarmStart.Parameters:N0} weights was taught a task, then trained further in "
            + $"{r.Arms.Count} ways",
        Background = "What soft tokens are",
        Explanation = QuickstartWords.SoftTokens,
        Arms = QuickstartWords.Arms,
        RatesReading = QuickstartWords.RatesReading,
        ControlReading = QuickstartWords.ControlReading,
        Objective = QuickstartWords.Advantage,
    };

    /// <summary>Thoughts that carry a set against thoughts that are words.</summary>
    public static QuickstartStory Sets { get; } = new()
    {
        Title = "Softly quickstart: thoughts that carry a set",
        Opening = r => $"Two small models of {r.WarmStart.Parameters:N0} weights each were taught the same task: one to think in "
            + "words, one to think in sets. Then each was trained further by reinforcement learning",
        Background = "What a thought can carry",
        Explanation = SetsWords.Explanation,
        Arms = SetsWords.Arms,
        RatesReading = SetsWords.RatesReading,
        ControlReading = SetsWords.ControlReading,
        Conclusion = SetsWords.Conclusion,
    };

    private QuickstartStory()
    {
    }

    /// <summary>The page's title.</summary>
    public required string Title { get; init; }

    /// <summary>What was done, up to where.</summary>
    public required Func<QuickstartResult, string> Opening { get; init; }

    /// <summary>The heading of <see cref="Explanation"/>.</summary>
    public required string Background { get; init; }

    /// <summary>Paragraphs for those who do not know what this is about.</summary>
    public required IReadOnlyList<string> Explanation { get; init; }

    /// <summary>What was trained.</summary>
    public required IReadOnlyList<string> Arms { get; init; }

    /// <summary>How to read the figures of rates.</summary>
    public required string RatesReading { get; init; }

    /// <summary>How to read the differences to controls.</summary>
    public required string ControlReading { get; init; }

    /// <summary>How to change the objective; empty where it cannot be changed.</summary>
    public IReadOnlyList<string> Objective { get; init; } = [];

    /// <summary>What all of it means, in sentences that the figures choose; empty where the arms' own are enough.</summary>
    public Func<QuickstartResult, IReadOnlyList<string>> Conclusion { get; init; } = _ => [];
}
