using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;

namespace Softly.Tests.Training;

/// <summary>From rollouts to rewards: what each sees, how they add up, and what a step counts of it.</summary>
public class ScorerTests
{
    private sealed class By(string name, Func<RewardContext, double> score) : IReward
    {
        public string Name => name;
        public double Score(RewardContext context) => score(context);
    }

    /// <summary>Right where the text says so; every third time the verifier fails.</summary>
    private sealed class Saying : IGrader
    {
        public string Name => "saying";
        public string PromptSuffix => "";
        public Grade Grade(string answer, string completion) => completion.Contains("broken", StringComparison.Ordinal)
            ? new(0, Verdict.Failed, "the verifier broke")
            : new(completion.Contains("right", StringComparison.Ordinal) ? 1 : 0, Verdict.Wrong, "");
    }

    private sealed class SayingTask : ITask
    {
        public string Name => "saying";
        public string Description => "";
        public IReadOnlyList<string>? Vocabulary => null;
        public string? ThinkEnd => null;
        public int? CompletionLength => null;
        public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => [];
        public Grade Grade(Problem problem, string completion) => new Saying().Grade("", completion);
        public Demonstration? Demonstrate(Problem problem, Random random) => null;
        public double? GuessChance(Problem problem) => null;
    }

    private static Rollout Rollout(string text, SamplingOptions? sampling = null, params int[] tokens)
    {
        var rollout = new Rollout(sampling ?? new SamplingOptions(), 1) { Text = text, Finish = FinishReason.Length };
        foreach (var token in tokens.Length > 0 ? tokens : [5]) rollout.Add(new Step(StepKind.Hard, token, default, 1, 0, 0, 1));
        return rollout;
    }

    private static RolloutGroup Group(params string[] texts) => new(Some.Prompt("p", 3), [.. texts.Select(t => Rollout(t))]);

    private static IReadOnlyList<RolloutGroup> Score(RewardOptions options, params RolloutGroup[] groups)
    {
        using var scorer = new Scorer(new SayingTask(), options, Some.Words);
        return scorer.Score(groups);
    }

    [Fact]
    public void Without_rewards_the_task_s_score_is_the_reward_and_a_broken_verifier_none()
    {
        var group = Score(new RewardOptions(), Group("right", "no", "right broken"))[0];
        Assert.Equal([1, 0, double.NaN], group.Scores);
        Assert.Equal([Verdict.Wrong, Verdict.Wrong, Verdict.Failed], group.Grades.Select(g => g.Verdict));
        Assert.Equal(group.Scores, (group with { Rewards = [] }).Scores);
        // Graded and nothing more, as an evaluation leaves it
        Assert.Equal([1, 0, double.NaN], (Group("right", "no", "right broken") with { Grades = group.Grades }).Scores);
        var advantages = new TrainingOptions().Advantages(Some.Grpo(), [group])[0];
        Assert.Equal(0, advantages[2]); // it is compared with nothing, and learns nothing
        Assert.True(advantages[0] > 0 && advantages[1] == -advantages[0]);
    }

    [Fact]
    public void Rewards_are_weighed_and_what_gave_nothing_is_left_out_of_the_sum_but_what_failed_leaves_none()
    {
        var options = new RewardOptions
        {
            Rewards =
            [
                new(new AccuracyReward(), 2),
                new(new By("long", c => c.Completion.Length > 5 ? double.NaN : 0.5), -1, Foreign: true),
                new(new By("torn", c => c.Completion == "no" ? throw new InvalidOperationException("torn") : 10), 0.1),
            ],
            Watching = new Saying(),
        };
        var group = Score(options, Group("right", "no", "broken but right", "so wrong"))[0];
        Assert.Equal([2 - 0.5 + 1, double.NaN, double.NaN, 0 + 1], group.Scores);
        Assert.Equal(
            [RewardOutcome.Failed, RewardOutcome.None, RewardOutcome.Given], group.Rewards[2].Select(r => r.Outcome));
        Assert.Equal("InvalidOperationException: torn", group.Rewards[1][2].Reason);
        Assert.Equal([1, 0], group.Watched.Take(2).Select(g => g.Score));
        // What has no sum is compared with nothing, in both ways to add up.
        foreach (var aggregation in Enum.GetValues<RewardAggregation>())
        {
            var training = new TrainingOptions { Rewards = options with { Aggregation = aggregation } };
            var advantages = training.Advantages(Some.Grpo(), [group])[0];
            Assert.Equal([0, 0], advantages[1..3]);
            Assert.NotEqual(0, advantages[0]);
        }
    }

    [Fact]
    public void A_reward_that_took_too_long_leaves_no_sum()
    {
        using var gate = new ManualResetEvent(false);
        var options = new RewardOptions
        {
            Rewards = [new(new AccuracyReward()), new(new By("slow", c => c.Index == 1 && gate.WaitOne() ? 0 : 1), Foreign: true)],
            TimeLimit = TimeSpan.FromMilliseconds(200),
        };
        var group = Score(options, Group("right", "right", "no"))[0];
        gate.Set();
        Assert.Equal([2, double.NaN, 1], group.Scores);
    }

    [Fact]
    public void A_reward_sees_the_problem_the_group_and_the_lengths()
    {
        var seen = new RewardContext[3];
        var options = new RewardOptions
        {
            Rewards = [new(new By("see", c => { seen[c.Index] = c; return c.Index; }), Foreign: true)],
        };
        var problem = new Problem("p", "ask", "42") { Fields = new Dictionary<string, string> { ["level"] = "3" } };
        var group = Group("a", "b", "c") with { Prompt = new Prompt(problem, [MixtureRow.Token(3)]) };
        Assert.Equal([0, 1, 2], Score(options, group)[0].Scores);
        Assert.Equal(["a", "b", "c"], seen[1].Group);
        Assert.Equal(("ask", "42", "3"), (seen[2].Prompt, seen[2].Answer, seen[2].Column("level")));
        Assert.Equal((1, new SamplingOptions().MaxNewTokens, Ending.Length), (seen[0].Length, seen[0].Limit, seen[0].Ending));
        Assert.Equal(((string?)null, "a"), (seen[0].Thought, seen[0].Reply)); // there is no mark to cut at
    }

    [Theory]
    [InlineData(new[] { 5, 6, 2, 7, 8 }, "5 6", "7 8", 3)]
    [InlineData(new[] { 2, 7 }, "", "7", 1)]
    [InlineData(new[] { 5, 6, 2 }, "5 6", "", 3)]
    [InlineData(new[] { 5, 6 }, "5 6", null, 2)]
    [InlineData(new[] { 5, 2, 7, 2, 8 }, "5", "7 2 8", 2)] // the first mark counts
    public void Thought_and_reply_are_cut_at_the_token_that_ends_thinking(int[] tokens, string thought, string? reply, int length)
    {
        var sampling = new SamplingOptions { ThinkEnd = new ThinkEnd(Some.ThinkEndToken) };
        var cut = ThoughtAndReply.Of(Rollout(Some.Words(tokens), sampling, tokens), Some.Words);
        Assert.Equal((thought, reply, length), (cut.Thought, cut.Reply, cut.ThoughtLength));
    }

    [Fact]
    public void Or_at_the_text_wherever_its_tokens_begin()
    {
        var sampling = new SamplingOptions { ThinkEnd = new ThinkEnd(Text: "6 2") };
        int[] tokens = [5, 16, 2, 7, 8];
        var cut = ThoughtAndReply.Of(Rollout(Some.Words(tokens), sampling, tokens), Some.Words);
        Assert.Equal(("5 1", " 7 8", 3), (cut.Thought, cut.Reply, cut.ThoughtLength));
        // The token that ends the text is no part of it.
        var ended = Rollout("5 6 2", sampling, 5, 6, 2, Some.EndToken);
        ended.Finish = FinishReason.End;
        cut = ThoughtAndReply.Of(ended, Some.Words);
        Assert.Equal(("5 ", "", 3), (cut.Thought, cut.Reply, cut.ThoughtLength));
    }

    [Fact]
    public void Normalize_then_sum_compares_each_reward_by_itself()
    {
        var options = new TrainingOptions
        {
            Rewards = new RewardOptions
            {
                Rewards = [new(new AccuracyReward(), 1), new(new By("thousand", c => 1000 * c.Completion.Length), 0.5)],
                Aggregation = RewardAggregation.NormalizeThenSum,
            },
        };
        var groups = Score(options.Rewards, Group("right", "no", "not"), Group("aye", "nay", "right"));
        double[][] rewards = [[1, 5000], [0, 2000], [0, 3000], [0, 3000], [0, 3000], [1, 5000]];
        var expected = SeveralRewards.NormalizeThenSum(rewards, [1, 0.5], 3, new LossOptions().AdvantageEpsilon);
        Assert.Equal(expected, options.Advantages(Some.Grpo(), groups).SelectMany(a => a));
        // A group whose sums are all alike has spread where its rewards have.
        var even = options with
        {
            Rewards = options.Rewards with
            {
                Rewards = [new(new By("up", c => c.Index)), new(new By("down", c => -c.Index))],
            },
        };
        var level = Score(even.Rewards, Group("a", "b"))[0];
        Assert.Equal([0, 0], level.Scores);
        Assert.True(even.HasSpread(level));
        var summed = even with { Rewards = even.Rewards with { Aggregation = RewardAggregation.SumThenNormalize } };
        Assert.False(summed.HasSpread(level));
    }

    [Fact]
    public void What_does_not_fit_the_advantage_is_refused_with_the_remedy()
    {
        var both = new RewardOptions { Aggregation = RewardAggregation.NormalizeThenSum };
        var whitened = new PolicyGradient(new LossOptions { Advantage = AdvantageKind.Whitened });
        Assert.Contains("set advantage: group and scale_rewards: group",
            Assert.Single(new TrainingOptions { Rewards = both }.Problems(whitened)));
        Assert.Empty(new TrainingOptions { Rewards = both }.Problems(Some.Grpo()));
        Assert.Contains("add overlong(buffer=5) to reward_funcs",
            Assert.Single(new TrainingOptions { Rewards = both, OverlongBuffer = 5 }.Problems(Some.Grpo())));
        var passAt = new PolicyGradient(new LossOptions { Advantage = AdvantageKind.PassAt, PassAt = 2 });
        Assert.Empty(new TrainingOptions().Problems(passAt));
        Assert.Contains("set reward_funcs: accuracy without weights", Assert.Single(new TrainingOptions
        {
            Rewards = new RewardOptions { Rewards = [new(new FormatReward())] },
        }.Problems(passAt)));
    }

    [Fact]
    public void Results_do_not_depend_on_how_many_are_judged_at_a_time()
    {
        var groups = Enumerable.Range(0, 30)
            .Select(i => Group([.. Enumerable.Range(0, 8).Select(k => $"{(i * k) % 7} right")])).ToArray();
        RewardOptions With(int workers) => new()
        {
            Workers = workers,
            Rewards = [new(new By("first", c => c.Completion[0]), Foreign: true), new(new RepetitionReward { NgramSize = 1 })],
        };
        var one = Score(With(1), groups);
        var four = Score(With(4), groups);
        Assert.Equal(one.SelectMany(g => g.Scores), four.SelectMany(g => g.Scores));
        Assert.Equal(
            Enumerable.Range(0, 30).SelectMany(i => Enumerable.Range(0, 8).Select(k => (double)('0' + i * k % 7))),
            four.SelectMany(g => g.Rewards.Select(r => r[0].Value)));
    }

    [Fact]
    public void A_reward_that_hangs_again_and_again_ends_the_step_with_its_name()
    {
        using var gate = new ManualResetEvent(false);
        var options = new RewardOptions
        {
            Rewards = [new(new By("slow", _ => gate.WaitOne() ? 0 : 1), Foreign: true)],
            TimeLimit = TimeSpan.FromMilliseconds(50), MostTimeouts = 3,
        };
        var error = Assert.Throws<RewardException>(() => Score(options, Group("a", "b", "c", "d", "e")));
        Assert.Contains("reward slow", error.Message);
        gate.Set();
    }

    [Fact]
    public void What_a_reward_gave_is_counted_over_all_that_was_drawn_and_averaged_over_what_is_learned_from()
    {
        var options = new RewardOptions
        {
            Rewards =
            [
                new(new By("half", c => c.Index % 2 == 0 ? c.Index : double.NaN)),
                new(new By("never", _ => double.NaN)), new(new By("torn", _ => throw new InvalidOperationException())),
            ],
        };
        var groups = Score(options, Group("a", "b", "c", "d", "e"), Group("f", "g"));
        var metrics = new Dictionary<string, double>();
        RewardFigures.Add(metrics, [groups[0]], groups, options);
        Assert.Equal((2, 2), (metrics["rewards/half/mean"], metrics["rewards/half/std"])); // of 0, 2, 4
        Assert.Equal((3, 7, 7), (metrics["reward/half/none"], metrics["reward/never/none"], metrics["reward/torn/failed"]));
        Assert.DoesNotContain("rewards/never/mean", metrics.Keys);
        metrics.Clear();
        RewardFigures.Add(metrics, groups, groups, new RewardOptions());
        Assert.Empty(metrics);
    }

    [Fact]
    public void Shares_in_the_spread_add_up_to_one()
    {
        var options = new RewardOptions
        {
            Rewards = [new(new By("big", c => 3 * c.Index)), new(new By("small", c => c.Index)), new(new By("flat", _ => 7))],
        };
        var shares = RewardFigures.Shares(Score(options, Group("a", "b", "c")), options.Weights);
        Assert.Equal([0.75, 0.25, 0], shares);
        // What gave nothing adds nothing to the sum, and differs by that: the sums are 2, 0, 1.
        var nowAndThen = new RewardOptions
        {
            Rewards = [new(new By("level", c => c.Index == 2 ? 1 : 0)), new(new By("now", c => c.Index == 0 ? 2 : double.NaN))],
        };
        // Centred (−⅓, −⅓, ⅔) and (4⁄3, −⅔, −⅔), of the sum (1, −1, 0): products 0 and 2 of 2.
        var split = RewardFigures.Shares(Score(nowAndThen, Group("a", "b", "c")), [1, 1]);
        Assert.Equal(0, split[0], 12);
        Assert.Equal(1, split[1], 12);
    }

    [Fact]
    public void Copies_are_counted_within_groups()
    {
        Assert.Equal(1, RewardFigures.Duplicates([["a", "a", "a"]]));
        Assert.Equal(0, RewardFigures.Duplicates([["a", "b", null, null]]));
        Assert.Equal(0.5, RewardFigures.Duplicates([["a", "a", "b"], ["a", "b", "b"]]));
    }
}
