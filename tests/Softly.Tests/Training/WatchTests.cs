using System.Text.Json;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Tests.Training;

/// <summary>What alarms, and what does not.</summary>
public class WatchTests
{
    private sealed class Nobody : IGrader
    {
        public string Name => "nobody";
        public string PromptSuffix => "";
        public Grade Grade(string answer, string completion) => new(0, Verdict.Wrong, "");
    }

    private static readonly RewardOptions Watched = new()
    {
        Rewards = [new(new AccuracyReward()), new(new FormatReward(), 0.5)], Watching = new Nobody(),
    };

    /// <summary>A group of two: texts, the watching grader's share, and what two rewards gave each.</summary>
    private static RolloutGroup Group(
        double accuracy = 0.5, string[]? texts = null, Verdict verdict = Verdict.Wrong, double[]? first = null,
        double[]? second = null)
    {
        var rollouts = (texts ?? ["a", "b"]).Select(t => new Rollout(new SamplingOptions(), 1) { Text = t }).ToList();
        return new RolloutGroup(Some.Prompt("p", 3), rollouts)
        {
            Grades = [.. rollouts.Select(_ => new Grade(0, verdict, ""))],
            Watched = [.. rollouts.Select(_ => new Grade(accuracy, Verdict.Wrong, ""))],
            Rewards = [.. rollouts.Select((_, i) => new[]
            {
                RewardScore.Of((first ?? [0, 1])[i]), RewardScore.Of((second ?? [0, 1])[i]),
            })],
        };
    }

    private static (Dictionary<string, double> Metrics, IReadOnlyList<string> Lines) Step(
        Watch watch, RolloutGroup group, double reward = 0.5, double length = 10)
    {
        var metrics = new Dictionary<string, double> { ["reward"] = reward, ["completions/mean_length"] = length };
        return (metrics, watch.Add(metrics, [group], [group]));
    }

    [Fact]
    public void A_reward_that_goes_by_the_verdict_may_make_the_whole_spread()
    {
        var alone = Watched with { Rewards = [new(new FormatReward()), new(new CosineReward())] };
        var (watch, formal) = (new Watch(alone), new Watch(alone with { Rewards = [.. alone.Rewards.Reverse()] }));
        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(0, Step(watch, Group(first: [0, 0])).Metrics["watch/alarm/share"]);
            Assert.Equal(step < Watch.FirstSteps ? 0 : 1, Step(formal, Group(first: [0, 0])).Metrics["watch/alarm/share"]);
        }
    }

    [Fact]
    public void A_run_that_goes_as_it_should_never_alarms()
    {
        var watch = new Watch(Watched);
        for (var step = 0; step < 40; step++)
        {
            // Reward and accuracy grow together, lengths waver.
            var (metrics, lines) = Step(watch, Group(accuracy: 0.2 + step / 100.0), 0.2 + step / 100.0, 10 + step % 3);
            Assert.Empty(lines);
            Assert.Equal(
                new double[5], metrics.Where(m => m.Key.StartsWith("watch/alarm/", StringComparison.Ordinal)).Select(m => m.Value));
        }
    }

    [Fact]
    public void A_reward_that_outgrows_what_the_watching_grader_sees_alarms_once_and_stays_up()
    {
        var watch = new Watch(Watched);
        var said = new List<(int Step, string Line)>();
        for (var step = 1; step <= 40; step++)
        {
            var (metrics, lines) = Step(watch, Group(accuracy: 0.5), reward: 0.5 + Math.Max(0, step - 10) / 20.0);
            said.AddRange(lines.Select(l => (step, l)));
            Assert.Equal(metrics["reward"] - 0.5, metrics["watch/gap"], 12);
            // 0.3 of the weights' sum 1.5 is grown at step 20; the fading mean lags.
            Assert.Equal(said.Count > 0 ? 1 : 0, metrics["watch/alarm/gap"]);
        }
        var (first, line) = Assert.Single(said);
        Assert.InRange(first, 20, 30);
        Assert.Contains("more than the accuracy that nobody sees, now 0.5 (watch_gap 0.3)", line);
    }

    [Theory]
    [InlineData(25, "completions are 2.")]
    [InlineData(2, "completions are 0.4")]
    public void Completions_that_become_much_longer_or_shorter_alarm(double later, string expected)
    {
        var watch = new Watch(Watched);
        var lines = Enumerable.Range(1, 40)
            .SelectMany(step => Step(watch, Group(), length: step <= 5 ? 10 : later).Lines).ToList();
        Assert.StartsWith("watch/alarm/length: " + expected, Assert.Single(lines));
    }

    [Fact]
    public void The_first_steps_are_compared_with_nothing()
    {
        var watch = new Watch(Watched);
        Assert.Equal(0, Step(watch, Group(), length: 1).Metrics["watch/alarm/length"]);
        var (metrics, _) = Step(watch, Group(), length: 101);
        Assert.Equal(21.0 / 51, metrics["watch/length_drift"], 12); // 1 + 0.2 · 100 against (1 + 101) / 2
        Assert.Equal(0, metrics["watch/alarm/length"]);
    }

    [Fact]
    public void Copies_alarm_only_where_they_are_not_right()
    {
        static double Alarm(RolloutGroup group) => Step(new Watch(Watched), group).Metrics["watch/alarm/duplicates"];
        Assert.Equal(1, Alarm(Group(texts: ["a", "a"])));
        Assert.Equal(0, Alarm(Group(texts: ["a", "a"], verdict: Verdict.Right)));
        Assert.Equal(0, Alarm(Group(texts: ["a", "b"])));
    }

    [Fact]
    public void Failures_alarm_at_once_and_again_when_they_come_back()
    {
        var watch = new Watch(Watched);
        var broken = Group(second: [0, double.PositiveInfinity]);
        var (metrics, lines) = Step(watch, broken);
        Assert.Equal(1 / 8.0, metrics["watch/failed"]); // one of 2 grades + 2 watched + 4 rewards
        Assert.StartsWith("watch/alarm/failed: 12 %", Assert.Single(lines));
        Assert.Empty(Step(watch, broken).Lines);
        Assert.Empty(Step(watch, Group()).Lines);
        Assert.Single(Step(watch, broken).Lines);
        Assert.Equal(0, Step(watch, Group(second: [0, double.NaN])).Metrics["watch/failed"]); // no verdict is no failure
    }

    [Fact]
    public void A_reward_that_is_all_that_differs_alarms_unless_it_is_accuracy()
    {
        var watch = new Watch(Watched);
        var lines = Enumerable.Range(0, 15).SelectMany(_ => Step(watch, Group(first: [1, 1], second: [0, 1])).Lines).ToList();
        Assert.Contains("what makes rewards differ is format", Assert.Single(lines));
        watch = new Watch(Watched);
        Assert.Empty(Enumerable.Range(0, 15).SelectMany(_ => Step(watch, Group(first: [0, 1], second: [1, 1])).Lines));
    }

    [Fact]
    public void What_it_remembers_goes_through_a_checkpoint_to_the_last_bit()
    {
        (double, double, bool)[] Run(bool broken)
        {
            var watch = new Watch(Watched);
            return [.. Enumerable.Range(0, 30).Select(step =>
            {
                if (broken && step is 4 or 17)
                    watch = new Watch(Watched)
                    {
                        State = JsonSerializer.Deserialize<WatchState>(JsonSerializer.Serialize(watch.State))!,
                    };
                var (metrics, lines) = Step(watch, Group(accuracy: step / 97.0), 0.1 + step * step / 91.0, 10 + step * 1.7);
                return (metrics["watch/length_drift"], metrics["watch/alarm/gap"], lines.Count > 0);
            })];
        }
        Assert.Equal(Run(broken: false), Run(broken: true));
    }
}
