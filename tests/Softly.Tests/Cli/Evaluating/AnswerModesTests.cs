using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Cli.Recipes;

namespace Softly.Tests.Cli.Evaluating;

public class AnswerModesTests
{
    private static IReadOnlyList<AnswerMode> Of(string? names, string? preset, params string[] changes) =>
        AnswerModes.Of(new Recipe { Temperature = 0.9 }, names, preset is null ? [] : Preset.Find(preset), changes);

    [Fact]
    public void A_mode_is_the_recipe_with_its_law()
    {
        var modes = Of("discrete,soft,soft-noise,own", null);
        Assert.Equal(["none", "soft-thinking", "gumbel-softmax", null], modes.Select(m => m.Recipe.ThinkingLaw));
        Assert.All(modes, m => Assert.Equal(0.9, m.Recipe.Temperature));
    }

    [Fact]
    public void The_noise_is_the_recipe_s_own_where_it_has_some()
    {
        Assert.Equal("multiplex", Of("soft-noise", null, "thinking_law=multiplex").Single().Recipe.ThinkingLaw);
        Assert.Equal("gumbel-softmax", Of("soft-noise", null, "thinking_law=soft-thinking").Single().Recipe.ThinkingLaw);
        Assert.Equal("gumbel-softmax", Of("soft-noise", null, "algorithm=grpo").Single().Recipe.ThinkingLaw);
        Assert.Equal("gumbel-softmax", Of("soft-noise", null, "algorithm=blank").Single().Recipe.ThinkingLaw);
    }

    [Fact]
    public void What_is_said_of_one_mode_wins_over_what_is_said_of_all_and_that_over_the_preset()
    {
        var modes = Of(null, "common", "temperature=0.7", "soft.temperature=0.2", "soft.after_thinking_temperature=0.1");
        Assert.Equal(["discrete", "soft", "soft-noise"], modes.Select(m => m.Name));
        Assert.Equal([0.7, 0.2, 0.7], modes.Select(m => m.Recipe.Temperature));
        Assert.Equal([null, 0.1, 0.6], modes.Select(m => m.Recipe.AfterThinkingTemperature));
        Assert.All(modes, m => Assert.Equal((30, 0.95), (m.Recipe.TopK!.Value, m.Recipe.TopP!.Value)));
    }

    /// <summary>The published settings (reference §5.1).</summary>
    [Fact]
    public void The_paper_s_presets_have_the_paper_s_numbers()
    {
        var discrete = Of(null, "paper-discrete").Single().Recipe;
        var gumbel = Of(null, "paper-soft-gumbel").Single().Recipe;
        var grpo = Of(null, "paper-soft-grpo").Single().Recipe;
        Assert.Equal((0.6, 0.95, 30, "none"), (discrete.Temperature, discrete.TopP, discrete.TopK, discrete.ThinkingLaw));
        Assert.Equal((0.6, 0.95, 30, 30, 0.5), (gumbel.Temperature, gumbel.TopP, gumbel.TopK, gumbel.MaxTopk, gumbel.GumbelSoftmaxTemperature));
        Assert.Equal((1.0, 0.95, 5, 5, 0.1), (grpo.Temperature, grpo.TopP, grpo.TopK, grpo.MaxTopk, grpo.GumbelSoftmaxTemperature));
        foreach (var recipe in new[] { gumbel, grpo })
        {
            Assert.Equal(("gumbel-softmax", 1.0), (recipe.ThinkingLaw, recipe.NoiseFactor));
            Assert.Equal((recipe.Temperature, recipe.TopP, recipe.TopK),
                (recipe.AfterThinkingTemperature, (double?)recipe.AfterThinkingTopP, (int?)recipe.AfterThinkingTopK));
        }
        foreach (var recipe in new[] { discrete, gumbel, grpo })
            Assert.Equal((32, 32768), (recipe.EvalSamples, recipe.MaxCompletionLength));
        Assert.Equal(["discrete", "soft-noise"], Of(null, "paper-discrete,paper-soft-gumbel").Select(m => m.Name));
    }

    /// <summary>What a run's recipe says of its own law is nothing to the law of another mode.</summary>
    [Fact]
    public void Settings_of_another_law_are_left_behind_where_the_mode_changes_the_law()
    {
        var paper = new Recipe
        {
            ThinkingLaw = "gumbel-softmax", GumbelSoftmaxTemperature = 0.1, NoiseFactor = 1, DensityReduction = "mean",
        };
        var modes = AnswerModes.Of(paper, "own,soft,soft-noise", [], ["gumbel_softmax_temperature=0.2"]);
        Assert.Equal([0.2, null, 0.2], modes.Select(m => m.Recipe.GumbelSoftmaxTemperature));
        Assert.Equal([1, null, 1], modes.Select(m => m.Recipe.NoiseFactor));
        Assert.Equal(["mean", null, "mean"], modes.Select(m => m.Recipe.DensityReduction));
        // Said of one mode, or to modes that all do not read it, it is a mistake: it stays, and is refused with the law's name.
        foreach (var change in new[] { "soft.gumbel_softmax_temperature=0.3", "gumbel_softmax_temperature=0.3" })
            Assert.Equal(0.3, AnswerModes.Of(paper, "soft", [], [change])[0].Recipe.GumbelSoftmaxTemperature);
        Assert.Null(AnswerModes.Of(paper, "soft", [], [])[0].Recipe.GumbelSoftmaxTemperature);
        var other = paper with { ThinkingLaw = "soft-thinking", Concentration = 2 };
        var swapped = AnswerModes.Of(other, "soft-noise", [], [])[0].Recipe;
        Assert.Equal(("gumbel-softmax", null), (swapped.ThinkingLaw, swapped.Concentration));
        Assert.Equal(0.1, swapped.GumbelSoftmaxTemperature);
    }

    [Fact]
    public void Common_is_common_whatever_a_run_says()
    {
        var run = new Recipe
        {
            MaxTopk = 7, MinP = 0.1, AfterThinkingMinP = 0.2, NoiseFactor = 3, ThinkingLaw = "gumbel-softmax",
        };
        var modes = AnswerModes.Of(run, null, Preset.Find("common"), []).Select(m => m.Recipe).ToList();
        Assert.All(modes, r => Assert.Equal(0, r.MinP));
        Assert.All(modes.Skip(1), r => Assert.Equal((30, 0.0), (r.MaxTopk, r.AfterThinkingMinP)));
        Assert.Equal([null, 1], modes.Skip(1).Select(r => r.NoiseFactor));
        var other = AnswerModes.Of(run with { ThinkingLaw = "multiplex", NoiseFactor = null }, null, Preset.Find("common"), []);
        Assert.Equal(("multiplex", null), (other[2].Recipe.ThinkingLaw, other[2].Recipe.NoiseFactor));
    }

    [Theory]
    [InlineData("discrete", null, "thinking_law=multiplex", "the mode discrete is thinking_law none: leave it out")]
    [InlineData("discrete,soft", null, "thinking_law=multiplex", "the mode discrete is thinking_law none: leave it out")]
    [InlineData("soft", null, "soft.thinking_law=multiplex", "ask for the mode own with own.thinking_law=multiplex")]
    [InlineData("discret", null, null, "there is no mode 'discret'; did you mean 'discrete'?")]
    [InlineData("soft,soft", null, null, "the mode soft is asked for twice")]
    [InlineData("discrete", null, "soft.temperature=1", "the mode soft is not asked for")]
    [InlineData("soft", null, "soft.temprature=1", "did you mean 'temperature'?")]
    [InlineData("soft", null, "soft.eval_samples=3", "give eval_samples for all of them")]
    [InlineData("soft", "paper-discrete", null, "preset paper-discrete has no settings for the mode soft")]
    [InlineData(null, "paper-soft-gumbel,paper-soft-grpo", null, "are both for the mode soft-noise")]
    [InlineData(null, "paper-soft-grop", null, "did you mean 'paper-soft-grpo'?")]
    [InlineData(",", null, null, "--modes names none")]
    public void What_does_not_fit_is_said_with_what_does(string? names, string? preset, string? change, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserError>(() => Of(names, preset, change is null ? [] : [change])).Message);
}
