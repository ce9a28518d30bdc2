using Softly.Cli;
using Softly.Cli.Commands;
using Softly.Cli.Recipes;

namespace Softly.Tests.Cli;

public sealed class ComparisonReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("softly-comparisons-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Comparison Read(string text, params string[] overrides)
    {
        File.WriteAllText(Path.Combine(_folder, "base.yaml"), "task: countdown-3\nmax_steps: 40\nseed: 7\nlearning_rate: 2e-4\n");
        var path = Path.Combine(_folder, "c.yaml");
        File.WriteAllText(path, text);
        return ComparisonReader.Read(path, overrides);
    }

    private string Wrong(string text, params string[] overrides) =>
        Assert.Throws<UserError>(() => Read(text, overrides)).Message;

    private const string Good =
        """
        base: base.yaml
        seeds: "3 1"
        learning_rates: "1e-3 5e-5"
        control: b
        arms:
          a, pass@2: { algorithm: grpo, advantage: pass@2 }
          b: { algorithm: soft-grpo, thinking_law: gumbel-winner, beta: 0 }
          c:

        """;

    [Fact]
    public void Arms_are_the_base_with_their_changes()
    {
        var comparison = Read(Good, "eval_problems=11", "prompts_per_step=3");
        Assert.Equal(["a, pass@2", "b", "c"], comparison.Arms.Select(a => a.Name));
        Assert.Equal(["a-pass-2", "b", "c"], comparison.Arms.Select(a => a.Folder));
        Assert.Equal(("grpo", "pass@2"), (comparison.Arms[0].Recipe.Algorithm, comparison.Arms[0].Recipe.Advantage));
        Assert.Equal("gumbel-winner", comparison.Control.Recipe.ThinkingLaw);
        Assert.Equal([3, 1], comparison.Seeds);
        Assert.Equal([5e-5, 1e-3], comparison.LearningRates);
        Assert.Null(comparison.Match);
        Assert.Null(comparison.Reference);
        Assert.Equal(40, comparison.SweepSteps);
        Assert.All(comparison.Arms, a => Assert.Equal(
            (40, 3, 11, 4, 7, "test"),
            (a.Recipe.MaxSteps, a.Recipe.PromptsPerStep, a.Recipe.EvalProblems, a.Recipe.EvalSteps, a.Recipe.EvalSeed!.Value,
                a.Recipe.EvalPart)));
    }

    [Fact]
    public void A_single_learning_rate_of_the_base_means_no_sweep() =>
        Assert.Equal([2e-4], Read(Good.Replace("learning_rates: \"1e-3 5e-5\"\n", "")).LearningRates);

    [Fact]
    public void Everything_wrong_is_reported_at_once_with_its_line()
    {
        var error = Wrong(
            """
            base: base.yaml
            sedes: "1 2"
            learning_rates: "1e-4 fast"
            sweep_steps: 0
            control: bb
            match: "50 120"
            gradient_batches: [1, 2]
            arms:
              a: { algorithm: grpo, learning_rate: 1 }
              bee: { algoritm: grpo }
              c: { advantage: pass@3, max_steps: 3 }
              d: { hidden_size: 32 }
              A: { algorithm: grpo }

            """, "nonsense=1", "seeds=1.5");
        foreach (var part in new[]
        {
            "c.yaml:2: unknown key 'sedes'; did you mean 'seeds'?",
            "c.yaml:3: learning_rates: expected numbers separated by blanks, found 'fast'",
            "c.yaml:4: sweep_steps: 0 is out of range: expected a whole number of at least 1",
            "c.yaml:6: match: expected percents between 0 and 100",
            "c.yaml:7: gradient_batches: expected one value",
            "unknown key 'nonsense'",
            "seeds: expected whole numbers of at least 0 separated by blanks, found '1.5'",
        })
            Assert.Contains(part, error, StringComparison.Ordinal);

        error = Wrong(
            """
            base: base.yaml
            reference: bbe
            arms:
              a: { algorithm: grpo, seed: 1 }
              bee: { algoritm: grpo }
              c: { advantage: pass@3, max_steps: 3 }
              d: { hidden_size: 32 }
              A: { algorithm: grpo }

            """);
        foreach (var part in new[]
        {
            "c.yaml:2: reference: there is no arm 'bbe'; did you mean 'bee'?",
            "c.yaml:4: arm 'a': seed is not an arm's to set: all arms have the same: name them in seeds",
            "c.yaml:5: arm 'bee': unknown key 'algoritm'; did you mean 'algorithm'?",
            "c.yaml:6: arm 'c': advantage: 'pass@3' is not one of group, leave-one-out",
            "c.yaml:6: arm 'c': max_steps is not an arm's to set",
            "c.yaml:7: arm 'd': hidden_size is not an arm's to set: all arms have the same; set it in the base",
            "arms 'a' and 'A' would share the folder a",
        })
            Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arms: { a: { algorithm: grpo } }", "base is missing")]
    [InlineData("base: nowhere.yaml\narms: { a: { algorithm: grpo } }", "c.yaml:1: base:")]
    [InlineData("base: base.yaml", "arms is missing")]
    [InlineData("base: base.yaml\narms: 3", "c.yaml:2: arms: expected a block of names")]
    [InlineData("base: base.yaml\narms: { a: grpo }", "arm 'a': expected its recipe keys")]
    [InlineData("base: base.yaml\ngradient_batches: 1\narms: { a: { algorithm: grpo } }", "one batch has no spread")]
    [InlineData("- 1", "c.yaml:1: expected lines of key: value")]
    public void A_file_that_is_no_comparison_is_refused(string text, string expected) => Assert.Contains(expected, Wrong(text));

    private const string Starts =
        """
        base: base.yaml
        seeds: "1 2"
        start_seeds: "3 1"
        learning_rates: "1e-3 5e-5"
        starts:
          long: { warm_start_steps: 30, hidden_size: 32 }
          short: { warm_start_steps: 10, algorithm: grpo }
        arms:
          a: { start: long, algorithm: grpo }
          b: { start: short, learning_rate: 3e-4 }

        """;

    [Fact]
    public void Arms_are_their_start_with_their_changes()
    {
        var comparison = Read(Starts);
        Assert.True(comparison.SeveralStarts);
        Assert.Equal([3, 1], comparison.StartSeeds);
        Assert.Equal(["long", "short"], comparison.Starts.Select(s => s.Name));
        Assert.Equal(["long", "short"], comparison.Arms.Select(a => a.Start.Name));
        Assert.Equal((30, 32, "grpo"), Of(comparison.Arms[0]));
        Assert.Equal((10, 64, "grpo"), Of(comparison.Arms[1]));
        Assert.Equal([null, 3e-4], comparison.Arms.Select(a => a.LearningRate));
        Assert.Equal("start: short, learning_rate: 3e-4", comparison.Arms[1].Changes);
        Assert.Equal(7, comparison.Arms[0].Recipe.EvalSeed); // the base's seed chooses the test problems, whatever starts have

        var plain = Read(Good);
        Assert.False(plain.SeveralStarts);
        Assert.Equal([7], plain.StartSeeds);
        Assert.Same(plain.Shared, Assert.Single(plain.Starts).Recipe);
        Assert.True(Read(Good, "start_seeds=1 2").SeveralStarts); // one start, two models

        static (int, int, string) Of(ComparisonArm arm) =>
            (arm.Recipe.WarmStartSteps, arm.Recipe.HiddenSize, arm.Recipe.Algorithm);
    }

    [Fact]
    public void What_is_wrong_with_starts_is_reported_at_once_with_its_line()
    {
        var error = Wrong(
            """
            base: base.yaml
            start_seeds: "1 1 x 99999999"
            seeds: "1 1000"
            starts:
              long: { warm_start_step: 30, learning_rate: 1, seed: 3, task: countdown-4 }
              short: { warm_start_steps: 10 }
              LONG: 3
            arms:
              a: { start: longer, algorithm: grpo }
              b: { algorithm: grpo }
              c: { start: short, warm_start_steps: 3 }

            """);
        foreach (var part in new[]
        {
            "c.yaml:2: start_seeds: 1 is given twice",
            "c.yaml:2: start_seeds: expected whole numbers of at least 0 separated by blanks, found 'x'",
            "c.yaml:2: start_seeds: 99999999 is out of range: expected at most 2147482",
            "c.yaml:3: seeds: 1000 is out of range: with start_seeds expected whole numbers below 1000",
            "c.yaml:5: start 'long': unknown key 'warm_start_step'; did you mean 'warm_start_steps'?",
            "c.yaml:5: start 'long': learning_rate is not a start's to set: it is of the arms; a start has "
                + "warm_start_learning_rate",
            "c.yaml:5: start 'long': seed is not a start's to set: all starts have the same: name them in start_seeds",
            "c.yaml:5: start 'long': task is not a start's to set: all arms are asked the same; set it in the base",
            "c.yaml:7: start 'LONG': expected its recipe keys",
            "c.yaml:9: arm 'a': start: there is no start 'longer'; did you mean 'long'? Starts: long · short",
            "c.yaml:10: arm 'b': start is missing: name what it starts from, one of long · short",
            "c.yaml:11: arm 'c': warm_start_steps is not an arm's to set: it makes the start; set it in start 'short'",
        })
            Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("starts: { a: }\narms: { x: { algorithm: grpo }, y: }", null)]
    [InlineData("starts: { a: , b: }\narms: { x: { start: a } }", "c.yaml:2: start 'b' has no arm: name it in one (start: b)")]
    [InlineData("starts: { a: , A: }\narms: { x: { start: a }, y: { start: A } }", "starts 'a' and 'A' would share the folder a")]
    [InlineData("starts: 3\narms: { x: }", "c.yaml:2: starts: expected a block of names")]
    [InlineData("starts: { }\narms: { x: }", "c.yaml:2: starts: expected at least one name")]
    [InlineData("strats: { a: }\narms: { x: }", "c.yaml:2: strats: expected one value (several are separated by blanks), found a "
        + "block; did you mean 'starts'?")]
    [InlineData("arms: { x: { start: a } }",
        "c.yaml:2: arm 'x': start: the file names no starts: leave it out, or add starts: { a: ")]
    [InlineData("start_seeds: \"1 2\"\nstarts: { a: { model_name_or_path: m } }\narms: { x: }",
        "c.yaml:2: start_seeds: start 'a' is a model as it stands (warm_start_steps 0), the same for every seed: name one seed")]
    public void Starts_and_arms_must_fit(string text, string? expected)
    {
        if (expected is null) Assert.Equal(2, Read("base: base.yaml\n" + text).Arms.Count);
        else Assert.Contains(expected, Wrong("base: base.yaml\n" + text), StringComparison.Ordinal);
    }

    [Fact]
    public void Arms_are_chosen_by_name_even_where_names_hold_commas()
    {
        var arms = Read(Good).Arms;
        Assert.Equal(["a, pass@2", "c"], CompareCommand.Chosen("c, a, pass@2", arms).Select(a => a.Name));
        Assert.Same(arms, CompareCommand.Chosen(null, arms));
        Assert.Contains(
            "--only: there is no arm 'bb'; did you mean 'b'? Arms: a, pass@2 · b · c",
            Assert.Throws<UserError>(() => CompareCommand.Chosen("c,bb", arms)).Message);
    }

    [Fact]
    public void Every_shipped_comparison_reads()
    {
        var files = Directory.GetFiles(Path.Combine(Reference.Repository, "recipes", "comparisons"), "*.yaml");
        Assert.NotEmpty(files);
        foreach (var path in files)
        {
            var comparison = ComparisonReader.Read(path, []);
            Assert.True(comparison.Arms.Count >= 8);
            // The control thinks in words: from the set that soft thoughts are made of or, where warm starts differ, from all.
            Assert.Equal(comparison.SeveralStarts ? (null, "grpo") : ("categorical", "grpo"),
                (comparison.Control.Recipe.ThinkingLaw, comparison.Control.Recipe.Algorithm));
        }
    }
}
