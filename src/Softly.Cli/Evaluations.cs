using Softly.Evaluation;
using Softly.Runs;
using Softly.Tasks;
using Softly.Tasks.Statistics;

namespace Softly.Cli;

/// <summary>From graded answers to the record that logs, tables and reports share.</summary>
internal static class Evaluations
{
    /// <summary>pass@k for these k, as far as there are samples.</summary>
    public static readonly int[] Ks = [1, 4, 16, 32];

    /// <summary>The number of answers that could not be judged, where there are some.</summary>
    public const string Failed = "verdicts/failed";

    /// <summary>Mean positions of an answer: thoughts, mark, answer and end, those put in counted.</summary>
    public const string Length = "completions/mean_length";

    /// <summary>Mean positions of a prompt, where known.</summary>
    public const string PromptLength = "prompts/mean_length";

    /// <summary>Mean positions attended to in an answer, summed over its positions, where known.</summary>
    public const string Context = "completions/mean_context";

    /// <summary>The same of a prompt.</summary>
    public const string PromptContext = "prompts/mean_context";

    /// <summary>
    /// Estimates with 95 % intervals over problems, and beside them what guessing gives. Answers that could not be judged are
    /// counted (<see cref="Failed"/>) and left out, and problems of which none is left; where nothing is, there are no estimates
    /// and the numbers are NaN.
    /// </summary>
    public static EvaluationRecord Record(
        string arm, string decoding, int step, ITask task, IReadOnlyList<ProblemResult> results, long? seed = null,
        IReadOnlyList<int>? ks = null)
    {
        var failed = results.Sum(r => r.Grades.Count(g => g.Verdict == Verdict.Failed));
        results = Judged(results);
        var samples = results.Select(r => r.Grades.Count).DefaultIfEmpty(0).Min();
        var chances = results.Select(r => task.GuessChance(r.Problem)).ToList();
        var guessing = chances.All(c => c is not null);
        var vote = Mean(results, r => MajorityIsRight(task, r) ? 1.0 : 0.0);
        return new EvaluationRecord
        {
            Arm = arm, Decoding = decoding, Step = step, Task = task.Name, Seed = seed,
            PassAtK = [.. (ks ?? Ks).Where(k => k <= samples)
                .Select(k => new PassAt(
                    k, Of(Bootstrap.Mean(PassPerProblem(results, k))),
                    guessing ? GuessCurve.At(k, chances.Select(c => c!.Value)) : null))],
            Problems = [.. results.Select(r => new ProblemCount(r.Problem.Id, r.Grades.Count, r.Right))],
            FirstThoughtEntropy = Mean(results, r => r.FirstEntropy),
            Numbers = new Dictionary<string, double>(
            [
                new(Length, Mean(results, r => r.MeanLength)),
                .. results.Count == 0 || results.Any(r => r.PromptLength == 0) ? Array.Empty<KeyValuePair<string, double>>() :
                [
                    new(PromptLength, Mean(results, r => r.PromptLength)), new(Context, Mean(results, r => r.MeanContext)),
                    new(PromptContext, Mean(results, r => r.PromptLength * (r.PromptLength + 1) / 2.0)),
                ],
                .. samples > 0 ? [new($"maj@{samples}", vote)] : Array.Empty<KeyValuePair<string, double>>(),
                .. failed > 0 ? [new(Failed, failed)] : Array.Empty<KeyValuePair<string, double>>(),
            ]),
        };
    }

    /// <summary>The problems with what could be judged of them; those of which nothing could are left out.</summary>
    public static IReadOnlyList<ProblemResult> Judged(IReadOnlyList<ProblemResult> results) =>
    [
        .. results.Select(r => r with { Grades = [.. r.Grades.Where(g => g.Verdict != Verdict.Failed)] })
            .Where(r => r.Grades.Count > 0),
    ];

    /// <summary>pass@k of every problem.</summary>
    public static double[] PassPerProblem(IReadOnlyList<ProblemResult> results, int k) =>
        [.. results.Select(r => PassAtK.Unbiased(r.Grades.Count, r.Right, k))];

    /// <summary>a − b at k, paired by problem.</summary>
    public static Estimate Difference(IReadOnlyList<ProblemResult> a, IReadOnlyList<ProblemResult> b, int k) =>
        Of(Bootstrap.ShareDifference([PassPerProblem(a, k)], [PassPerProblem(b, k)]));

    private static Estimate Of(Interval interval) => new(interval.Estimate, interval.Low, interval.High);

    private static double Mean(IReadOnlyList<ProblemResult> results, Func<ProblemResult, double> of) =>
        results.Select(of).DefaultIfEmpty(double.NaN).Average();

    private static bool MajorityIsRight(ITask task, ProblemResult result) =>
        MajorityVote.Winner(MajorityVote.Classes([.. result.Grades.Select(g => g.Extracted)], task.SameAnswer)) is { } winner
            && result.Grades[winner].Verdict == Verdict.Right;
}
