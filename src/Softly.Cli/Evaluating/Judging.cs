using Softly.Runs;
using Softly.Tasks;
using Softly.Tasks.Statistics;

namespace Softly.Cli.Evaluating;

/// <summary>Makes records of answers: graded on all cores, equal answers found.</summary>
/// <param name="task">Judges.</param>
/// <param name="threads">How many grade side by side.</param>
internal sealed class Judging(ITask task, int threads)
{
    /// <summary>The records of a piece: problem after problem, each with its answers in their order.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public SampleRecord[] Records(AnsweredPiece piece, CancellationToken cancel = default)
    {
        (int Problem, int Sample)[] all =
            [.. piece.Answers.SelectMany((a, i) => Enumerable.Range(0, a.Count).Select(j => (i, j)))];
        var grades = piece.Answers.Select(a => new Grade[a.Count]).ToArray();
        var together = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancel };
        Parallel.ForEach(all, together, at =>
            grades[at.Problem][at.Sample] = task.Grade(piece.Problems[at.Problem], piece.Answers[at.Problem][at.Sample].Text));
        var classes = new int?[grades.Length][];
        Parallel.For(0, grades.Length, together, i =>
            classes[i] = MajorityVote.Classes([.. grades[i].Select(g => g.Extracted)], task.SameAnswer));
        return [.. all.Select(at => Record(
            piece.Problems[at.Problem].Id, at.Sample, piece.Answers[at.Problem][at.Sample], grades[at.Problem][at.Sample],
            classes[at.Problem][at.Sample]))];
    }

    private static SampleRecord Record(string problem, int sample, Answer answer, Grade grade, int? group) => new()
    {
        ProblemId = problem, Sample = sample, Completion = answer.Text, Answer = grade.Extracted, AnswerClass = group,
        Score = grade.Verdict == Verdict.Failed ? double.NaN : grade.Score, Verdict = grade.Verdict.Name(),
        Reason = grade.Reason, PromptTokens = answer.PromptTokens, Tokens = answer.Tokens, ThoughtTokens = answer.ThoughtTokens,
        FinishReason = answer.Finish, Entropy = answer.Entropy, FirstEntropy = answer.FirstEntropy,
    };
}
