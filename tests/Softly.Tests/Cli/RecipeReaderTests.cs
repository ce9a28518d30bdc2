using Softly.Cli;
using Softly.Cli.Recipes;

namespace Softly.Tests.Cli;

public sealed class RecipeReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("softly-recipes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string text)
    {
        var path = Path.Combine(_folder, "recipe.yaml");
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void A_link_to_a_file_that_is_no_recipe_by_its_length_is_refused()
    {
        using (var large = System.IO.File.Create(Path.Combine(_folder, "large"))) large.SetLength(1L << 31);
        var link = Path.Combine(_folder, "link.yaml");
        System.IO.File.CreateSymbolicLink(link, "large");
        var error = Assert.Throws<UserError>(() => RecipeReader.Read(link, []));
        Assert.Equal($"{link}: more than 1 MiB; a recipe is a few lines of key: value", error.Message);
    }

    [Fact]
    public void Everything_wrong_is_reported_at_once_with_line_and_nearest_name()
    {
        var path = File("learning_rte: 1e-4\nmax_steps: many\nalgorithm: soft-grop\ntop_p: 1.5\nnonsense_zzz: 1\n");
        var error = Assert.Throws<UserError>(() => RecipeReader.Read(path, ["beta=-1", "seed=1", "seed=2"]));
        var lines = error.Message.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(7, lines.Length);
        Assert.Contains($"{path}:1: unknown key 'learning_rte'; did you mean 'learning_rate'?", lines[0]);
        Assert.Contains($"{path}:2: max_steps: expected a whole number of at least 0, found 'many'", lines[1]);
        Assert.Contains("'soft-grop' is not one of ", lines[2]);
        Assert.EndsWith("did you mean 'soft-grpo'?", lines[2]);
        Assert.Contains("1.5 is out of range", lines[3]);
        Assert.Contains("unknown key 'nonsense_zzz'", lines[4]);
        Assert.Contains("the command line: beta: -1 is out of range", lines[5]);
        Assert.Contains("seed is given twice", lines[6]);
    }

    [Fact]
    public void The_command_line_wins_over_the_file_and_both_over_the_defaults()
    {
        var recipe = RecipeReader.Read(File("max_steps: 7\nseed: 3\n"), ["seed=4"]);
        Assert.Equal(7, recipe.MaxSteps);
        Assert.Equal(4, recipe.Seed);
        Assert.Equal(new Recipe().LearningRate, recipe.LearningRate);
    }

    [Fact]
    public void Names_of_verl_and_of_the_reference_code_are_understood_also_as_nested_blocks()
    {
        var recipe = RecipeReader.Read(File("""
            actor_rollout_ref:
              actor:
                optim:
                  lr: 2e-6
                clip_ratio_high: 0.28
              rollout:
                n: 4
                gumbel_softmax_temperature: 0.5
                after_thinking_top_p: 0.9
                think_end_str: </think>
            trainer:
              total_training_steps: 11
            """), []);
        Assert.Equal(2e-6, recipe.LearningRate);
        Assert.Equal(0.28, recipe.EpsilonHigh);
        Assert.Equal(4, recipe.NumGenerations);
        Assert.Equal(0.5, recipe.GumbelSoftmaxTemperature);
        Assert.Equal(0.9, recipe.AfterThinkingTopP);
        Assert.Equal("</think>", recipe.ThinkEndStr);
        Assert.Equal(11, recipe.MaxSteps);
    }

    [Fact]
    public void An_alias_and_its_key_in_one_file_are_a_contradiction()
    {
        var error = Assert.Throws<UserError>(() => RecipeReader.Read(File("lr: 1e-4\nlearning_rate: 2e-4\n"), []));
        Assert.Contains("learning_rate is given twice", error.Message);
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var recipe = new Recipe
        {
            SystemPrompt = "Say \"yes\":\nthen # stop",
            StopStrings = "a|b",
            Beta = 0.25,
            TopK = 0,
            EnableSoftThinking = false,
            Task = "gsm8k",
            PromptSuffix = " \\boxed{}"
        };
        Assert.Equal(recipe, RecipeReader.Read(File(RecipeReader.Write(recipe)), []));
    }

    [Fact]
    public void Every_key_changes_the_recipe()
    {
        foreach (var key in RecipeReader.Keys)
        {
            var value = key.Choices.Length > 0 ? key.Choices.First(c => c != (string?)key.Property.GetValue(new Recipe()))
                : key.Type == typeof(string) ? "other"
                : key.Type == typeof(bool) ? (key.Property.GetValue(new Recipe()) is true ? "false" : "true")
                : key.Type == typeof(int) ? "77" : "0.77";
            if (key.About.Least > 0.77 && key.Type == typeof(double)) value = "7.5";
            Assert.NotEqual(new Recipe(), RecipeReader.Read(null, [$"{key.Name}={value}"]));
            foreach (var alias in key.Aliases)
                Assert.Equal(RecipeReader.Read(null, [$"{key.Name}={value}"]), RecipeReader.Read(null, [$"{alias}={value}"]));
        }
    }

    [Fact]
    public void Environment_variables_are_filled_in_or_missed_by_name()
    {
        Environment.SetEnvironmentVariable("SOFTLY_TEST_FOLDER", "/some/where");
        try
        {
            var recipe = RecipeReader.Read(
                File("model_name_or_path: ${SOFTLY_TEST_FOLDER}/model\noutput_dir: ${SOFTLY_TEST_UNSET:-runs}/x\n"), []);
            Assert.Equal("/some/where/model", recipe.ModelNameOrPath);
            Assert.Equal("runs/x", recipe.OutputDir);
            var error = Assert.Throws<UserError>(() => RecipeReader.Read(File("output_dir: ${SOFTLY_TEST_UNSET}\n"), []));
            Assert.Contains("SOFTLY_TEST_UNSET is not set", error.Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SOFTLY_TEST_FOLDER", null);
        }
    }

    [Theory]
    [InlineData("a: [1, 2]", "expected one value, found a list")]
    [InlineData("- 1", "expected lines of key: value")]
    [InlineData("a: b: c", "not YAML")]
    public void A_file_that_is_no_recipe_is_refused_with_its_line(string text, string expected)
    {
        var error = Assert.Throws<UserError>(() => RecipeReader.Read(File(text), []));
        Assert.Contains(expected, error.Message);
        Assert.Contains("recipe.yaml:1", error.Message);
    }

    [Fact]
    public void Every_shipped_recipe_reads()
    {
        var recipes = Directory.GetFiles(Path.Combine(Reference.Repository, "recipes"), "*.yaml", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(Path.GetDirectoryName(path)) != "comparisons") // those have a reader of their own
            .ToList();
        Assert.NotEmpty(recipes);
        foreach (var path in recipes) Assert.NotEqual(new Recipe(), RecipeReader.Read(path, []));
    }

    [Fact]
    public void The_quickstart_s_arms_are_the_shipped_recipes()
    {
        foreach (var arm in Quickstart.Arms)
        {
            var shipped = RecipeReader.Read(Path.Combine(Reference.Repository, "recipes", "countdown-3", arm.Name + ".yaml"), []);
            var made = Quickstart.Of(arm, new QuickstartOptions(1, 300, 1300, "group", 300, 64), "x", threads: 0);
            Assert.Equal(
                (shipped.Algorithm, shipped.LearningRate, shipped.LrSchedulerType, shipped.WarmupSteps, shipped.PromptsPerStep,
                    shipped.NumGenerations, shipped.MaxSteps, shipped.TrainProblems, shipped.WarmStartSteps),
                (made.Algorithm, made.LearningRate, made.LrSchedulerType, made.WarmupSteps, made.PromptsPerStep,
                    made.NumGenerations, made.MaxSteps, made.TrainProblems, 1300));
            Assert.Equal(shipped.LossType, made.LossType);
            Assert.Equal(shipped.Beta ?? 0, made.Beta);
            Assert.Equal(shipped.ThinkingLaw ?? (arm.Algorithm == "grpo" ? "none" : "gumbel-softmax"), made.ThinkingLaw);
        }
    }

    [Fact]
    public void The_quickstart_of_sets_is_two_arms_of_the_shipped_comparison()
    {
        var shipped = ComparisonReader.Read(
            Path.Combine(Reference.Repository, "recipes", "comparisons", "sets-two.yaml"), []);
        var made = SetsQuickstart.Compared(new QuickstartOptions(1, 100, 1200, "group", 300, 64, Sets: true), "x");
        Assert.Equal(["grpo", "frontier-soft"], made.Arms.Select(a => a.Name));
        foreach (var arm in made.Arms)
        {
            var theirs = shipped.Arms.Single(a => a.Name == arm.Name);
            Assert.Equal((theirs.Changes, theirs.Start.Changes), (arm.Changes, arm.Start.Changes));
            Assert.Contains(arm.Recipe.LearningRate, shipped.LearningRates);
            Assert.Equal(
                theirs.Recipe with
                {
                    OutputDir = "x", MaxSteps = 100, EvalSteps = 100, LogCompletionsSteps = 100, SaveSteps = 0,
                    LearningRate = arm.Recipe.LearningRate, HoldOutValidation = false, // nothing is chosen by validation here
                },
                arm.Recipe);
        }
    }
}
