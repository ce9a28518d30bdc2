using Softly.Cli;
using Softly.Cli.Comparisons;
using Softly.Cli.Recipes;
using Softly.Models;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks.Statistics;

namespace Softly.Tests.Cli;

/// <summary>Runs that are compared problem by problem, and what they cost.</summary>
public class ReachedTests
{
    private static EvaluationRecord Record(params (string Id, int Samples, int Right)[] problems) => new()
    {
        Arm = "a", Decoding = "own", Step = 1, PassAtK = [],
        Problems = [.. problems.Select(p => new ProblemCount(p.Id, p.Samples, p.Right))],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Problems_that_one_arm_could_not_judge_are_left_out_of_both(bool several)
    {
        var whole = Record(("p", 4, 4), ("q", 4, 0), ("r", 4, 2), ("s", 4, 4));
        var failed = Record(("r", 4, 1), ("p", 4, 2), ("s", 1, 1)); // q not at all, s once, in another order
        Reached At(EvaluationRecord of, double k) => Reached.Of([[of]], k, several);
        // At 2 answers p and r are common: 1 − 5/6 and 5/6 − 1/2.
        Assert.Equal(
            (1.0 / 6 + 1.0 / 3) / 2, At(whole, 2).Minus(At(failed, 2), sameStarts: true).Value, 12);
        Assert.True(double.IsNaN(At(whole, 4).Minus(At(Record(("x", 4, 4)), 4), sameStarts: true).Value));
        Assert.True(double.IsNaN(At(Record(), 1).Mean().Value));
    }

    [Fact]
    public void One_start_has_the_intervals_over_seeds_and_problems_that_it_always_had()
    {
        var random = new Random(5);
        EvaluationRecord[] Runs() => [.. Enumerable.Range(0, 3).Select(_ => Record(
            [.. Enumerable.Range(0, 20).Select(p => ($"p{p}", 8, random.Next(9)))]))];
        var (a, b) = (Runs(), Runs());
        var difference = Reached.Of([a], 4, several: false).Minus(Reached.Of([b], 4, several: false), sameStarts: true);
        var known = Bootstrap.DifferenceOverSeeds(Values(a), Values(b));
        Assert.Equal((known.Estimate, known.Low, known.High), (difference.Value, difference.Low, difference.High));

        static double[][] Values(EvaluationRecord[] runs) =>
            [.. runs.Select(r => r.Problems.Select(p => PassAtK.Unbiased(p.Samples, p.Right, 4)).ToArray())];
    }

    [Theory]
    [InlineData(0, 10, 0, 5, 4, 2)] // twice as dear: half as many
    [InlineData(100, 10, 100, 5, 4, 2)] // the same prompt for both changes nothing
    [InlineData(100, 10, 130, 5, 4, 5)] // a shorter prompt is three answers more
    [InlineData(100, 10, 60, 5, 1, 0)] // the prompt alone costs more
    public void As_many_answers_are_given_as_cost_what_the_control_spends(
        double once, double each, double otherOnce, double otherEach, int k, double answers)
    {
        var m = Expense.Afforded((once, each), (otherOnce, otherEach), k);
        Assert.Equal(answers, m, 12);
        if (m > 0) Assert.Equal(otherOnce + k * otherEach, once + m * each, 9);
    }

    private static readonly DecoderConfig Shape = new()
    {
        VocabularySize = 10, HiddenSize = 8, IntermediateSize = 16, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 2,
    };

    [Fact]
    public void An_answer_costs_its_positions_and_a_prompt_once_for_all_its_answers()
    {
        var work = new ModelWork(Shape);
        // A layer: queries and outputs 8 × 8 each, keys and values 8 × 4 each, three of 8 × 16; the head 10 × 8.
        const double M = 2 * (2 * 64 + 2 * 32 + 3 * 128) + 80, A = 2 * 4 * 2;
        Assert.Equal(M, work.Matrices);
        const double L = 6, P = 20;
        var record = Record(("p", 4, 2)) with
        {
            Numbers = new Dictionary<string, double>
            {
                [Evaluations.Length] = L, [Evaluations.PromptLength] = P, [Evaluations.Context] = L * P + L * (L + 1) / 2,
                [Evaluations.PromptContext] = P * (P + 1) / 2,
            },
        };
        var cost = Expense.OfAnswers(work, [record, record])!;
        var answer = 2 * M * L + 4 * A * (L * P + L * (L + 1) / 2);
        var prompt = 2 * M * P + 4 * A * P * (P + 1) / 2;
        Assert.Equal(new AnswerCost(L, P, answer, prompt), cost);
        Assert.Null(Expense.OfAnswers(work, [record, Record(("p", 4, 2))])); // an evaluation that does not say

        // Training: drawn once, then forward and backward; an evaluation's line is no step.
        var run = new Recipe { PromptsPerStep = 3, NumGenerations = 5 };
        MetricsEntry Step(params (string, double)[] metrics) => new(1, 0, metrics.ToDictionary(m => m.Item1, m => m.Item2));
        var (positions, flops) = Expense.OfTraining(
            work, run,
            [
                Step((Evaluations.Length, L), ("step_time", 1)), Step(("eval_pass@1", 0.5)),
                Step((Evaluations.Length, L), ("step_time", 1), ("dynamic_sampling/drawn", 6)),
            ], P);
        Assert.Equal((3 + 6) * 5 * L, positions);
        Assert.Equal((3 + 3 * 3 + 6 + 3 * 3) * (prompt + 5 * answer), flops, 3);
    }
}
