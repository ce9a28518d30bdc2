using Softly.Runs;
using Softly.Tasks.Statistics;

namespace Softly.Cli.Evaluating;

/// <summary>From the samples of a part to its estimates with intervals.</summary>
internal static class Summaries
{
    /// <summary>What is told of answers besides their verdicts, in reading order; each is averaged a problem, then over problems.</summary>
    private static readonly (string Name, bool Share, Func<Answers, double> Of)[] Quantities =
    [
        ("tokens", false, a => a.Mean(s => s.Tokens)),
        ("thought_tokens", false, a => a.Mean(s => s.ThoughtTokens)),
        ("answer_tokens", false, a => a.Mean(s => s.Tokens - s.ThoughtTokens)),
        ("tokens_right", false, a => a.Mean(s => s.IsRight ? s.Tokens : null)),
        ("tokens_solved", false, a => a.Right.Any(r => r) ? a.Mean(s => s.Tokens) : double.NaN),
        ("truncated", true, a => a.Mean(s => s.IsTruncated ? 1 : 0)),
        ("no_answer", true, a => a.Mean(s => s.Verdict == "no_answer" ? 1 : 0)),
        ("distinct_answers", false, a => a.Samples.Count == 0 ? double.NaN
            : a.Samples.Select(s => s.AnswerClass).OfType<int>().Distinct().Count()),
        ("repeated", true, a => a.Samples.Count == 0 ? double.NaN
            : 1 - a.Samples.Select(s => s.Completion).Distinct().Count() / (double)a.Samples.Count),
        ("entropy", false, a => a.Mean(s => s.Entropy)),
        ("first_entropy", false, a => a.Mean(s => s.FirstEntropy)),
    ];

    /// <summary>The k that are told where none are asked: powers of 2 up to n, and n.</summary>
    public static IReadOnlyList<int> Ks(int samples) =>
        [.. Enumerable.Range(0, 31).Select(i => 1 << i).TakeWhile(k => k < samples), samples];

    /// <summary>A part's estimates.</summary>
    /// <param name="benchmark">What was answered.</param>
    /// <param name="mode">How.</param>
    /// <param name="samples">All answers.</param>
    /// <param name="perProblem">n.</param>
    /// <param name="guess">The chance that a guess is right, by problem; null where there is no such chance.</param>
    /// <param name="ks">Each at most n; null for <see cref="Ks"/>.</param>
    public static PartSummary Of(
        string benchmark, string mode, IReadOnlyList<SampleRecord> samples, int perProblem,
        IReadOnlyDictionary<string, double>? guess = null, IReadOnlyList<int>? ks = null)
    {
        var problems = Answers.Of(samples);
        ks ??= Ks(perProblem);
        var chances = guess is null ? null : problems.Select(p => guess[p.ProblemId]).ToList();
        return new PartSummary
        {
            Benchmark = benchmark,
            Mode = mode,
            Problems = problems.Count,
            Samples = perProblem,
            PassAtK = [.. ks.Select(k => new PassAt(
                k, Mean(problems, p => p.Pass(k)), chances is null ? null : GuessCurve.At(k, chances)))],
            FirstK = [.. ks.Select(k => new PassAt(k, Mean(problems, p => p.First(k))))],
            MajorityAtK = [.. ks.Select(k => new PassAt(k, Mean(problems, p => p.Majority(k))))],
            Mean = Mean(problems, p => p.Mean(s => s.Score)),
            Verdicts = samples.GroupBy(s => s.Verdict).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Count()),
            Quantities = Quantities.Select(q => (q.Name, Value: Mean(problems, q.Of, q.Share))).Where(q => double.IsFinite(q.Value.Value))
                .ToDictionary(q => q.Name, q => q.Value),
        };
    }

    /// <summary>The mean over the problems that have a value, with its interval; NaN where none has.</summary>
    private static Estimate Mean(IReadOnlyList<Answers> problems, Func<Answers, double> of, bool share = true)
    {
        var values = problems.Select(of).Where(double.IsFinite).ToList();
        if (values.Count == 0) return Estimate.Exact(double.NaN);
        var interval = share ? Bootstrap.Share(values) : Bootstrap.Mean(values);
        return new Estimate(interval.Estimate, interval.Low, interval.High);
    }
}
