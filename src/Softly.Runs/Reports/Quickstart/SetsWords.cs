namespace Softly.Runs.Reports;

/// <summary>What the page about thoughts that carry a set explains, and what it concludes from its figures.</summary>
internal static class SetsWords
{
    /// <summary>The comparison that repeats this with several starts.</summary>
    public const string Comparison = "recipes/comparisons/sets-two.yaml";

    public static IReadOnlyList<string> Explanation { get; } =
    [
        "A problem is a graph, a root, and two groups of candidates. Of each group exactly one candidate can be "
        + "reached from the root in exactly three steps; the answer names both. Before it answers, the model thinks three "
        + "times.",
        "A thought that is a **word** names one node. Three of them are a path, and a path ends at one candidate: the other has "
        + "to be found without thoughts, or guessed. A **soft token** is a weighted mean of words. The first can hold all nodes "
        + "one step away, the second all that are two steps away, the third both answers: each is a **set**.",
        "So the two warm starts learned from worked solutions that think differently: in one a path to one of the two answers, "
        + "drawn at random; in the other the exact sets, with noise on their weights, so that thoughts of the model’s own are "
        + "nothing new to it. Graphs, updates, and the number of thoughts are the same for both.",
    ];

    public static IReadOnlyList<string> Arms { get; } =
    [
        "**grpo** goes on from the start that thinks in words. Every thought is one word, scored by its log-probability.",
        "**frontier-soft** goes on from the start that thinks in sets. Every thought is a mixture of the ten likeliest words "
        + "under Gumbel noise; its gradient scores which word came out heaviest, and a penalty keeps what it thinks near the "
        + "start’s.",
    ];

    public const string RatesReading =
        "Each line is one model that thinks as it was taught; k grows to the right by doublings, bars are 95 % intervals. The "
        + "dashed grey line is what random legal answers reach: only the height above it is skill. The lines differ in more than "
        + "one thing: mixtures are made of the ten likeliest words, single words are drawn from all. What the mixtures "
        + "themselves are worth is asked further down, where thoughts are exchanged.";

    public const string ControlReading =
        "After training frontier-soft is compared with grpo; before it the start that thinks in sets is compared with the one "
        + "that thinks in words. The answers of both are to the same problems.";

    private const string NoProof =
        "One warm start of each kind is no proof: the intervals say what other problems would have shown, not what other starts "
        + $"would have. `softly compare {Comparison}` makes five of each, and tells that.";

    /// <summary>
    /// Whether sets beat words here, after training and before it, at the smallest k and the largest, and what that does not
    /// prove.
    /// </summary>
    public static IReadOnlyList<string> Conclusion(QuickstartResult result)
    {
        return
        [
            .. result.Evaluations.Where(e => e.ToControl.Count > 0).OrderByDescending(IsTrained).Select(e => Judge(
                IsTrained(e) ? "After reinforcement learning," : "Before it,", e.ToControl.MinBy(d => d.K),
                e.ToControl.MaxBy(d => d.K))),
            NoProof,
        ];

        bool IsTrained(QuickstartEvaluation e) => result.Arms.Any(arm => arm.Name == e.Model);
    }

    private static string Judge(string when, PassDifference one, PassDifference many)
    {
        const string Sets = "thoughts that carry a set", Words = "thoughts that are words";
        return Verb(one) == Verb(many)
            ? $"{when} {Sets} {Verb(one)} {Words}: {Points(one)} points at pass@{one.K}"
                + (one.K == many.K ? "." : $", {Points(many)} at pass@{many.K}.")
            : $"{when} {Sets} {Verb(one)} {Words} at pass@{one.K} ({Points(one)} points), and {Verb(many)} them at pass@{many.K} "
                + $"({Points(many)} points).";
    }

    private static string Verb(PassDifference difference) => difference.Share is not { ExcludesZero: true, Low: var low }
        ? "cannot be told apart from"
        : low > 0 ? "are above" : "are below";

    private static string Points(PassDifference difference) => difference.Share.Times(100).Text(signed: true);
}
