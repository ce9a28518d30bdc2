using Softly.Algorithms.Terms;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

public class TermsTests
{
    [Fact]
    public void One_right_answer_of_eight_has_advantage_2_4749_and_the_others_minus_0_3536()
    {
        // mean 1/8, deviation with n − 1: √(7/64 · 8/7 · 1/… ) = 0.353553; (1 − 0.125)/0.353553 = 2.4749.
        var advantages = GroupAdvantage.Of([1, 0, 0, 0, 0, 0, 0, 0], divide: true, epsilon: 1e-6);
        Assert.Equal(2.4749, advantages[0], 4);
        Assert.All(advantages.Skip(1), a => Assert.Equal(-0.3536, a, 4));
    }

    [Fact]
    public void A_group_without_spread_has_no_advantage()
    {
        Assert.All(GroupAdvantage.Of([1, 1, 1], true, 1e-6), a => Assert.Equal(0, a));
        Assert.All(GroupAdvantage.PassAt(2, [0, 0, 0]), a => Assert.Equal(0, a));
        Assert.All(GroupAdvantage.PassAt(2, [1, 1, 1]), a => Assert.Equal(0, a));
    }

    [Fact]
    public void The_pass_at_k_advantage_weighs_a_problem_by_how_hard_it_is()
    {
        // n 4, c 1: factor C(2, 1)/C(3, 1) = 2/3; (1 − 1/4) · 2/3 = 1/2 and −1/4 · 2/3 = −1/6.
        var advantages = GroupAdvantage.PassAt(2, [0, 1, 0, 0]);
        Assert.Equal(
            [-1.0 / 6, 0.5, -1.0 / 6, -1.0 / 6],
            advantages.Select(a => Math.Round(a, 12)).Select((a, i) => Math.Abs(a - advantages[i]) < 1e-9 ? advantages[i] : a));
        Assert.Equal(0.5, advantages[1], 12);
        Assert.Equal(GroupAdvantage.Of([0, 1, 0, 0], false, 0), GroupAdvantage.PassAt(1, [0, 1, 0, 0]));
        Assert.Throws<ArgumentException>(() => GroupAdvantage.PassAt(2, [0.5, 1]));
    }

    // loss = −min(r·A, clip(r)·A), and for A < 0 at most 3·|A|. ε is 0.2 on both sides.
    [Theory]
    [InlineData(0.5, 1, -0.5)]   // A > 0 below the range: free
    [InlineData(1.1, 1, -1.1)]   // in range: free
    [InlineData(1.5, 1, -1.2)]   // above: held
    [InlineData(4.0, 1, -1.2)]   // dual clip has no say for A > 0
    [InlineData(0.5, -1, 0.8)]   // A < 0 below: held
    [InlineData(1.1, -1, 1.1)]   // in range: free
    [InlineData(1.5, -1, 1.5)]   // above: free
    [InlineData(4.0, -1, 3.0)]   // dual clip
    public void The_clip_has_its_truth_table(double ratio, double advantage, double expected)
    {
        using var scope = NewDisposeScope();
        var loss = ClippedRatio.Loss(tensor(new[] { Math.Log(ratio) }), tensor(new[] { advantage }), 0.2, 0.2, 3);
        Assert.Equal(expected, Some.Host(loss)[0], 9);
        var (low, high) = ClippedRatio.Clipped(tensor(new[] { Math.Log(ratio) }), tensor(new[] { advantage }), 0.2, 0.2);
        Assert.Equal(ratio < 0.8 && advantage < 0 ? 1 : 0, Some.Host(low)[0]);
        Assert.Equal(ratio > 1.2 && advantage > 0 ? 1 : 0, Some.Host(high)[0]);
    }

    [Fact]
    public void K3_is_never_negative_zero_only_where_equal_and_held_at_ten()
    {
        using var scope = NewDisposeScope();
        var k3 = Some.Host(KlEstimates.K3(tensor(new[] { 0.0, 0, 0, 0 }), tensor(new[] { 0.0, 1, -1, 20 })));
        Assert.Equal(0, k3[0]);
        Assert.Equal(Math.E - 2, k3[1], 9);
        Assert.Equal(1 / Math.E, k3[2], 9);
        Assert.Equal(10, k3[3]);
    }

    /// <summary>One step far off must not spoil the update of all others: e^200 is infinite in single precision.</summary>
    [Fact]
    public void A_step_beyond_all_numbers_is_held_without_a_gradient()
    {
        using var scope = NewDisposeScope();
        var policy = tensor(new[] { -200f, 0 }).requires_grad_();
        var k3 = KlEstimates.K3(policy, tensor(new[] { 0f, 0 }));
        k3.sum().backward();
        Assert.Equal([10, 0], Some.Host(k3));
        Assert.Equal([0, 0], Some.Host(policy.grad!));

        var logRatio = tensor(new[] { 200f, 200f, 0 }).requires_grad_();
        var loss = ClippedRatio.Loss(logRatio, tensor(new[] { 1f, -1f, 1f }), 0.2, 0.2, 3);
        loss.sum().backward();
        Table.Near(1e-6, [-1.2, 3, -1], loss, "loss");
        Assert.Equal([0, 0, -1], Some.Host(logRatio.grad!));
    }

    [Fact]
    public void Learning_rates_warm_up_from_zero_and_follow_their_schedule()
    {
        var linear = new LearningRate(1, 10, 110, Schedule.Linear);
        Assert.Equal([0, 0.5, 1, 0.5, 0], new[] { 0, 5, 10, 60, 110 }.Select(linear.At));
        Assert.Equal(0.5, new LearningRate(1, 0, 100, Schedule.Cosine).At(50), 12);
        Assert.Equal(1, new LearningRate(1, 10, 110, Schedule.Constant).At(90));
    }
}
