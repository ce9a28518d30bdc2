using Softly.Runs.Reports;

namespace Softly.Runs;

/// <summary>What an audit finds of thoughts.</summary>
public enum AuditFinding
{
    /// <summary>The differences leave it open.</summary>
    Open,

    /// <summary>Other thoughts do as well.</summary>
    Dead,

    /// <summary>Own thoughts are better than all others, but than some by no more than the margin.</summary>
    Little,

    /// <summary>Own thoughts are better than all others.</summary>
    Alive,
}

/// <summary>What an audit finds of winners; told of thoughts that carry something.</summary>
public enum WinnerFinding
{
    /// <summary>Not told: not measured, the thoughts are not alive, or the difference leaves it open.</summary>
    Open,

    /// <summary>The winners alone do as well.</summary>
    Enough,

    /// <summary>The mixtures do better than their winners, but by no more than the margin.</summary>
    Little,

    /// <summary>The mixtures do better than their winners.</summary>
    NotEnough,
}

/// <summary>An audit's verdict in words. It looks at paired intervals and their numbers of pairs, and at nothing else.</summary>
/// <param name="Thoughts">Whether they are alive.</param>
/// <param name="Winners">Whether their winners are enough.</param>
/// <param name="Sentences">The same for readers, each beginning with a small letter.</param>
public sealed record AuditVerdict(AuditFinding Thoughts, WinnerFinding Winners, IReadOnlyList<string> Sentences)
{
    /// <summary>The margin below which a difference does not matter: 2 points.</summary>
    public const double Margin = 0.02;

    /// <summary>
    /// Pairs from which an interval above 0 counts: of fewer, all may differ one way by chance (2 · 0.5^5 is above 0.05).
    /// </summary>
    public const int LeastPairs = 6;

    /// <summary>Conditions that own thoughts must all be better than, with what they are called in sentences.</summary>
    private static readonly (string Condition, string Thoughts)[] Others =
    [
        (AuditConditions.Random, "random ones"), (AuditConditions.Blank, "blank ones"),
        (AuditConditions.Another, "another problem's"),
    ];

    /// <summary>
    /// Pairs from which an interval below a margin counts. Where all of N problems show no difference, up to 1 − 0.025^(1/N) of
    /// all problems may still have one (Clopper and Pearson 1934): a percentile bootstrap does not know of these.
    /// </summary>
    /// <param name="margin">A share in (0, 1).</param>
    /// <returns>183 for 2 points.</returns>
    public static int PairsFor(double margin) => (int)Math.Ceiling(Math.Log(0.025) / Math.Log(1 - margin));

    /// <summary>The verdict of differences of pass@1, own thoughts minus others. With m the margin:</summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item>a difference lies above 0 where its whole interval does, with 6 pairs or more;</item>
    /// <item>it lies below m where its whole interval does, with <see cref="PairsFor"/> m pairs or more; others <i>do as well</i>
    /// where it lies below m and not above 0, and better by <i>a little</i> where it lies below m and above 0;</item>
    /// <item>dead: random, blank or another problem's thoughts do as well, one of them being enough;</item>
    /// <item>alive: own − random lies above 0, and so does each measured one of own − blank and own − another, at least one of
    /// which was measured; little: the same, where one of them lies below m;</item>
    /// <item>open: everything else, also where an interval is missing (one problem);</item>
    /// <item>of alive and little ones: their winners are enough where they do as well; more than their winners where own −
    /// winners lies above 0, and little more where it lies below m besides.</item>
    /// </list>
    /// </remarks>
    /// <param name="problems">How many problems were audited, for the reader.</param>
    /// <param name="differences">As measured; those at k = 1 are looked at.</param>
    /// <param name="margin">m, a share.</param>
    public static AuditVerdict Of(int problems, IReadOnlyList<AuditDifference> differences, double margin = Margin)
    {
        var least = PairsFor(margin);
        List<(string Condition, string Thoughts, AuditDifference By)> others =
            [.. Others.Select(o => (o.Condition, o.Thoughts, By: Find(o.Condition)!)).Where(o => o.By is not null)];
        var asWell = others.Where(o => AsWell(o.By)).ToList();
        var carry = others.Count > 1 && others[0].Condition == AuditConditions.Random && others.All(o => Above(o.By));
        var thoughts = asWell.Count > 0 ? AuditFinding.Dead : !carry ? AuditFinding.Open
            : others.Any(o => Below(o.By)) ? AuditFinding.Little : AuditFinding.Alive;
        var winners = Find(AuditConditions.Winner) is not { } winner || !carry ? WinnerFinding.Open
            : AsWell(winner) ? WinnerFinding.Enough : !Above(winner) ? WinnerFinding.Open
            : Below(winner) ? WinnerFinding.Little : WinnerFinding.NotEnough;
        var m = Numbers.Significant(100 * margin);
        List<string> words =
        [
            thoughts switch
            {
                AuditFinding.Dead => "the thoughts are dead: "
                    + $"{List(asWell.Select(o => o.Thoughts))} do as well ({Minus(asWell)})",
                AuditFinding.Open => $"whether the thoughts carry the answer cannot be told with {Problems(problems)}"
                    + (others.Count > 0 ? $" ({Minus(others)})" : "")
                    + (others.Any(o => o.By.Value is { HasInterval: true, Low: <= 0 } d && d.High <= margin)
                        ? $": that others do as well is told from {least:N0} problems on" : ""),
                _ => $"the thoughts carry {(thoughts == AuditFinding.Alive ? "the answer" : $"a little ({Little(others, m)})")}: "
                    + "own ones are " + List(others.Select(o => $"above {o.Thoughts} by {Points(o.By.Value)}")),
            },
        ];
        if (carry && Find(AuditConditions.Winner) is { } by)
            words.Add(winners switch
            {
                WinnerFinding.NotEnough => "the thoughts carry more than their winners: ",
                WinnerFinding.Little => $"the thoughts carry a little more than their winners, no more than {m} points: ",
                WinnerFinding.Enough => "only the winner counts, single tokens do as well as the mixtures: ",
                _ => $"whether the mixtures carry more than their winners cannot be told with {Problems(problems)}: ",
            } + $"own minus winners {Points(by.Value, signed: true)}");
        return new AuditVerdict(thoughts, winners, words);

        AuditDifference? Find(string other) => differences.FirstOrDefault(d => d.Other == other && d.K == 1);

        bool Below(AuditDifference d) => d.Value.HasInterval && d.Value.High <= margin && d.Pairs >= least;

        bool AsWell(AuditDifference d) => Below(d) && d.Value.Low <= 0;

        string Little(List<(string, string Thoughts, AuditDifference By)> all, string points) =>
            $"no more than {points} points against {List(all.Where(o => Below(o.By)).Select(o => o.Thoughts))}";
    }

    /// <summary>The verdict where no answer after own thoughts could be judged.</summary>
    public static AuditVerdict OfNothing { get; } = new(
        AuditFinding.Open, WinnerFinding.Open,
        ["nothing could be judged: the grader failed on every answer after own thoughts"]);

    private static bool Above(AuditDifference d) => d.Value is { HasInterval: true, Low: > 0 } && d.Pairs >= LeastPairs;

    private static string Problems(int count) => $"{count:N0} problem{(count == 1 ? "" : "s")}";

    private static string Minus(IEnumerable<(string Condition, string, AuditDifference By)> others) => "own "
        + string.Join(", ", others.Select(o => $"minus {o.Condition} {Points(o.By.Value, signed: true)}"));

    private static string List(IEnumerable<string> items) => items.ToList() is [.. { Count: > 0 } first, var last]
        ? $"{string.Join(", ", first)} and {last}" : items.Single();

    private static string Points(Estimate share, bool signed = false) => share.Times(100).Text(signed: signed) + " points";
}
