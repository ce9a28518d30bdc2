using Softly.Algorithms;
using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Sampling;
using Softly.Tokenization;

namespace Softly.Tests.Cli;

/// <summary>The keys of the laws: a method's own law has the method's settings, and another law its own but for τ.</summary>
public class LawKeyTests
{
    private static SamplingOptions Read(string? path, params string[] changes)
    {
        var (recipe, wrong) = (RecipeReader.Read(path, changes), new List<string>());
        var sampling = new Settings(recipe, wrong).Sampling(
            null, new WordTokenizer(["<pad>", "<end>", "a"]), Methods.Get(recipe.Algorithm).Algorithm().Law);
        Assert.Empty(wrong);
        return sampling;
    }

    [Fact]
    public void Frontier_soft_thinks_with_little_noise_in_ten_tokens()
    {
        var sampling = Read(null, "algorithm=frontier-soft");
        var law = Assert.IsType<GumbelWinner>(sampling.Law);
        Assert.Equal((1, 0.4), (law.Tau, law.NoiseScale));
        Assert.Equal(new SupportFilter { TopK = 10, TopP = 1, Temperature = 1 }, sampling.Thinking);
        law = Assert.IsType<GumbelWinner>(Read(null, "algorithm=frontier-soft", "noise_factor=0.3", "tau=0.5").Law);
        Assert.Equal((0.5, 0.3), (law.Tau, law.NoiseScale));
        var loss = Methods.Get("frontier-soft").Loss;
        Assert.Equal(new LossOptions { Anchor = 0.3 }, loss);
    }

    [Fact]
    public void Another_law_keeps_the_method_s_temperature_of_mixtures_and_nothing_else()
    {
        var ladder = Assert.IsType<GumbelLadder>(Read(null, "algorithm=frontier-soft", "thinking_law=gumbel-ladder").Law);
        Assert.Equal((1, 0), (ladder.Tau, ladder.DiscreteShare));
        Assert.Equal([GumbelLadder.DefaultScale], ladder.Ladder);
        var paper = Assert.IsType<GumbelSoftmax>(Read(null, "algorithm=frontier-soft", "thinking_law=gumbel-softmax").Law);
        Assert.Equal((1, 1), (paper.Tau, paper.NoiseScale));
        Assert.IsType<Categorical>(Read(null, "algorithm=frontier-soft", "thinking_law=categorical").Law);
        Assert.Equal(GumbelSoftmax.PaperTau,
            Assert.IsType<GumbelLadder>(Read(null, "algorithm=soft-grpo", "thinking_law=gumbel-ladder").Law).Tau);
    }

    [Theory]
    [InlineData("noise_ladder: \"0 0.2 0.45 0.7\"")]
    [InlineData("noise_ladder: 0, 0.2, 0.45, 0.7")]
    [InlineData("noise_ladder: [0, 0.2, 0.45, 0.7]")]
    public void A_ladder_is_written_as_a_text_or_as_a_list(string line)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("recipe.yaml"), $"algorithm: frontier-soft\nthinking_law: gumbel-ladder\ndiscrete_share: 0.5\n{line}\n");
        var law = Assert.IsType<GumbelLadder>(Read(folder.File("recipe.yaml")).Law);
        Assert.Equal([0, 0.2, 0.45, 0.7], law.Ladder);
        Assert.Equal((1, 0.5), (law.Tau, law.DiscreteShare));
        // The resolved recipe in the run folder says the same.
        File.WriteAllText(folder.File("again.yaml"), RecipeReader.Write(RecipeReader.Read(folder.File("recipe.yaml"), [])));
        Assert.Equal(law.Ladder, Assert.IsType<GumbelLadder>(Read(folder.File("again.yaml")).Law).Ladder);
    }

    [Fact]
    public void One_rung_may_stand_alone() =>
        Assert.Equal([0.3], Assert.IsType<GumbelLadder>(Read(null, "thinking_law=gumbel-ladder", "noise_ladder=0.3").Law).Ladder);
}
