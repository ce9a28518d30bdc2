using Softly.Evaluation;
using Softly.Generation;
using Softly.Models;

namespace Softly.Tests.Evaluation;

public class ThoughtContentsTests
{
    private static readonly HashSet<int> Set = [1, 2, 3, 4];

    // Twice the token 1: a law may store one twice. Of four words, one weighs less than 1/16.
    private static readonly MixtureRow Thought = new([1, 2, 9, 1, 3], [0.25f, 0.25f, 0.1875f, 0.25f, 0.0625f]);

    [Fact]
    public void Mass_coverage_and_effective_number_are_those_counted_by_hand()
    {
        Assert.Equal(0.8125, ThoughtContents.Mass(Thought, Set), 9);
        Assert.Equal(2 / 4.0, ThoughtContents.Coverage(Thought, Set)); // 1 and 2; 3 has exactly a quarter of its share, 4 none
        double[] p = [0.5, 0.25, 0.1875, 0.0625];
        Assert.Equal(Math.Exp(-p.Sum(x => x * Math.Log(x))), ThoughtContents.Effective(Thought), 9);
        Assert.Equal(1, ThoughtContents.Effective(MixtureRow.Token(7)));
        // Weights need not sum to 1.
        Assert.Equal(0.8125, ThoughtContents.Mass(Thought with { Weights = [.. Thought.Weights.Select(w => 3 * w)] }, Set), 6);
        Assert.True(double.IsNaN(ThoughtContents.Mass(Thinking.Blank, Set)));
    }

    [Theory]
    [InlineData(new[] { 1, 2 }, new[] { 9, 3 }, true)]
    [InlineData(new[] { 1, 9 }, new[] { 2 }, false)]
    [InlineData(new[] { 1, 8 }, new[] { 7 }, false)] // both weigh nothing
    [InlineData(new[] { 3 }, new int[0], true)]
    public void Right_candidates_must_all_weigh_more_than_each_wrong_one(int[] right, int[] wrong, bool expected) =>
        Assert.Equal(expected, ThoughtContents.Ranks(Thought, right, wrong));

    [Fact]
    public void Positions_are_means_over_problems_of_means_over_samples()
    {
        Thinking Of(params MixtureRow[] thoughts) => new(thoughts, [.. thoughts.Select(_ => 1)], []);
        var half = new MixtureRow([1, 9], [0.5f, 0.5f]);
        (int Problem, Thinking Thinking)[] samples =
            [(0, Of(MixtureRow.Token(1), half)), (0, Of(half)), (1, Of(MixtureRow.Token(9)))];
        var own = samples.ToLookup(s => s.Problem, s => s.Thinking);
        var positions = ThoughtContents.Positions(own, null, [[Set, Set], [Set]]);
        Assert.Equal(new int?[] { null, 1, 2 }, positions.Select(p => p.Position));
        Assert.Equal((0.75 + 0) / 2, positions[1].Own!.Mass.Value, 9);
        Assert.Equal((1.5 + 1) / 2, positions[1].Own!.Effective.Value, 9);
        Assert.Equal(3, positions[1].Own!.Thoughts);
        Assert.Equal(0.5, positions[2].Own!.Mass.Value, 9);
        Assert.Equal(((1 + 0.5 + 0.5) / 3 + 0) / 2, positions[0].Own!.Mass.Value, 9);
        Assert.Equal(4, positions[0].SetSize);
        var unknown = ThoughtContents.Positions(own, null, [null, null]);
        Assert.True(double.IsNaN(unknown[0].Own!.Mass.Value) && double.IsNaN(unknown[0].SetSize));
        Assert.Equal(((1 + 2 + 2) / 3.0 + 1) / 2, unknown[0].Own!.Effective.Value, 9);
    }
}
