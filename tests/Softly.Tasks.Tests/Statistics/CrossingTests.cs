using Softly.Tasks.Statistics;

namespace Softly.Tasks.Tests.Statistics;

public class CrossingTests
{
    [Fact]
    public void A_level_between_two_points_is_met_on_the_line_between_them()
    {
        var crossing = Crossing.Of([0.40, 0.50, 0.60], 0.525)!.Value;
        Assert.Equal(1, crossing.Before);
        Assert.Equal(0.25, crossing.Share, 1e-12);
        Assert.Equal(125, crossing.Of([0, 100, 200]), 1e-9);
        Assert.Equal(0.9475, crossing.Of([0.97, 0.95, 0.94]), 1e-12);
    }

    [Fact]
    public void The_first_rise_counts_and_a_fall_does_not()
    {
        Assert.Equal(2, Crossing.Of([0.6, 0.4, 0.4, 0.6, 0.4, 0.6], 0.5)!.Value.Before);
        Assert.Equal(0, Crossing.Of([0.5, 0.5, 0.6], 0.5)!.Value.Share);
    }

    [Fact]
    public void A_level_that_is_never_bracketed_has_no_place()
    {
        Assert.Null(Crossing.Of([0.4, 0.5], 0.55));
        Assert.Null(Crossing.Of([0.6, 0.7], 0.55)); // passed before the first point
        Assert.Null(Crossing.Of([0.5], 0.5));
    }

    [Fact]
    public void Levels_are_chosen_where_most_curves_bracket_them()
    {
        Assert.Equal([51, 55], Crossing.Levels([[0.40, 0.555], [0.48, 0.60], [0.45, 0.58]]));
        Assert.Equal([44], Crossing.Levels([[0.425, 0.445], [0.43, 0.50], [0.80, 0.90]]));
        Assert.Empty(Crossing.Levels([[0.401, 0.409]]));
    }
}
