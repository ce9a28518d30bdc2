using Softly.Generation;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Generator = Softly.Generation.Generator;

namespace Softly.Evaluation;

/// <summary>How a problem came out.</summary>
/// <param name="Problem">The question.</param>
/// <param name="Grades">n grades, in the samples' order.</param>
/// <param name="FirstEntropy">Mean entropy in nats at the first new position.</param>
/// <param name="MeanLength">Mean length of the answers in tokens.</param>
public sealed record ProblemResult(Problem Problem, IReadOnlyList<Grade> Grades, double FirstEntropy, double MeanLength)
{
    /// <summary>Positions of the prompt; 0 where not known.</summary>
    public int PromptLength { get; init; }

    /// <summary>
    /// Positions that the positions of an answer attend to, summed over the answer, a mean over answers: L answer positions
    /// behind P of the prompt come to L·P + L(L + 1)/2. 0 where not known.
    /// </summary>
    public double MeanContext { get; init; }

    /// <summary>c: right answers of n.</summary>
    public int Right => Grades.Count(g => g.Verdict == Verdict.Right);
}

/// <summary>
/// Samples answers to a fixed set of problems and grades them; estimates and intervals are made from its results.
/// </summary>
/// <param name="generator">Draws the answers.</param>
/// <param name="task">Judges them.</param>
public sealed class Evaluator(Generator generator, ITask task)
{
    /// <summary>
    /// Grades n answers to every prompt. The same seed gives the same noise for every model: evaluations are paired.
    /// </summary>
    public IReadOnlyList<ProblemResult> Run(
        IReadOnlyList<Prompt> prompts, int samples, SamplingOptions sampling, ulong seed, Action<RolloutGroup>? see = null,
        CancellationToken cancel = default)
    {
        var results = new List<ProblemResult>(prompts.Count);
        foreach (var group in generator.Generate(prompts, samples, sampling, seed, cancel: cancel))
        {
            var grades = task.GradeAll(group.Prompt.Problem, [.. group.Rollouts.Select(r => r.Text)]);
            see?.Invoke(group with { Grades = grades });
            results.Add(new ProblemResult(
                group.Prompt.Problem, grades, group.Rollouts.Average(r => r[0].Entropy),
                group.Rollouts.Average(r => r.Length))
            {
                PromptLength = group.Prompt.Rows.Count,
                MeanContext = group.Rollouts.Average(r => r.Length * (group.Prompt.Rows.Count + (r.Length + 1) / 2.0)),
            });
        }
        return results;
    }
}
