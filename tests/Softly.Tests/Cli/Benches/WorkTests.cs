using Softly.Cli.Benches;
using Softly.Models;

namespace Softly.Tests.Cli.Benches;

public class WorkTests
{
    [Fact]
    public void Weights_are_counted_as_by_hand()
    {
        // A layer of 135m: 576 × (2 · 9 + 2 · 3) · 64 = 884,736 of attention and 3 × 576 × 1,536 = 2,654,208 inside; thirty of
        // them, and a head of 49,152 × 576 = 28,311,552.
        Assert.Equal(30 * (884_736 + 2_654_208) + 28_311_552, Shape.Large.MatrixParameters);
        // Tiny: 4 layers of 128 × (2 · 4 + 2 · 2) · 32 + 3 × 128 × 384, and 64 × 128.
        Assert.Equal(4 * (49_152 + 147_456) + 8_192, Shape.Tiny.MatrixParameters);
    }

    [Fact]
    public void Weights_are_what_a_model_has_less_its_norms()
    {
        foreach (var shape in new[] { Shape.Micro, Shape.Parity, Shape.Tiny })
        {
            using var model = new Decoder(shape.Config);
            var norms = model.Named.Values.Where(t => t.dim() == 1).Sum(t => t.numel());
            Assert.Equal(model.ParameterCount - norms, shape.MatrixParameters);
        }
    }

    [Fact]
    public void A_step_is_eight_operations_a_weight_and_token()
    {
        // 4 prompts of 130, each once, and 4 × 16 × 64 new tokens are 4,616; 2 forward in the rollout, 6 in the update.
        var work = Work.Step(1_000, 4 * 130, 4 * 16 * 64);
        Assert.Equal(4_616, work.Tokens);
        Assert.Equal(8 * 1_000 * 4_616, work.Flops);
        Assert.Equal(work.Flops, Work.Rollout(1_000, 520, 4_096, 64, 4).Flops + Work.Update(1_000, 520, 4_096).Flops);
    }

    [Fact]
    public void A_rollout_tells_new_tokens_and_reads_its_weights_once_a_step()
    {
        var work = Work.Rollout(1_000, promptTokens: 128, newTokens: 64 * 64, steps: 64, weightBytes: 2);
        Assert.Equal(64 * 64, work.Tokens);
        Assert.Equal(2.0 * 1_000 * (128 + 64 * 64), work.Flops);
        Assert.Equal(1_000 * 2 * 64, work.Bytes);
    }

    [Fact]
    public void The_least_and_the_middle_of_times_are_told()
    {
        Assert.Equal(new Timing(1, 2, 3), Timing.Of([3, 1, 2]));
        Assert.Equal(new Timing(1, 2.5, 4), Timing.Of([4, 1, 3, 2]));
    }

    [Fact]
    public void Warm_up_is_not_counted()
    {
        var runs = 0;
        var timing = new Patience(2, 3, 60).Measure(
            () => new Dictionary<string, double> { [""] = runs++ == 0 ? 100 : runs }, _ => { })[""];
        Assert.Equal(4, runs);
        Assert.Equal(new Timing(2, 3, 3), timing);
    }
}
