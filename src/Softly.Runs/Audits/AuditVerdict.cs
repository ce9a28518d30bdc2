using Softly.Runs.Reports;

namespace Softly.Runs;

/// <summary>What an audit finds of thoughts.</summary>
public enum AuditFinding
{
    /// <summary>The differences leave it open.</summary>
    Open,

    /// <summary>Other thoughts do as well.</summary>
    Dead,

    /// <summary>Own thoughts are better, but by no more than the margin.</summary>
    Little,

    /// <summary>Own thoughts are better.</summary>
    Alive,
}

/// <summary>What an audit finds of winners; told of thoughts that are not dead.</summary>
public enum WinnerFinding
{
    /// <summary>Not told: not measured, the thoughts are dead, or the difference leaves it open.</summary>
    Open,

    /// <summary>The winners alone do as well.</summary>
    Enough,

    /// <summary>The mixtures do better than their winners.</summary>
    NotEnough,
}

/// <summary>An audit's verdict in words. It looks at paired intervals and at nothing else.</summary>
/// <param name="Thoughts">Whether they are alive.</param>
/// <param name="Winners">Whether their winners are enough.</param>
/// <param name="Sentences">The same for readers, each beginning with a small letter.</param>
public sealed record AuditVerdict(AuditFinding Thoughts, WinnerFinding Winners, IReadOnlyList<string> Sentences)
{
    /// <summary>The margin below which a difference does not matter: 2 points.</summary>
    public const double Margin = 0.02;

    /// <summary>The verdict of differences of pass@1, own thoughts minus others. With m the margin:</summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item>alive: above random ones and above blank or another problem's, each with its whole interval above 0, and not
    /// <i>little</i>; little: the same, where the difference to random ones lies below m;</item>
    /// <item>dead: the interval to random ones lies below m and reaches 0 or less; or the intervals to blank ones and to another
    /// problem's both do, so that random ones are merely harmful;</item>
    /// <item>open: everything else, also where an interval is missing (one problem);</item>
    /// <item>of alive and little ones: more than their winners, where the interval of own minus winners lies above 0; else their
    /// winners are enough where it lies below m.</item>
    /// </list>
    /// </remarks>
    /// <param name="problems">N: how many problems the differences are of.</param>
    /// <param name="random">Own minus random ones, a share.</param>
    /// <param name="blank">Own minus blank ones; null where not measured.</param>
    /// <param name="another">Own minus another problem's; null where not measured.</param>
    /// <param name="winner">Own minus winners; null where not measured.</param>
    /// <param name="margin">m, a share.</param>
    public static AuditVerdict Of(
        int problems, Estimate random, Estimate? blank = null, Estimate? another = null, Estimate? winner = null,
        double margin = Margin)
    {
        var m = Numbers.Significant(100 * margin);
        var thoughts = Above(random) && (Above(blank) || Above(another))
            ? Below(random, margin) ? AuditFinding.Little : AuditFinding.Alive
            : Dead(random) || (Dead(blank) && Dead(another)) ? AuditFinding.Dead : AuditFinding.Open;
        var lives = thoughts is AuditFinding.Alive or AuditFinding.Little;
        var winners = !lives ? WinnerFinding.Open : Above(winner) ? WinnerFinding.NotEnough
            : Below(winner, margin) ? WinnerFinding.Enough : WinnerFinding.Open;
        List<string> words = [];
        words.Add(thoughts switch
        {
            AuditFinding.Alive or AuditFinding.Little =>
                $"the thoughts carry {(thoughts == AuditFinding.Alive ? "the answer" : $"a little, no more than {m} points")}: "
                + $"own ones are above random ones by {Points(random)} and above "
                + (Above(blank) ? $"blank ones by {Points(blank!.Value)}" : $"another problem's by {Points(another!.Value)}"),
            AuditFinding.Dead when Dead(random) =>
                $"the thoughts are dead: random ones do as well (own minus random {Points(random, signed: true)})",
            AuditFinding.Dead => "the thoughts are dead: blank ones and another problem's do as well "
                + $"(own minus blank {Points(blank!.Value, signed: true)}{Minus("another's", another)})",
            _ => "whether the thoughts carry the answer cannot be told with "
                + $"{problems:N0} problem{(problems == 1 ? "" : "s")} "
                + $"(own minus random {Points(random, signed: true)}{Minus("blank", blank)}{Minus("another's", another)})",
        });
        if (winners == WinnerFinding.NotEnough)
            words.Add($"the thoughts carry more than their winners: own minus winners {Points(winner!.Value, signed: true)}");
        if (winners == WinnerFinding.Enough)
            words.Add($"only the winner counts: single tokens do as well as the mixtures "
                + $"(own minus winners {Points(winner!.Value, signed: true)})");
        if (lives && winner is { } open && winners == WinnerFinding.Open)
            words.Add($"whether the mixtures carry more than their winners cannot be told with {problems:N0} problems "
                + $"(own minus winners {Points(open, signed: true)})");
        return new AuditVerdict(thoughts, winners, words);

        bool Dead(Estimate? d) => Below(d, margin) && d!.Value.Low <= 0;
    }

    private static bool Above(Estimate? difference) => difference is { HasInterval: true, Low: > 0 };

    private static bool Below(Estimate? difference, double margin) => difference is { HasInterval: true } d && d.High <= margin;

    private static string Minus(string name, Estimate? difference) =>
        difference is { } d ? $", minus {name} {Points(d, signed: true)}" : "";

    private static string Points(Estimate share, bool signed = false) => share.Times(100).Text(signed: signed) + " points";
}
