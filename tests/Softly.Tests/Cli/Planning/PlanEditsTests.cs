using Softly.Cli;
using Softly.Cli.Commands;
using Softly.Cli.Planning;
using Softly.Cli.Recipes;

namespace Softly.Tests.Cli.Planning;

/// <summary>Edits make a recipe fit, and no edit is one too many.</summary>
public class PlanEditsTests
{
    private static readonly Recipe Large = new()
    {
        HiddenSize = 512, NumHiddenLayers = 12, NumAttentionHeads = 8, IntermediateSize = 2048, PromptsPerStep = 32,
        NumGenerations = 16, Engine = "torch", MaxCompletionLength = 128,
    };

    private static readonly Planner Planner = new(Large, promptTokens: 100);

    private static MemoryPlan Plan(Recipe recipe) => new(Planner.Of(recipe));

    [Fact]
    public void A_smaller_micro_batch_comes_first_and_is_as_large_as_fits()
    {
        var limit = (long)(Plan(Large).Peak * 0.9);
        var (lines, edited, fits) = PlanEdits.Find(Large, Plan, limit);
        Assert.True(fits);
        Assert.StartsWith("per_device_train_batch_size: ", Assert.Single(lines));
        Assert.True(Plan(edited).Peak <= limit);
        Assert.True(Plan(edited with { PerDeviceTrainBatchSize = 2 * edited.PerDeviceTrainBatchSize }).Peak > limit);
    }

    /// <summary>From roomy to tight, down to what nothing can make fit.</summary>
    [Fact]
    public void Whatever_fits_is_found_and_nothing_could_be_left_out()
    {
        int found = 0, refused = 0;
        for (var share = 0.95; share > 0.01; share *= 0.8)
        {
            var limit = (long)(Plan(Large).Peak * share);
            var (lines, edited, fits) = PlanEdits.Find(Large, Plan, limit);
            if (!fits)
            {
                refused++;
                Assert.True(Plan(edited).Peak > limit);
                continue;
            }
            found++;
            Assert.NotEmpty(lines);
            Assert.True(Plan(edited).Peak <= limit);
            Assert.Equal(
                edited with
                {
                    PerDeviceTrainBatchSize = Large.PerDeviceTrainBatchSize, GradientCheckpointing = false,
                    RolloutRows = Large.RolloutRows, Dtype = Large.Dtype
                }, Large); // nothing else has changed
            foreach (var without in new[]
            {
                edited with { PerDeviceTrainBatchSize = Large.PerDeviceTrainBatchSize },
                edited with { RolloutRows = Large.RolloutRows }, edited with { Dtype = Large.Dtype },
                edited with { GradientCheckpointing = false },
            })
                Assert.True(without == edited || Plan(without).Peak > limit);
            // The lines are the recipe: read again, they make it.
            Assert.Equal(edited, RecipeReader.Read(null, [.. RecipeReader.Write(Large).Split('\n').Where(l => l.Length > 0)
                .Select(l => l.Split(": ", 2)).Where(p => p is [_, not ("null" or "")]).Select(p => $"{p[0]}={p[1]}")
                .Where(p => !lines.Any(l => l.StartsWith(p.Split('=')[0] + ":", StringComparison.Ordinal))),
                .. lines.Select(l => l.Replace(": ", "="))]));
        }
        Assert.True(found >= 3);
        Assert.True(refused >= 1);
    }

    [Theory]
    [InlineData("24GiB", 24L << 30)]
    [InlineData("1500 MB", 1_500_000_000)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("4096", 4096)]
    public void Sizes_are_read_in_their_units(string text, long bytes) => Assert.Equal(bytes, PlanCommand.Bytes(text));

    [Theory]
    [InlineData("much")]
    [InlineData("24 parsecs")]
    [InlineData("-1GiB")]
    [InlineData("0")]
    public void Other_words_are_no_size(string text) => Assert.Throws<UserError>(() => PlanCommand.Bytes(text));
}
