using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Sampling;

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
        Assert.Contains(StepLaws.Names[0], Assert.Throws<UserError>(() => RecipeReader.Read(null, ["thinking_law=nonsense"])).Message);
    }

    [Fact]
    public void A_law_takes_the_settings_of_the_recipe()
    {
        var law = Assert.IsType<GumbelSoftmax>(StepLaws.Make("gumbel-softmax", new LawSettings { Tau = 0.3, NoiseScale = 0.7 }));
        Assert.Equal((0.3, 0.7), (law.Tau, law.NoiseScale));
        Assert.Equal(0.3, Assert.IsType<GumbelWinner>(StepLaws.Make("gumbel-winner", new LawSettings { Tau = 0.3 })).Tau);
        var refused = Assert.Throws<ArgumentException>(() => StepLaws.Make("gumbel-winner", new LawSettings { Tau = 0.3, NoiseScale = 2 }));
        Assert.Contains("noise_factor: 1", refused.Message);
    }
}
