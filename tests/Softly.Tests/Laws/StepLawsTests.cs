using System.Reflection;
using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

public class StepLawsTests
{
    [Fact]
    public void Every_law_of_the_library_is_found_by_its_name_and_can_be_named_by_a_recipe()
    {
        var classes = typeof(StepLaw).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(StepLaw)) && !t.IsAbstract && t != typeof(ReducedLaw)).ToHashSet();
        var made = StepLaws.Names.Select(n => StepLaws.Make(n, new LawSettings())).ToList();
        Assert.Equal(classes, made.Select(l => l.GetType()).ToHashSet());
        Assert.Equal(StepLaws.Names, made.Select(l => l.Name));
        foreach (var name in StepLaws.Names) Assert.Equal(name, RecipeReader.Read(null, [$"thinking_law={name}"]).ThinkingLaw);
        var refused = Assert.Throws<UserError>(() => RecipeReader.Read(null, ["thinking_law=nonsense"]));
        Assert.Contains(StepLaws.Names[0], refused.Message);
    }

    [Fact]
    public void A_law_takes_the_settings_of_the_recipe()
    {
        var law = Assert.IsType<GumbelSoftmax>(StepLaws.Make("gumbel-softmax", new LawSettings { Tau = 0.3, NoiseScale = 0.7 }));
        Assert.Equal((0.3, 0.7), (law.Tau, law.NoiseScale));
        Assert.Equal(0.3, Assert.IsType<GumbelWinner>(StepLaws.Make("gumbel-winner", new LawSettings { Tau = 0.3 })).Tau);
        var winner = Assert.IsType<GumbelWinner>(
            StepLaws.Make("gumbel-winner", new LawSettings { Tau = 0.3, NoiseScale = 2 }));
        Assert.Equal((0.3, 2), (winner.Tau, winner.NoiseScale));
        var refused = Assert.Throws<ArgumentException>(() => StepLaws.Make("categorical", new LawSettings { NoiseScale = 2 }));
        Assert.Contains("noise_factor: 1", refused.Message);
    }

    /// <summary>The least noise there is still gives numbers, in single precision, and less is refused.</summary>
    [Theory]
    [InlineData("gumbel-softmax")]
    [InlineData("gumbel-winner")]
    [InlineData("gumbel-reference")]
    public void Noise_that_single_precision_cannot_score_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        foreach (var scale in new[] { 0, -1, 1e-40, 9.9e-4, double.NaN, double.PositiveInfinity })
        {
            var refused = Assert.Throws<ArgumentException>(
                () => StepLaws.Make(name, new LawSettings { NoiseScale = scale })).Message;
            Assert.Contains("must be at least 0.001; for thoughts without noise use thinking_law soft-thinking", refused);
        }
        var law = StepLaws.Make(name, new LawSettings { NoiseScale = 0.001, Tau = 0.5 });
        var support = Steps.Support(Steps.Old, 50, ScalarType.Float32);
        var record = Steps.Draw(law, support, Steps.Uniforms(law, 50, seed: 3));
        Assert.All(Some.Host(law.LogDensity(record, record.LogP)), x => Assert.True(double.IsFinite(x)));
        Assert.All(Some.Host(law.Weights(record)), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void A_law_says_that_it_adds_vectors_exactly_where_it_does()
    {
        using var scope = NewDisposeScope();
        var laws = LawCase.Names.Select(n => LawCase.Of(n).Law).ToList();
        laws.AddRange([.. laws.OfType<SeparableLaw>().Select(l => new ReducedLaw(l, Reduction.Weighted))]);
        foreach (var law in laws) Assert.Equal(law.Vectors(Steps.Draw(law, 3)) is not null, law.AddsVectors);
        Assert.Contains(laws, l => l.AddsVectors);
    }

    /// <summary>Another value of every setting than any law's own; one without an entry fails the test.</summary>
    private static readonly Dictionary<string, LawSettings> Others = new()
    {
        [nameof(LawSettings.Tau)] = new LawSettings { Tau = 0.77 },
        [nameof(LawSettings.NoiseScale)] = new LawSettings { NoiseScale = 0.6 },
        [nameof(LawSettings.Ladder)] = new LawSettings { Ladder = [0.3, 0] },
        [nameof(LawSettings.DiscreteShare)] = new LawSettings { DiscreteShare = 0.25 },
        [nameof(LawSettings.Concentration)] = new LawSettings { Concentration = 3 },
        [nameof(LawSettings.Sigma)] = new LawSettings { Sigma = 0.21 },
        [nameof(LawSettings.Draws)] = new LawSettings { Draws = 2 },
        [nameof(LawSettings.Weights)] = new LawSettings(), // by law, below
        [nameof(LawSettings.InputBeta)] = new LawSettings { InputBeta = 0.4 },
        [nameof(LawSettings.Neighbors)] = new LawSettings { Neighbors = 4 },
        [nameof(LawSettings.NeighborRate)] = new LawSettings { NeighborRate = 0.9 },
        [nameof(LawSettings.Reduction)] = new LawSettings { Reduction = Reduction.Weighted },
    };

    public static TheoryData<string> Settings => [.. typeof(LawSettings).GetProperties().Select(p => p.Name)];

    /// <summary>A setting that a law says it reads changes what it draws, feeds or scores, or is refused with a remedy.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_changes_something_in_every_law_that_reads_it(string member)
    {
        Assert.True(Others.TryGetValue(member, out var other), $"setting {member} has no entry in {nameof(Others)}");
        var changed = 0;
        foreach (var name in StepLaws.Names)
        {
            using var scope = NewDisposeScope();
            var law = StepLaws.Make(name, new LawSettings());
            var settings = member != nameof(LawSettings.Weights)
                ? other
                : new LawSettings { Weights = name == "multiplex" ? DrawWeights.Probability : DrawWeights.Mean };
            var reads = member == nameof(LawSettings.Reduction)
                ? law is SeparableLaw
                : law.GetType().GetCustomAttribute<LawAttribute>()!.Uses.Contains(member);
            if (!reads)
            {
                Assert.Throws<ArgumentException>(() => StepLaws.Make(name, settings));
                continue;
            }
            StepLaw moved;
            try
            {
                moved = StepLaws.Make(name, settings);
            }
            catch (ArgumentException e)
            {
                Assert.Contains("use gumbel-winner", e.Message); // laws whose winner must follow p
                continue;
            }
            Assert.NotEqual(Results(law), Results(moved));
            changed++;
        }
        Assert.True(changed > 0, $"no law reads {member}");

        static List<double> Results(StepLaw law)
        {
            var record = Steps.Draw(law, 30);
            return
            [
                .. Some.Host(record.Values), .. Some.Host(law.Weights(record)),
                .. law.Vectors(record) is { } vectors ? Some.Host(vectors) : [],
                .. law.CanTrain ? Some.Host(Steps.Density(law, record, Steps.New)) : [],
            ];
        }
    }
}
