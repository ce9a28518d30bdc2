using Softly.Cli;
using Softly.Cli.Comparisons;
using Softly.Cli.Recipes;
using Softly.Models;
using Softly.Runs;
using Softly.Tasks;
using Softly.Tests.Models.Weights;
using Softly.Tokenization;

namespace Softly.Tests.Cli;

/// <summary>What a comparison holds to, and what may change as it goes on.</summary>
public class ComparisonFolderTests
{
    private static Comparison Read(TemporaryFolder folder, params string[] changes)
    {
        File.WriteAllText(folder.File("base.yaml"), "task: hidden-strategy\nhidden_size: 16\nnum_hidden_layers: 1\n");
        File.WriteAllText(folder.File("small.yaml"), "base: base.yaml\narms:\n  grpo: { algorithm: grpo }\n");
        return ComparisonReader.Read(folder.File("small.yaml"), changes);
    }

    [Fact]
    public void What_changes_no_number_is_free_to_change()
    {
        using var folder = new TemporaryFolder();
        Claim();
        Claim("gradient_checkpointing=true", "per_device_train_batch_size=3");
        var e = Assert.Throws<UserError>(() => Claim("beta=0.5"));
        Assert.Contains("beta", e.Message, StringComparison.Ordinal);

        void Claim(params string[] changes)
        {
            var comparison = Read(folder, changes);
            new ComparisonFolder(folder.File("made"), comparison).Claim(comparison.Arms);
        }
    }

    /// <summary>Answers that could not be judged are not in a record, but were asked: it counts, and is not made again.</summary>
    [Fact]
    public void An_evaluation_with_failed_verdicts_is_found_again_and_one_with_fewer_problems_is_not()
    {
        using var folder = new TemporaryFolder();
        var comparison = Read(folder);
        var place = new ComparisonFolder(folder.File("made"), comparison);
        var measurements = new Measurements(place, comparison, CancellationToken.None);
        var record = new EvaluationRecord
        {
            Arm = "grpo", Decoding = "own", Step = 0, PassAtK = [],
            Problems = [new ProblemCount("p", 4, 1), new ProblemCount("r", 1, 0)],
        };
        EvaluationRecord? Find(params string[] ids) =>
            measurements.Find(comparison.Control, comparison.StartSeeds[0], "own", 0, null, ids, 4);
        void Add(double failed) => new EvaluationLog(place.Evaluations(comparison.Control, comparison.StartSeeds[0])).Add(
            failed == 0 ? record : record with { Numbers = new Dictionary<string, double> { [Evaluations.Failed] = failed } });

        Add(0);
        Assert.Null(Find("p", "q", "r"));
        Add(7); // q not at all, three answers to r
        Assert.NotNull(Find("p", "q", "r"));
        Assert.Null(Find("p", "q", "r", "s"));
        Assert.Null(Find("p", "q", "x"));
    }

    /// <summary>What a step costs is tried with what the arms train.</summary>
    [Fact]
    public void Costs_are_tried_with_an_adapter_where_arms_train_one()
    {
        using var folder = new TemporaryFolder();
        var setup = new Setup(Read(folder, "use_peft=true", "threads=1").Control.Recipe);
        using var model = setup.MakeModel();
        Costs.Adapt(model, setup);
        Assert.Same(model.Adapter!.Parameters, model.Parameters);
        Costs.Adapt(model, setup); // it has one now
        using var plain = new Setup(Read(folder, "threads=1").Control.Recipe).MakeModel();
        Costs.Adapt(plain, new Setup(Read(folder, "threads=1").Control.Recipe));
        Assert.Null(plain.Adapter);
    }

    /// <summary>A branch that moves on in the hub's cache does not move a comparison that has begun.</summary>
    [Fact]
    [Trait("Weight", "Story")]
    public void A_model_of_the_hub_stays_the_commit_it_was()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (new string('a', 40), new string('b', 40));
        var at = Path.Combine(folder.Path, "cache", "models--org--tiny");
        var tokenizer = new WordTokenizer(TaskCatalog.Find("hidden-strategy", null).Vocabulary!);
        using var other = Some.Model(vocabulary: tokenizer.VocabularySize);
        foreach (var (commit, seed) in new[] { (first, 1), (second, 2) })
        {
            using var model = new Decoder(other.Config with { ModelType = "qwen2" });
            model.Initialize(seed);
            PretrainedModel.Save(model, Path.Combine(at, "snapshots", commit));
            tokenizer.Save(Path.Combine(at, "snapshots", commit));
        }
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(at, "refs")).FullName, "main"), first);
        File.WriteAllText(folder.File("base.yaml"),
            """
            task: hidden-strategy
            model_name_or_path: org/tiny
            max_steps: 1
            prompts_per_step: 2
            num_generations: 2

            """);
        File.WriteAllText(folder.File("small.yaml"),
            """
            base: base.yaml
            seeds: "1"
            eval_problems: 2
            eval_samples: 2
            gradient_batches: 2
            arms:
              grpo: { algorithm: grpo }
              soft: { algorithm: soft-grpo }

            """);
        Compare();
        foreach (var file in Directory.GetFiles(folder.File("made"), "*.yaml", SearchOption.AllDirectories))
            Assert.Contains(first, File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Contains($"org/tiny@{first}", File.ReadAllText(folder.File("made/start.yaml")), StringComparison.Ordinal);
        Assert.Contains($"org/tiny@{first}", File.ReadAllText(folder.File("made/arms/soft/arm.yaml")), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(at, "refs", "main"), second);
        Compare("seeds=1 2");
        foreach (var file in Directory.GetFiles(folder.File("made"), "*.yaml", SearchOption.AllDirectories))
            Assert.DoesNotContain(second, File.ReadAllText(file), StringComparison.Ordinal);

        void Compare(params string[] changes)
        {
            var (code, _, error) = Command.Run(
                folder.Path, new Dictionary<string, string?> { ["HF_HUB_CACHE"] = folder.File("cache") },
                ["compare", "small.yaml", .. changes, "--output", "made", "--jobs", "1"]);
            Assert.True(code == 0, error);
        }
    }
}
