using Softly.Tasks;

namespace Softly.Tests.Synthetic;

public sealed class CountdownTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Numbers_that_are_held_out_never_come_up_in_training_with_any_target(int numbers)
    {
        var task = new Countdown(numbers);
        string Multiset(Problem p) => string.Join(' ', p.Prompt.Split(' ')[..numbers].Select(int.Parse).Order());
        var train = task.Problems(Split.Train, int.MaxValue, 1).Select(Multiset).ToHashSet();
        var test = task.Problems(Split.Test, int.MaxValue, 9).Select(Multiset).ToHashSet();
        Assert.NotEmpty(test);
        Assert.Empty(train.Intersect(test));
    }

    [Fact]
    public void The_guessing_chance_is_how_often_a_random_chain_hits()
    {
        var task = new Countdown(3);
        var random = new Random(4);
        foreach (var problem in task.Problems(Split.Test, 5, 1))
        {
            var numbers = problem.Prompt.Split(' ')[..3];
            const int Draws = 20_000;
            var right = Enumerable.Range(0, Draws).Count(_ =>
            {
                random.Shuffle(numbers);
                var chain = $"{numbers[0]} {"+-*"[random.Next(3)]} {numbers[1]} {"+-*"[random.Next(3)]} {numbers[2]}";
                return task.Grade(problem, "> " + chain).Verdict == Verdict.Right;
            });
            var p = task.GuessChance(problem)!.Value;
            Assert.Equal(p, right / (double)Draws, 4.5 * Math.Sqrt(p * (1 - p) / Draws));
        }
    }

    [Theory]
    [InlineData("2 + 3 5 * 4 > 2 + 3 * 4 <end>", Verdict.Right)]
    [InlineData("anything > 2 + 3 * 4", Verdict.Right)]
    [InlineData("> 4 * 2 + 3", Verdict.Wrong)]
    [InlineData("> 5 * 4 + 0", Verdict.Wrong)]
    [InlineData("> 2 + 3 * 4 > 1", Verdict.Unparsable)]
    [InlineData("> 2 + 3", Verdict.Unparsable)]
    [InlineData("> 2 / 3 * 4", Verdict.Unparsable)]
    [InlineData("2 + 3 * 4", Verdict.NoAnswer)]
    public void Only_the_chain_behind_the_first_mark_is_judged(string completion, Verdict expected) =>
        Assert.Equal(expected, new Countdown(3).Grade(new Problem("x", "2 3 4 20 :", "20"), completion).Verdict);
}
