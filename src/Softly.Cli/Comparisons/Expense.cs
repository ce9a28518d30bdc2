using Softly.Cli.Recipes;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Cli.Comparisons;

/// <summary>
/// What answers and training cost, apart from the machine: positions that the model generates, and operations.
/// <para>
/// An answer of L positions (thoughts, mark, answer and end, those put in counted) behind a prompt of P costs
/// 2·M·L + 4·A·(L·P + L(L + 1)/2) operations, with M the numbers in matrices and A layers × heads × width of a head; the prompt
/// 2·M·P + 4·A·P(P + 1)/2, once for all answers to a problem.
/// </para><para>
/// A training step draws its rollouts, and its update goes forward and backward (three times a forward pass) over prompts and
/// rollouts, each prompt once; frozen references, evaluations and passes that only score are left out.
/// </para>
/// </summary>
internal static class Expense
{
    /// <summary>The mean over evaluations; null where one did not say how long its prompts and answers were.</summary>
    /// <param name="work">The model's.</param>
    /// <param name="evaluations">Of one arm.</param>
    public static AnswerCost? OfAnswers(ModelWork work, IReadOnlyList<EvaluationRecord> evaluations)
    {
        string[] needed = [Evaluations.Length, Evaluations.Context, Evaluations.PromptLength, Evaluations.PromptContext];
        if (evaluations.Count == 0 || !evaluations.All(e => needed.All(e.Numbers.ContainsKey))) return null;
        double Mean(string name) => evaluations.Average(e => e.Numbers[name]);
        var (length, prompt) = (Mean(Evaluations.Length), Mean(Evaluations.PromptLength));
        return new AnswerCost(
            length, prompt, work.Forward(length, Mean(Evaluations.Context)),
            work.Forward(prompt, Mean(Evaluations.PromptContext)));
    }

    /// <summary>
    /// How many answers to a problem cost what k answers of another arm do: m in Once + m·Each = its Once + k · its Each. Not
    /// whole as a rule; 0 where the beginning alone costs more.
    /// </summary>
    /// <param name="own">What the first answer costs beside what each does.</param>
    /// <param name="other">The other arm's.</param>
    /// <param name="k">The other arm's answers.</param>
    public static double Afforded((double Once, double Each) own, (double Once, double Each) other, int k) =>
        Math.Max(0, (other.Once - own.Once + k * other.Each) / own.Each);

    /// <summary>Positions generated and operations of one run's training, from its log of steps.</summary>
    /// <param name="work">The model's.</param>
    /// <param name="run">The run's recipe.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="prompt">P: mean positions of a prompt.</param>
    public static (double Positions, double Flops) OfTraining(
        ModelWork work, Recipe run, IEnumerable<MetricsEntry> steps, double prompt)
    {
        var (positions, flops) = (0.0, 0.0);
        foreach (var step in steps.Where(s => s.Metrics.ContainsKey(Evaluations.Length) && s.Metrics.ContainsKey("step_time")))
        {
            var length = step[Evaluations.Length];
            var drawn = step.Metrics.GetValueOrDefault("dynamic_sampling/drawn", run.PromptsPerStep);
            positions += drawn * run.NumGenerations * length;
            flops += Forward(drawn, length) + 3.0 * run.NumIterations * Forward(run.PromptsPerStep, length);
        }
        return (positions, flops);

        double Forward(double groups, double length) => groups * (work.Forward(prompt, prompt * (prompt + 1) / 2)
            + run.NumGenerations * work.Forward(length, length * (prompt + (length + 1) / 2)));
    }
}
