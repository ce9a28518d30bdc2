using System.Diagnostics;
using System.Numerics;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Numerics;

public sealed class BallTests
{
    private readonly Reals _reals = new(128);
    private readonly Complexes _field = new(128);

    [Fact]
    public void Whole_numbers_and_dyadic_fractions_stay_exact()
    {
        var third = _reals.Ratio(1, 3);
        Assert.True(_reals.Ratio(3, 4).IsExact);
        Assert.False(third.IsExact);
        Assert.True(_reals.Multiply(third, Ball.Zero).IsExactZero);
        Assert.True(_reals.Sqrt(Ball.Of(144)).IsExactInteger(out var twelve) && twelve == 12);
        Assert.True(_reals.Power(Ball.Of(3), 50).IsExactInteger(out var power) && power == BigInteger.Pow(3, 50));
        Assert.False(Ball.Of(1, -1).IsExactInteger(out _));
        Assert.True(Ball.Of(6, -1).IsExactInteger(out var three) && three == 3);
        Assert.True(_reals.Log(Ball.One).IsExactZero);
        Assert.True(_reals.Acosh(Ball.One).IsExactZero);
        Assert.True(Ball.OfDouble(-0.375).IsExact && Ball.OfDouble(-0.375).ToDouble() == -0.375);
    }

    [Fact]
    public void What_has_no_value_says_so()
    {
        Assert.Equal(BallState.Undefined, _reals.Divide(Ball.One, Ball.Zero).State);
        Assert.Equal(BallState.Undefined, _reals.Log(Ball.Zero).State);
        Assert.Equal(BallState.Undefined, _reals.Sqrt(Ball.Of(-1)).State);
        Assert.Equal(BallState.Undefined, _reals.Power(Ball.Zero, 0).State);
        Assert.Equal(BallState.Undefined, _reals.Gamma(Ball.Of(-3)).State);
        Assert.Equal(BallState.Undefined, _reals.Factorial(Ball.Of(-1)).State);
        Assert.Equal(BallState.Undefined, _reals.Asin(Ball.Of(2)).State);
        Assert.Equal(BallState.Undefined, _field.Power(ComplexBall.Zero, ComplexBall.Of(Ball.Of(-1, -1))).State);
        Assert.Equal(BallState.Undefined, _field.Atan(ComplexBall.I).State);
    }

    [Fact]
    public void What_touches_a_point_without_value_is_undecided()
    {
        var nearZero = _reals.Sin(_reals.Pi);
        Assert.True(nearZero.ContainsZero && !nearZero.IsExactZero);
        Assert.Equal(BallState.Undecided, _reals.Divide(Ball.One, nearZero).State);
        Assert.Equal(BallState.Undecided, _reals.Log(nearZero).State);
        Assert.Equal(BallState.Undecided, _reals.Gamma(Ball.Of(0, 0, 2)).State);
        Assert.Equal(BallState.Undecided, _field.Log(new ComplexBall(Ball.Of(-1), nearZero)).State);
        Assert.Equal(BallState.Undecided, _field.Sqrt(new ComplexBall(Ball.Of(-1), nearZero)).State);
        Assert.True(_field.Sqrt(ComplexBall.Of(nearZero)) is { IsFinite: true, ContainsZero: true });
        Assert.True(_field.Log(new ComplexBall(Ball.One, nearZero)).IsFinite);
    }

    [Fact]
    public void What_is_too_large_is_refused_and_not_computed()
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(BallState.OverBudget, _reals.Exp(Ball.Of(1_000_000_000)).State);
        Assert.Equal(BallState.OverBudget, _reals.Exp(Ball.Of(-1_000_000_000)).State);
        Assert.Equal(BallState.OverBudget, _reals.Power(Ball.Of(10), int.MaxValue).State);
        Assert.Equal(BallState.OverBudget, _reals.Power(Ball.Of(10), -int.MaxValue).State);
        Assert.Equal(BallState.OverBudget, _reals.Factorial(Ball.Of(1_000_000_000)).State);
        Assert.Equal(BallState.OverBudget, _reals.Sin(_reals.Power(Ball.Of(2), 1_000_000)).State);
        Assert.Equal(BallState.OverBudget, _reals.Power(Ball.Of(3), 1_000_000).Floor().State);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
    }

    [Fact]
    public void A_spent_budget_ends_in_a_state()
    {
        var poor = new Reals(128, new Budget(work: 100));
        var x = Ball.One;
        for (var i = 0; i < 20; i++) x = poor.Sin(x);
        Assert.Equal(BallState.OverBudget, x.State);
        using var cancel = new CancellationTokenSource();
        var watched = new Reals(128, new Budget(cancel: cancel.Token));
        Assert.True(watched.Sin(Ball.One).IsFinite);
        cancel.Cancel();
        Assert.Equal(BallState.OverBudget, watched.Sin(Ball.One).State);
    }

    [Fact]
    public void Tiny_differences_separate_and_equal_values_never_do()
    {
        Assert.True(Ball.Separated(_reals.Power(Ball.Of(2), -99), _reals.Power(Ball.Of(2), -98)));
        Assert.True(Ball.Separated(
            _reals.Divide(Ball.One, _reals.Factorial(Ball.Of(2004))), _reals.Divide(Ball.One, _reals.Factorial(Ball.Of(2006)))));
        Assert.True(Ball.Separated(_reals.Ratio(1, 3), _reals.Ratio(333333333333, 1000000000000)));
        // √(3 + 2√2) = 1 + √2
        var root = _reals.Sqrt(Ball.Of(2));
        var nested = _reals.Sqrt(_reals.Add(Ball.Of(3), _reals.Multiply(Ball.Of(2), root)));
        Assert.True(Ball.Overlaps(nested, _reals.Add(Ball.One, root)));
        Assert.False(Ball.Separated(nested, _reals.Add(Ball.One, root)));
        Assert.True(nested.RelativeRadius is > 0 and < 1e-35);
        Assert.False(Ball.Overlaps(nested, Ball.Without(BallState.Undecided)));
        Assert.False(Ball.Separated(nested, Ball.Without(BallState.Undecided)));
    }

    [Fact]
    public void Sums_of_very_different_sizes_hold_the_truth()
    {
        var sum = _reals.Add(Ball.Of(1), _reals.Power(Ball.Of(2), -1_000_000));
        Assert.True(Ball.Overlaps(sum, Ball.One) && sum.RelativeRadius < 1e-37);
        Assert.True(_reals.Subtract(sum, Ball.One).ContainsZero);
        var large = _reals.Add(_reals.Power(Ball.Of(2), 1_000_000), Ball.One);
        Assert.True(large.IsPositive && large.RelativeRadius < 1e-37);
        Assert.True(_reals.Subtract(large, _reals.Power(Ball.Of(2), 1_000_000)).Magnitude >= 0);
    }

    [Fact]
    public void Roots_of_negative_numbers_are_principal_or_real()
    {
        var eight = ComplexBall.Of(Ball.Of(-8));
        Assert.True(ComplexBall.Overlaps(_field.RealRoot(eight, 3), ComplexBall.Of(Ball.Of(-2))));
        var principal = _field.Root(eight, 3);
        Assert.True(ComplexBall.Overlaps(principal, new ComplexBall(Ball.One, _field.Reals.Sqrt(Ball.Of(3)))));
        Assert.True(ComplexBall.Overlaps(_field.RealRoot(eight, 4), _field.Root(eight, 4)));
    }

    [Fact]
    public void Floor_and_ceiling_are_given_where_the_radius_leaves_no_doubt()
    {
        Assert.True(_reals.Pi.Floor().IsExactInteger(out var three) && three == 3);
        Assert.True(_reals.Pi.Ceiling().IsExactInteger(out var four) && four == 4);
        Assert.True(_reals.Ratio(-7, 2).Floor().IsExactInteger(out var minus) && minus == -4);
        var two = _reals.Power(_reals.Sqrt(Ball.Of(2)), 2);
        Assert.Equal(BallState.Undecided, two.Floor().State);
    }

    [Fact]
    public void A_ball_is_written_in_decimals()
    {
        Assert.StartsWith("3.1415926535897932384", _reals.Pi.ToString());
        Assert.StartsWith("-3.3333", _reals.Ratio(-1, 3).Digits(20));
        Assert.EndsWith("e-1", _reals.Ratio(-1, 3).Digits(20));
        Assert.StartsWith("1.00000000000000000000", _reals.Power(Ball.Of(10), 30).Digits(20));
        Assert.EndsWith("e30", _reals.Power(Ball.Of(10), 30).Digits(20));
        Assert.Equal("0", Ball.Zero.Digits(5));
        Assert.EndsWith("e15", Ball.Of(BigInteger.One << 52, 0, BigInteger.One << 80).Digits(20)); // wider than its middle
        Assert.Equal("Undecided", Ball.Without(BallState.Undecided).ToString());
    }
}
