using System.Diagnostics;
using Softly.Tasks;

namespace Softly.Tests.Rewards;

/// <summary>Whatever somebody else's reward does, the run sees a number or learns why there is none.</summary>
public class ContainedRewardTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private sealed class By(Func<RewardContext, double> score) : IReward
    {
        public string Name => "mine";
        public double Score(RewardContext context) => score(context);
    }

    private static RewardScore Ask(Func<RewardContext, double> score, TimeSpan? limit)
    {
        using var contained = new ContainedReward(new By(score), limit);
        return contained.Score(SomeContext.Of("x"));
    }

    public static TheoryData<bool> Both => [true, false];

    [Theory]
    [MemberData(nameof(Both))]
    public void A_number_comes_as_it_is(bool foreign) =>
        Assert.Equal(new RewardScore(0.25, RewardOutcome.Given), Ask(_ => 0.25, foreign ? TimeSpan.FromSeconds(30) : null));

    [Theory]
    [MemberData(nameof(Both))]
    public void What_is_thrown_or_infinite_is_a_failure_with_its_reason(bool foreign)
    {
        TimeSpan? limit = foreign ? TimeSpan.FromSeconds(30) : null;
        var thrown = Ask(_ => throw new InvalidOperationException("no ruler"), limit);
        Assert.Equal((RewardOutcome.Failed, "InvalidOperationException: no ruler"), (thrown.Outcome, thrown.Reason));
        foreach (var endless in new[] { double.PositiveInfinity, double.NegativeInfinity })
        {
            var score = Ask(_ => endless, limit);
            Assert.Equal(RewardOutcome.Failed, score.Outcome);
            Assert.True(double.IsNaN(score.Value));
        }
        var none = Ask(_ => double.NaN, limit);
        Assert.Equal(RewardOutcome.None, none.Outcome);
    }

    [Fact]
    public void An_allocation_that_no_machine_has_is_a_failure()
    {
        var score = Ask(_ => new long[1 << 30, 1 << 30].Length, TimeSpan.FromSeconds(60));
        Assert.Equal(RewardOutcome.Failed, score.Outcome);
        Assert.StartsWith("OutOfMemoryException", score.Reason);
    }

    [Fact]
    public void A_call_that_hangs_is_left_behind_and_the_next_one_is_answered()
    {
        using var gate = new ManualResetEvent(false);
        using var contained = new ContainedReward(
            new By(c => c.Completion == "hang" && gate.WaitOne() ? 0 : 1), Short);
        var clock = Stopwatch.StartNew();
        var hung = contained.Score(SomeContext.Of("hang"));
        Assert.Equal(RewardOutcome.Timeout, hung.Outcome);
        Assert.True(double.IsNaN(hung.Value));
        Assert.Contains("0.1 s", hung.Reason);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.09, 30);
        Assert.Equal(1, contained.Score(SomeContext.Of("x")).Value);
        gate.Set();
    }

    [Fact]
    public void One_that_hangs_in_call_after_call_is_an_error_with_its_name()
    {
        using var gate = new ManualResetEvent(false);
        using var contained = new ContainedReward(
            new By(c => c.Completion == "hang" && gate.WaitOne() ? 0 : 1), Short, most: 3);
        foreach (var text in new[] { "hang", "hang", "x" }) contained.Score(SomeContext.Of(text)); // not in a row
        contained.Score(SomeContext.Of("x"));
        // Two are still running: the third left behind is one too many.
        var error = Assert.Throws<RewardException>(() => contained.Score(SomeContext.Of("hang")));
        Assert.Contains("reward mine: 3 calls have been left behind after 0.1 s and are still running", error.Message);
        gate.Set();
        using var inARow = new ContainedReward(new By(_ => { Thread.Sleep(250); return 0; }), Short, most: 2);
        Assert.Equal(RewardOutcome.Timeout, inARow.Score(SomeContext.Of("x")).Outcome);
        error = Assert.Throws<RewardException>(() => inARow.Score(SomeContext.Of("x")));
        Assert.Contains("reward mine: 2 calls in a row took more than 0.1 s each", error.Message);
        Assert.Contains("reward_time_limit", error.Message);
    }

    [Fact]
    public void Waiting_can_be_cancelled()
    {
        using var gate = new ManualResetEvent(false);
        using var contained = new ContainedReward(new By(_ => gate.WaitOne() ? 0 : 1), TimeSpan.FromMinutes(5));
        using var stop = new CancellationTokenSource(200);
        Assert.ThrowsAny<OperationCanceledException>(() => contained.Score(SomeContext.Of("x"), stop.Token));
        gate.Set();
    }

    [Fact]
    public void Threads_are_used_again_and_end_with_their_reward()
    {
        var threads = new System.Collections.Concurrent.ConcurrentDictionary<Thread, int>();
        using (var contained = new ContainedReward(
            new By(_ => threads.AddOrUpdate(Thread.CurrentThread, 1, (_, n) => n + 1)), TimeSpan.FromSeconds(30)))
            for (var i = 0; i < 100; i++) contained.Score(SomeContext.Of("x"));
        var only = Assert.Single(threads);
        Assert.Equal(100, only.Value);
        Assert.True(only.Key.Join(TimeSpan.FromSeconds(30)));
    }
}
