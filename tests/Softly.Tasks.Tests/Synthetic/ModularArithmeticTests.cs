using Softly.Tasks;

namespace Softly.Tests.Synthetic;

public sealed class ModularArithmeticTests
{
    private readonly ModularArithmetic _task = new();

    [Fact]
    public void One_of_the_residues_is_right()
    {
        foreach (var problem in _task.Problems(Split.Test, 20, 1))
        {
            var right = Enumerable.Range(0, ModularArithmetic.Modulus)
                .Count(r => _task.Grade(problem, $"> {r}").Verdict == Verdict.Right);
            Assert.Equal(_task.GuessChance(problem)!.Value, right / (double)ModularArithmetic.Modulus, 1e-12);
        }
    }

    [Fact]
    public void A_held_out_multiset_never_comes_up_in_training_in_any_order()
    {
        string Multiset(Problem p) => string.Join(' ', p.Prompt.Split(' ')[..^1].Select(int.Parse).Order());
        var small = new ModularArithmetic(3);
        var train = small.Problems(Split.Train, 50_000, 1).Select(Multiset).ToHashSet();
        var test = small.Problems(Split.Test, 20_000, 2).Select(Multiset).ToHashSet();
        Assert.Empty(train.Intersect(test));
    }

    [Fact]
    public void Sums_are_worked_out_from_the_left_and_from_the_right_equally_often()
    {
        var problem = new Problem("x", "90 10 50 60 :", "");
        var random = new Random(1);
        var traces = Enumerable.Range(0, 2000)
            .CountBy(_ => string.Join(' ', _task.Demonstrate(problem, random)!.Steps.Select(s => s.Target[0].Word)))
            .ToDictionary();
        Assert.Equal(["L 3 53 16 > 16 <end>", "R 13 23 16 > 16 <end>"], traces.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0.5, traces.Values.First() / 2000.0, 4.5 * Math.Sqrt(0.25 / 2000));
    }
}
