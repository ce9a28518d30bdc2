using Softly.Generation;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>Completions of one prompt behind it in one row: the same numbers for less work.</summary>
public class SharedPromptTests
{
    private static (Prompt, Rollout, double)[] Rows(IReadOnlyList<RolloutGroup> groups) =>
        [.. groups.SelectMany(g => g.Rollouts.Select((r, i) => (g.Prompt, r, i - 1.5)))];

    [Theory]
    [InlineData("soft")]
    [InlineData("ladder")]
    [InlineData("discrete")]
    public void A_shared_prompt_changes_neither_log_densities_nor_gradients(string thinking)
    {
        using var model = Some.Model(type: ScalarType.Float64);
        using var decoder = Some.Engine("torch", model);
        var sampling = thinking switch
        {
            "soft" => Some.Soft(new GumbelSoftmax(0.5)),
            "ladder" => Some.Soft(new GumbelLadder(0.5, [1, 0, 0.4], 0.25)),
            _ => new SamplingOptions { MaxNewTokens = 12 },
        };
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, sampling, seed: 3);
        Assert.Contains(groups.SelectMany(g => g.Rollouts), r => r.Length == 1 || r.Length < 12); // ragged

        var (alone, aloneGradient) = Play(false);
        var (shared, sharedGradient) = Play(true);
        Assert.Equal(alone.Length, shared.Length);
        for (var n = 0; n < alone.Length; n++) Assert.Equal(alone[n], shared[n], 1e-10);
        var size = Math.Sqrt(aloneGradient.Sum(g => g * g));
        Assert.True(size > 0.1);
        for (var i = 0; i < aloneGradient.Length; i++)
            Assert.True(Math.Abs(aloneGradient[i] - sharedGradient[i]) <= 1e-11 * size);

        (double[], double[]) Play(bool share)
        {
            using var scope = NewDisposeScope();
            using var batch = RolloutBatch.Collate(Rows(groups), CPU, share);
            Assert.Equal(share ? 3 : 12, batch.Rows);
            Assert.Equal(share, batch.Segments is not null);
            var densities = Replay.LogDensities(model, batch, attachInputs: true);
            densities.mul(batch.Advantages).sum().backward();
            var gradient = model.Parameters.SelectMany(p => Some.Host(p.grad!)).ToArray();
            foreach (var p in model.Parameters) p.grad!.zero_();
            return (Some.Host(densities), gradient);
        }
    }

    [Theory]
    [InlineData(160, 8, 14, true)]   // a chat prompt with examples, short answers
    [InlineData(5, 16, 14, false)]   // Countdown: attention in a long row would cost more than five positions save
    [InlineData(100, 8, 500, false)] // long answers
    public void Prompts_are_shared_where_that_pays(int prompt, int group, int length, bool shared)
    {
        using var batch = RolloutBatch.Collate([.. Enumerable.Repeat(Made(prompt, length), group)], CPU);
        Assert.Equal(shared, batch.Rows == 1);
    }

    [Fact]
    public void A_row_does_not_grow_without_bound()
    {
        using var batch = RolloutBatch.Collate([.. Enumerable.Repeat(Made(300, 300), 5)], CPU, sharePrompts: true);
        Assert.Equal(3, batch.Rows); // 300 + 2 · 299 positions fit under 1024, a third would not
        Assert.Equal(898, batch.Ids.shape[1]);
    }

    private static (Prompt, Rollout, double) Made(int prompt, int length)
    {
        var rollout = new Rollout(new SamplingOptions(), 1);
        for (var t = 0; t < length; t++) rollout.Add(new Step(StepKind.Hard, 4, default, 1, -1, 1, 1));
        return (Some.Prompt("p", [.. Enumerable.Repeat(3, prompt)]), rollout, 1.0);
    }
}
