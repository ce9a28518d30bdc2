namespace Softly.Runs;

/// <summary>What stands before an answer that is drawn again: the conditions of an audit by name.</summary>
public static class AuditConditions
{
    /// <summary>The sample's own thoughts, as they were fed.</summary>
    public const string Own = "own";

    /// <summary>
    /// As many thoughts, each with its own weights on tokens drawn from all that any thought of the audit was made of, those that
    /// end thinking or the text left out.
    /// </summary>
    public const string Random = "random";

    /// <summary>The thoughts of a sample of another problem.</summary>
    public const string Another = "another";

    /// <summary>As many thoughts of nothing: zero vectors.</summary>
    public const string Blank = "blank";

    /// <summary>The winner of every thought, with weight 1.</summary>
    public const string Winner = "winner";

    /// <summary>The model thinks again without noise.</summary>
    public const string NoiseFree = "noise-free";

    /// <summary>What each is, for readers; in the order of reports.</summary>
    public static IReadOnlyDictionary<string, string> Meanings { get; } = new Dictionary<string, string>
    {
        [Own] = "the sample's own thoughts",
        [Random] = "the same weights on random tokens, from all that any thought here was made of (ending marks left out)",
        [Another] = "the thoughts of a sample of another problem",
        [Blank] = "zero vectors, as the blank law feeds them",
        [Winner] = "every thought's winner alone, with weight 1",
        [NoiseFree] = "thought again without noise, from the same kept tokens",
    };
}

/// <summary>Answers of one problem under one condition.</summary>
/// <param name="Judged">Those with a verdict.</param>
/// <param name="Right">Of these.</param>
public readonly record struct AuditCount(int Judged, int Right);

/// <summary>A problem of an audit.</summary>
/// <param name="Id">As the evaluation names it.</param>
/// <param name="Guess">The chance that a guess is right; null where there is no such chance.</param>
/// <param name="Counts">Its answers by condition.</param>
public sealed record AuditedProblem(string Id, double? Guess, IReadOnlyDictionary<string, AuditCount> Counts);

/// <summary>What thoughts at one position hold; means over problems, with intervals over problems.</summary>
/// <param name="Thoughts">How many thoughts.</param>
/// <param name="Mass">Share of the mixture on the words of the true set; NaN where no set is known.</param>
/// <param name="Coverage">Share of the set's words whose weight is above a quarter of 1 / size of the set; NaN as above.</param>
/// <param name="Effective">e^(entropy of the mixture that was fed): how many tokens it holds as if in equal shares.</param>
public sealed record ThoughtContent(int Thoughts, Estimate Mass, Estimate Coverage, Estimate Effective)
{
    /// <summary>1 − mass.</summary>
    public Estimate Leakage => new(1 - Mass.Value, 1 - Mass.High, 1 - Mass.Low);
}

/// <summary>The thoughts at one position.</summary>
/// <param name="Position">From 1; null for all positions together.</param>
/// <param name="SetSize">Mean number of words of the true set; NaN where none is known.</param>
/// <param name="Own">As drawn; null where there are none.</param>
/// <param name="NoiseFree">Thought again without noise; null where that was not done, or is the same.</param>
public sealed record AuditedPosition(int? Position, double SetSize, ThoughtContent? Own, ThoughtContent? NoiseFree);

/// <summary>Whether last thoughts put all right candidates above all wrong ones, and what that does for the answer.</summary>
/// <param name="Share">Of the samples, with its interval over problems.</param>
/// <param name="Ranked">Samples that do.</param>
/// <param name="RankedRight">Of these, those whose own answer is right.</param>
/// <param name="Unranked">Samples that do not.</param>
/// <param name="UnrankedRight">Of these, those whose own answer is right.</param>
public sealed record AuditRanking(Estimate Share, int Ranked, int RankedRight, int Unranked, int UnrankedRight);

/// <summary>An edge of a problem's graph.</summary>
public sealed record GraphEdge(string From, string To)
{
    /// <summary>The steps that may take it, from 1; null where all may.</summary>
    public IReadOnlyList<int>? Steps { get; init; }

    /// <summary>Whether a step may take it.</summary>
    /// <param name="step">From 1.</param>
    public bool IsOf(int step) => Steps is null || Steps.Contains(step);
}

/// <summary>A thought as a picture shows it.</summary>
/// <param name="Set">The words of its true set; empty where none is known.</param>
/// <param name="Weights">What was fed, heaviest first.</param>
public sealed record PicturedThought(IReadOnlyList<string> Set, IReadOnlyList<WordShare> Weights);

/// <summary>One sample's thoughts on its problem's graph.</summary>
/// <param name="ProblemId">The problem.</param>
/// <param name="Nodes">All states.</param>
/// <param name="Edges">Steps between them.</param>
/// <param name="Root">Where the search begins.</param>
/// <param name="Candidates">Words to choose from, group by group.</param>
/// <param name="Right">Those of them that are right.</param>
/// <param name="Thoughts">Thought by thought.</param>
public sealed record AuditPicture(
    string ProblemId, IReadOnlyList<string> Nodes, IReadOnlyList<GraphEdge> Edges, string Root,
    IReadOnlyList<IReadOnlyList<string>> Candidates, IReadOnlyList<string> Right, IReadOnlyList<PicturedThought> Thoughts)
{
    /// <summary>
    /// Whether thought t should hold where step t of the search has come; false where thoughts go another way, such as one path
    /// after the other, so that nothing leads from one's set to the next one's.
    /// </summary>
    public bool StepByStep { get; init; } = true;
}

/// <summary>
/// What the thoughts of one part of an evaluation are worth: its problems answered again after other thoughts, everything else
/// being the same.
/// </summary>
public sealed record PartAudit
{
    /// <summary>The benchmark's or task's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>How answers were drawn.</summary>
    public required string Mode { get; init; }

    /// <summary>How thoughts were drawn: the law's name, <c>none</c> for plain tokens.</summary>
    public required string Law { get; init; }

    /// <summary>n: samples a problem.</summary>
    public required int Samples { get; init; }

    /// <summary>Samples that were drawn, of all problems.</summary>
    public required int Asked { get; init; }

    /// <summary>Samples whose thinking did not end in time, or left no room for an answer. They are in no figure.</summary>
    public required int Unended { get; init; }

    /// <summary>Conditions that could not differ or could not be had, each with the reason.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>What a reader must know of single conditions, whole sentences.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What thoughts without noise are made of; null where there are none.</summary>
    public string? NoiseFree { get; init; }

    /// <summary>SHA-256 of the settings of the evaluation it belongs to; empty where it belongs to none.</summary>
    public string Settings { get; init; } = "";

    /// <summary>Problems with at least one sample, in their order.</summary>
    public required IReadOnlyList<AuditedProblem> Problems { get; init; }

    /// <summary>All positions together, then the first ones one by one.</summary>
    public required IReadOnlyList<AuditedPosition> Positions { get; init; }

    /// <summary>Null where the task does not tell candidates.</summary>
    public AuditRanking? Ranking { get; init; }

    /// <summary>The first sample that thought; null where the task draws no graph.</summary>
    public AuditPicture? Picture { get; init; }

    /// <summary>Estimates and the verdict, from <see cref="Problems"/>.</summary>
    public required AuditSummary Summary { get; init; }
}

/// <summary>pass@k under one condition.</summary>
public sealed record AuditedCondition(string Name, IReadOnlyList<PassAt> PassAtK);

/// <summary>pass@k after own thoughts minus that after others, paired by problem.</summary>
/// <param name="Other">The other condition.</param>
/// <param name="K">Of pass@k.</param>
/// <param name="Value">A share, with its interval over problems.</param>
public sealed record AuditDifference(string Other, int K, Estimate Value)
{
    /// <summary>Problems that have answers of both.</summary>
    public int Pairs { get; init; }
}

/// <summary>An audit's estimates, with intervals over problems, and what they say.</summary>
/// <param name="Conditions">Own first.</param>
/// <param name="Differences">Own minus each other.</param>
/// <param name="Verdict">From the differences at k = 1.</param>
public sealed record AuditSummary(
    IReadOnlyList<AuditedCondition> Conditions, IReadOnlyList<AuditDifference> Differences, AuditVerdict Verdict)
{
    /// <summary>Own minus another condition at k; null where it was not measured.</summary>
    public Estimate? Difference(string other, int k = 1) =>
        Differences.FirstOrDefault(d => d.Other == other && d.K == k)?.Value;
}
