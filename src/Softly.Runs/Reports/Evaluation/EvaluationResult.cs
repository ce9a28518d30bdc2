namespace Softly.Runs.Reports;

/// <summary>A difference of two parts in one quantity, paired by problem.</summary>
/// <param name="Quantity">Such as <c>pass@1</c>, <c>maj@16</c> or <c>tokens</c>.</param>
/// <param name="Value">Subject minus other, with its 95 % interval.</param>
/// <param name="Unit">Of the value, in the plural; shares are in points, which is hundredths.</param>
public sealed record PairedDifference(string Quantity, Estimate Value, string Unit);

/// <summary>Two parts of the same benchmark, compared problem by problem.</summary>
/// <param name="Benchmark">What both answered.</param>
/// <param name="Subject">The one the sentences are about.</param>
/// <param name="Other">The one it is compared with.</param>
/// <param name="Problems">Problems that both answered.</param>
/// <param name="Seeds">Evaluations of each side, paired in their order.</param>
/// <param name="Differences">Subject minus other.</param>
/// <param name="Remarks">What a reader should know before believing them.</param>
public sealed record PartComparison(
    string Benchmark, string Subject, string Other, int Problems, int Seeds, IReadOnlyList<PairedDifference> Differences,
    IReadOnlyList<string> Remarks);

/// <summary>An answer to look at.</summary>
/// <param name="Part">Benchmark and mode.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="Sample">What came.</param>
public sealed record AnswerExample(string Part, string Question, string Reference, SampleRecord Sample);

/// <summary>Everything a report on an evaluation shows.</summary>
public sealed record EvaluationResult
{
    /// <summary>The title.</summary>
    public required string Name { get; init; }

    /// <summary>How to make it again.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>What decided the numbers, in reading order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>The parts, benchmark by benchmark.</summary>
    public required IReadOnlyList<PartSummary> Parts { get; init; }

    /// <summary>Paired differences between parts.</summary>
    public IReadOnlyList<PartComparison> Comparisons { get; init; } = [];

    /// <summary>What the thoughts of parts are worth; empty where nobody asked.</summary>
    public IReadOnlyList<PartAudit> Audits { get; init; } = [];

    /// <summary>A few answers.</summary>
    public IReadOnlyList<AnswerExample> Examples { get; init; } = [];
}
