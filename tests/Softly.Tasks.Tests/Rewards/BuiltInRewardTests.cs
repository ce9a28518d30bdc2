using Softly.Tasks;

namespace Softly.Tests.Rewards;

/// <summary>Every built-in reward on numbers made by hand.</summary>
public class BuiltInRewardTests
{
    private static IReward Make(string text) => RewardCatalog.Make(Assert.Single(RewardSpec.Read(text)), Graders.Find);

    [Fact]
    public void Accuracy_is_the_task_s_score_whatever_it_is()
    {
        Assert.Equal(0.375, Make("accuracy").Score(SomeContext.Of("x", score: 0.375)));
        Assert.Equal("accuracy", Make("accuracy_reward").Name); // as TRL calls it
    }

    [Fact]
    public void Accuracy_by_another_grader_does_not_look_at_the_task_s()
    {
        var reward = Make("accuracy(grader=gsm8k-flexible)");
        Assert.Equal("accuracy_gsm8k-flexible", reward.Name);
        Assert.Equal(1, reward.Score(SomeContext.Of("It is 7.", verdict: Verdict.Wrong, score: 0)));
        Assert.Equal(0, reward.Score(SomeContext.Of("It is 8.", verdict: Verdict.Right, score: 1)));
        Assert.Equal("other", Make("accuracy(grader=hendrycks name=other)").Name);
    }

    [Fact]
    public void A_verifier_that_failed_gives_no_verdict_and_is_no_zero()
    {
        foreach (var name in new[] { "accuracy", "cosine" })
        {
            using var contained = new ContainedReward(Make(name));
            var score = contained.Score(SomeContext.Of("x", verdict: Verdict.Failed, score: 0));
            Assert.Equal(RewardOutcome.Failed, score.Outcome);
            Assert.True(double.IsNaN(score.Value));
            Assert.Equal("because", score.Reason);
        }
    }

    [Fact]
    public void The_code_reward_goes_through_whoever_finds_graders()
    {
        var asked = new List<string>();
        var reward = RewardCatalog.Make(RewardSpec.Read("code")[0], name =>
        {
            asked.Add(name);
            return new Half();
        });
        Assert.Equal(["code"], asked);
        Assert.Equal("code", reward.Name);
        Assert.Equal(0.5, reward.Score(SomeContext.Of("print(7)")));
        var error = Assert.Throws<ArgumentException>(() => Make("code"));
        Assert.StartsWith("code: there is no grader 'code'", error.Message);
    }

    /// <summary>Half of the asserts hold.</summary>
    private sealed class Half : IGrader
    {
        public string Name => "code";
        public string PromptSuffix => "";
        public Grade Grade(string answer, string completion) => new(0.5, Verdict.Wrong, "1 of 2 asserts");
    }

    [Theory]
    [InlineData("<think>so</think> 7", 1)]
    [InlineData("  \n<think>so</think>7", 1)]
    [InlineData("so</think> 7", 1)]                       // the template has opened it
    [InlineData("<think>so</think>  ", 0)]                // nothing is said
    [InlineData("<think>so 7", 0)]                        // never closed
    [InlineData("well <think>so</think> 7", 0)]           // opened late
    [InlineData("<think>a</think><think>b</think> 7", 0)] // twice
    [InlineData("a</think>b</think> 7", 0)]
    [InlineData("", 0)]
    public void Format_think_wants_thinking_closed_once_and_something_behind_it(string text, double expected) =>
        Assert.Equal(expected, Make("format").Score(SomeContext.Of(text)));

    [Fact]
    public void Format_think_goes_by_the_mark_where_the_run_has_one()
    {
        var reward = Make("format(style=think)");
        Assert.Equal(1, reward.Score(SomeContext.Of("so = 7", thought: "so", reply: "7")));
        Assert.Equal(0, reward.Score(SomeContext.Of("so =", thought: "so", reply: " ")));
        Assert.Equal(0, reward.Score(SomeContext.Of("so 7", thought: "so 7", reply: null)));
        Assert.Equal(0, reward.Score(SomeContext.Of("so 7", thought: "so", reply: "7</think>8")));
    }

    [Theory]
    [InlineData("<think>so</think>\n<answer>7</answer>\n", 1)]
    [InlineData("<think>so</think> then <answer>7</answer>", 0)]
    [InlineData("<think>so</think><answer>7</answer> yes", 0)]
    [InlineData("<think>so</think><answer> </answer>", 0)]
    [InlineData("<think>so</think><answer>7</answer><answer>8</answer>", 0)]
    [InlineData("<answer>7</answer>", 0)]
    public void Format_answer_wants_both_tags_in_order_and_nothing_else(string text, double expected) =>
        Assert.Equal(expected, Make("format(style=answer)").Score(SomeContext.Of(text)));

    [Theory]
    [InlineData(@"so \boxed{7}", 1)]
    [InlineData(@"so \boxed{\frac{1}{2}} .", 1)]
    [InlineData(@"so \boxed{ }", 0)]
    [InlineData(@"so \boxed{7", 0)]
    [InlineData("so 7", 0)]
    public void Format_box_wants_a_complete_box_that_holds_something(string text, double expected) =>
        Assert.Equal(expected, Make("format(style=box)").Score(SomeContext.Of(text)));

    [Fact]
    public void A_pattern_s_time_is_linear_and_a_dot_is_any_character()
    {
        var reward = Make("format(pattern='^a.*[0-9]+$', name=digits)");
        Assert.Equal("digits", reward.Name);
        Assert.Equal(1, reward.Score(SomeContext.Of("a,\n12")));
        Assert.Equal(0, reward.Score(SomeContext.Of("b 12")));
        var hostile = Make("format(pattern='^(a+)+$')"); // 2^n steps where the engine backtracks
        Assert.Equal(0, hostile.Score(SomeContext.Of(new string('a', 100_000) + "!")));
        var error = Assert.Throws<ArgumentException>(() => Make("format(pattern='(?=a)b')"));
        Assert.Contains("has look-around or references back", error.Message);
        Assert.Contains("pattern", Assert.Throws<ArgumentException>(() => Make("format(pattern='(a')")).Message);
    }

    [Theory]
    [InlineData(80, 0)]
    [InlineData(85, -0.5)]     // 2 · (85 − 80) / 20
    [InlineData(99, -1.9)]
    [InlineData(100, -2)]
    public void Overlong_grows_over_the_buffer_to_the_whole_penalty_at_the_limit(int length, double expected) =>
        Assert.Equal(expected, Make("overlong(buffer=20, penalty=2)").Score(SomeContext.Of("x", length, limit: 100)), 12);

    [Theory]
    [InlineData("length(target=20)", 20, 1)]
    [InlineData("length(target=20)", 15, 0.75)]
    [InlineData("length(target=20)", 50, 0)]
    [InlineData("length(target=20, spread=5)", 22, 0.6)]
    [InlineData("length(target=6 part=thought)", 50, 1)]
    [InlineData("length(target=44 part=reply)", 50, 1)]
    [InlineData("length(target_column=wanted)", 30, 0.75)]
    public void Length_falls_linearly_on_both_sides_of_its_target(string spec, int length, double expected) =>
        Assert.Equal(
            expected,
            Make(spec).Score(SomeContext.Of("x", length, thoughtLength: 6, fields: new() { ["wanted"] = "40" })), 12);

    [Theory]
    [InlineData(true, 0, 1)]
    [InlineData(true, 50, 0.75)]   // 0.5 + ½ · 0.5 · (1 + 0)
    [InlineData(true, 100, 0.5)]
    [InlineData(true, 1000, 0.5)]
    [InlineData(false, 0, -1)]
    [InlineData(false, 50, -0.75)]
    [InlineData(false, 100, -0.5)]
    [InlineData(false, 25, -0.926776695296637)] // −0.5 − ¼ (1 + cos 45°)
    public void Cosine_pays_short_right_answers_most_and_short_wrong_ones_least(bool right, int length, double expected) =>
        Assert.Equal(
            expected,
            Make("cosine").Score(SomeContext.Of("x", length, limit: 100, verdict: right ? Verdict.Right : Verdict.Wrong)), 12);

    [Theory]
    [InlineData("a b c d", 0)]                     // two trigrams, both distinct
    [InlineData("a b", 0)]                         // none
    [InlineData("", 0)]
    [InlineData("A a a a", -0.5)]                  // two, one distinct: 1 − 1/2
    [InlineData("x y z x y z x y z", -4 / 7.0)]    // seven, three distinct
    public void Repetition_counts_distinct_trigrams(string text, double expected) =>
        Assert.Equal(expected, Make("repetition_penalty").Score(SomeContext.Of(text)), 12);

    [Fact]
    public void Repetition_s_size_and_weight_can_be_set() =>
        // five words, four pairs, two distinct: (1 − 2/4) · −3
        Assert.Equal(-1.5, Make("repetition_penalty(ngram_size=2, max_penalty=-3)").Score(SomeContext.Of("a b a b a")), 12);

    [Fact]
    public void Columns_are_found_by_name_and_a_missing_one_names_its_neighbour()
    {
        var context = SomeContext.Of("x", fields: new() { ["level"] = "3", ["subject"] = "algebra" });
        Assert.Equal("algebra", context.Column("subject"));
        var error = Assert.Throws<ArgumentException>(() => context.Column("sujet"));
        Assert.Contains("did you mean 'subject'? Columns: level, subject.", error.Message);
    }

    [Theory]
    [InlineData("acuracy", "there is no reward 'acuracy'; did you mean 'accuracy'?")]
    [InlineData("format(stlye=box)", "format: there is no setting 'stlye'; did you mean 'style'? Settings: name, style, pattern")]
    [InlineData("code(grader=math)", "code: it goes by the grader code: leave grader out")]
    [InlineData("format(style=boxx)", "format: style: expected one of think, answer, box, found 'boxx'")]
    [InlineData("overlong", "overlong: needs the tokens before the limit")]
    [InlineData("overlong(buffer=ten)", "overlong: buffer: expected a whole number, found 'ten'")]
    [InlineData("overlong(buffer=5 penalty=-1)", "must be above 0, it is taken off")]
    [InlineData("length", "length: needs the wanted length")]
    [InlineData("length(target=5, target_column=x)", "length: needs the wanted length")]
    [InlineData("repetition_penalty(max_penalty=1)", "must be below 0, it is added")]
    [InlineData("cosine(max_value_wrong=-2)", "min_value_wrong is above max_value_wrong")]
    [InlineData("accuracy(grader=hendryks)", "accuracy: there is no grader 'hendryks'; did you mean 'hendrycks'?")]
    [InlineData("accuracy(gradr=hendrycks)", "accuracy: there is no setting 'gradr'; did you mean 'grader'?")]
    public void What_is_set_wrong_is_named_with_the_nearest(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Make(text)).Message);
}
