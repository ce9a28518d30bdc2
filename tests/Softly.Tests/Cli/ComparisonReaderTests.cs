using Softly.Cli;
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

    [Fact]
    public void Every_shipped_comparison_reads()
    {
        var files = Directory.GetFiles(Path.Combine(Reference.Repository, "recipes", "comparisons"), "*.yaml");
        Assert.NotEmpty(files);
        foreach (var path in files)
        {
            var comparison = ComparisonReader.Read(path, []);
            Assert.True(comparison.Arms.Count >= 8);
            Assert.Equal("categorical", comparison.Control.Recipe.ThinkingLaw);
        }
    }
}
