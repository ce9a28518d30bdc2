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

    /// <summary>Estimates with 95 % intervals over problems, and beside them what guessing gives.</summary>
    public static EvaluationRecord Record(
        string arm, string decoding, int step, ITask task, IReadOnlyList<ProblemResult> results, long? seed = null,
        IReadOnlyList<int>? ks = null)
    {
        var samples = results.Min(r => r.Grades.Count);
        var chances = results.Select(r => task.GuessChance(r.Problem)).ToList();
        var guessing = chances.All(c => c is not null);
        var vote = results.Average(r => MajorityIsRight(task, r) ? 1.0 : 0.0);
        return new EvaluationRecord
        {
            Arm = arm, Decoding = decoding, Step = step, Task = task.Name, Seed = seed,
            PassAtK = [.. (ks ?? Ks).Where(k => k <= samples)
                .Select(k => new PassAt(
                    k, Of(Bootstrap.Mean(PassPerProblem(results, k))),
                    guessing ? GuessCurve.At(k, chances.Select(c => c!.Value)) : null))],
            Problems = [.. results.Select(r => new ProblemCount(r.Problem.Id, r.Grades.Count, r.Right))],
            FirstThoughtEntropy = results.Average(r => r.FirstEntropy),
            Numbers = new Dictionary<string, double>
            {
                ["completions/mean_length"] = results.Average(r => r.MeanLength),
                [$"maj@{samples}"] = vote,
            },
        };
    }

    /// <summary>pass@k of every problem.</summary>
    public static double[] PassPerProblem(IReadOnlyList<ProblemResult> results, int k) =>
        [.. results.Select(r => PassAtK.Unbiased(r.Grades.Count, r.Right, k))];

    /// <summary>a − b at k, paired by problem.</summary>
    public static Estimate Difference(IReadOnlyList<ProblemResult> a, IReadOnlyList<ProblemResult> b, int k) =>
        Of(Bootstrap.Difference(PassPerProblem(a, k), PassPerProblem(b, k)));

    private static Estimate Of(Interval interval) => new(interval.Estimate, interval.Low, interval.High);

    private static bool MajorityIsRight(ITask task, ProblemResult result) =>
        MajorityVote.Winner(MajorityVote.Classes([.. result.Grades.Select(g => g.Extracted)], task.SameAnswer)) is { } winner
            && result.Grades[winner].Verdict == Verdict.Right;
}
