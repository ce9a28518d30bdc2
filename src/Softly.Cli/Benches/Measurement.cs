namespace Softly.Cli.Benches;

/// <summary>Something that was measured.</summary>
/// <param name="Name">What, the same in every run: files are compared by it.</param>
/// <param name="Threads">With so many threads.</param>
/// <param name="Seconds">How long one of it took.</param>
/// <param name="Work">What one of it is.</param>
internal sealed record Measurement(string Name, int Threads, Timing Seconds, Work Work)
{
    /// <summary>What it was measured with: model, engine, types, sizes.</summary>
    public IReadOnlyDictionary<string, string> Setting { get; init; } = new Dictionary<string, string>();

    /// <summary>Made with the sizes that something is asked of.</summary>
    public bool IsAsked { get; init; }

    /// <summary>Further numbers, whose names say their unit.</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; init; } = new Dictionary<string, double>();

    /// <summary>Tokens a second at the best.</summary>
    public double TokensPerSecond => Work.Tokens / Seconds.Best;
}

/// <summary>What a measurement's own process tells the one that asked for it: one of these a line.</summary>
internal sealed record Word
{
    public Measurement? Measured { get; init; }
    public Ceiling? Ceiling { get; init; }

    /// <summary>What is being done.</summary>
    public string? Doing { get; init; }

    /// <summary>Why it was not measured, with the remedy.</summary>
    public string? Skipped { get; init; }
}
