using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Sampling;
using Softly.Training;

namespace Softly.Tests.Cli;

/// <summary>The keys of warm starts and new models: each reaches what it is for, and none is taken where it would do nothing.</summary>
public sealed class WarmStartKeyTests
{
    private const string Sets = "task=reachability-two task_thoughts=frontier warm_start_steps=5 train_problems=40";

    private static Setup Make(string line) => new(RecipeReader.Read(null, line.Split(' ')));

    [Theory]
    [InlineData("task=reachability-two warm_start_steps=5 warm_start_self_fed=0.5",
        "warm_start_self_fed does nothing where no demonstration of task reachability-two thinks in sets: set task_thoughts: "
        + "frontier, or leave it out")]
    [InlineData("task=reachability-two warm_start_steps=5 warm_start_noise=0.5 task_thoughts=written",
        "warm_start_noise does nothing where no demonstration of task reachability-two thinks in sets: set task_thoughts: "
        + "frontier, or leave it out")]
    [InlineData("task=countdown-3 warm_start_steps=5 warm_start_noise=0.5",
        "warm_start_noise does nothing where no demonstration of task countdown-3 thinks in sets: leave it out, or choose a task "
        + "with task_thoughts (reachability)")]
    [InlineData(Sets + " warm_start_noise=0.5 algorithm=blank think_length=3",
        "warm_start_noise does nothing where no demonstration of task reachability-two thinks in sets: leave it out, or choose a "
        + "method whose thoughts are not blank")]
    [InlineData(Sets + " warm_start_self_fed_after=0.5",
        "warm_start_self_fed_after does nothing without warm_start_self_fed: set that too, or leave it out")]
    [InlineData(Sets + " warm_start_noise=0.5 warm_start_self_fed_after=0.5",
        "warm_start_self_fed_after does nothing without warm_start_self_fed: set that too, or leave it out")]
    [InlineData(Sets + " warm_start_temperature=2",
        "warm_start_temperature does nothing without warm_start_self_fed or warm_start_noise: set one of them, or leave it out")]
    [InlineData("task=countdown-3 warm_start_steps=5 warm_start_questions=4",
        "warm_start_questions does nothing for task countdown-3, which knows one question about each of its problems: leave it out")]
    [InlineData(Sets + " warm_start_questions=9 warm_start_batch=8",
        "warm_start_questions 9 is more than an update has demonstrations (warm_start_batch 8): lower it, or raise "
        + "warm_start_batch")]
    [InlineData("initialization=lookup num_key_value_heads=1",
        "initialization lookup needs a key head for every query head, and there are 1 for 2: leave num_key_value_heads out, "
        + "or set initialization: plain")]
    [InlineData("initialization=lookup hidden_size=8 num_attention_heads=4",
        "initialization lookup needs heads that turn slowly, and none does with rope_theta 10000 and 2 numbers a head: set "
        + "rope_theta: 1000000, lower num_attention_heads, or set initialization: plain")]
    public void A_key_that_would_do_nothing_or_cannot_work_is_refused_in_one_line(string line, string expected) =>
        Assert.Equal(expected, Assert.Throws<UserError>(() => Make(line)).Message);

    [Theory]
    [InlineData("warm_start_self_fed=1.5")]
    [InlineData("warm_start_self_fed=-0.1")]
    [InlineData("warm_start_self_fed_after=1")]
    [InlineData("warm_start_noise=-1")]
    [InlineData("warm_start_temperature=0")]
    [InlineData("warm_start_questions=0")]
    [InlineData("initialization=lokup")]
    public void A_value_out_of_range_is_refused(string key) =>
        Assert.Contains(key.Split('=')[0], Assert.Throws<UserError>(() => Make($"{Sets} {key}")).Message);

    [Theory]
    [InlineData("initialization=lookup", "initialization does nothing for some/model, which brings its own")]
    [InlineData("rope_theta=1000000", "rope_theta does nothing for some/model, which brings its own")]
    [InlineData("seed=1", null)]
    public void Keys_of_new_models_are_refused_for_a_model_that_is_there(string key, string? expected)
    {
        var wrong = new List<string>();
        new WarmStartSettings(RecipeReader.Read(null, ["model_name_or_path=some/model", key]), wrong).Check();
        if (expected is null) Assert.Empty(wrong);
        else Assert.StartsWith(expected, Assert.Single(wrong));
    }

    [Fact]
    public void Every_key_reaches_the_trainer_or_the_model()
    {
        var recipe = RecipeReader.Read(null, [.. Sets.Split(' '), "warm_start_self_fed=0.4", "warm_start_self_fed_after=0.5",
            "warm_start_noise=0.3", "warm_start_temperature=0.7", "warm_start_questions=8", "initialization=lookup",
            "rope_theta=1000000", "algorithm=frontier-soft", "top_k=7"]);
        var setup = new Setup(recipe);
        var own = setup.Settings.WarmStart.Options(setup.Sampling).SelfFed!;
        Assert.Equal((0.4, 0.5, 0.3, 0.7), (own.Share, own.After, own.Noise, own.Tau));
        Assert.Equal(setup.Sampling.Thinking, own.Thinking); // what rollouts think in
        Assert.Equal(7, own.Thinking.TopK);
        Assert.Equal(1e6, setup.Config.RopeTheta);
        Assert.Equal(10, new WarmStartSettings(recipe, []).SelfFed(new SamplingOptions())!.Thinking.TopK); // words think in none
        Assert.Null(new WarmStartSettings(new Recipe(), []).SelfFed(setup.Sampling));
    }

    [Fact]
    public void Where_rollouts_think_blank_demonstrations_do_too()
    {
        var setup = Make("task=countdown-3 algorithm=blank think_length=3 warm_start_steps=5 train_problems=40");
        var lesson = Assert.Single(setup.Settings.WarmStart.Draw(
            setup.Task, setup.Problems.Train(), new Softly.Generation.ProblemReader(setup.Tokenizer), new Random(1),
            setup.Sampling));
        Assert.Equal([true, true, true], lesson.IsThought.TakeWhile(t => t));
        Assert.DoesNotContain(true, lesson.IsThought.Skip(3));
        Assert.All(lesson.Inputs.Take(3).Concat(lesson.Targets.Take(3)), row => Assert.Empty(row.Ids));
        Assert.Equal(setup.Tokenizer.TokenId(">"), Assert.Single(lesson.Targets[3].Ids)); // the mark, as in a rollout
    }
}
