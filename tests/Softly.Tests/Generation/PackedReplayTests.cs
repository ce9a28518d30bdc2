using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Tests.Laws;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>Rollouts packed into one row and replayed by fused passes: the plain replay's numbers.</summary>
public class PackedReplayTests
{
    public static TheoryData<string> Laws => ReplayTests.Laws;

    [Theory]
    [MemberData(nameof(Laws))]
    public void Packed_rollouts_have_the_log_densities_and_gradients_of_rows(string law)
    {
        using var wide = Some.Model(type: ScalarType.Float64);
        using var model = Some.Model();
        using var decoder = Some.Engine("simd", model);
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 5, ReplayTests.Options(law), seed: 11);
        var rows = groups.SelectMany(g => g.Rollouts.Select((r, i) => (g.Prompt, r, i - 2.0))).ToList();
        rows.RemoveAt(7); // a micro-batch may hold a part of a group
        model.Fuse(half: false, workers: 2);

        var (expected, gradient) = Play(wide, packed: false);
        var (actual, packedGradient) = Play(model, packed: true);
        Assert.Equal(expected.Length, actual.Length);
        for (var n = 0; n < expected.Length; n++)
            Assert.InRange(actual[n] - expected[n], -3e-5 * (1 + Math.Abs(expected[n])), 3e-5 * (1 + Math.Abs(expected[n])));
        var size = Math.Sqrt(gradient.Sum(g => g * g));
        Assert.True(size > 0.1 || law == "blank");
        if (law == "gumbel-reference") return; // which components count jumps at a border: rounding may put one on the other side
        // Steep densities multiply the rounding of log p; what single precision computes of them is tested with the laws.
        var error = Math.Sqrt(gradient.Zip(packedGradient, (a, b) => (a - b) * (a - b)).Sum());
        Assert.True(error <= 3e-5 * size, $"the gradient is {error / size:g3} of its length away");

        (double[], double[]) Play(Decoder with, bool packed)
        {
            using var scope = NewDisposeScope();
            using var batch = RolloutBatch.Collate(rows, CPU, sharePrompts: false, packed: packed);
            Assert.Equal(packed, batch.Layout is not null);
            if (packed) Assert.Equal(rows.Sum(r => r.r.Length - 1) + 9, batch.Layout!.Tokens);
            var densities = Replay.LogDensities(with, batch, attachInputs: true);
            densities.mul(batch.Advantages).sum().backward();
            var found = with.Parameters.SelectMany(p => Some.Host(p.grad!)).ToArray();
            return (Some.Host(densities), found);
        }
    }

    [Fact]
    public void A_packed_batch_without_fused_passes_is_refused()
    {
        using var model = Some.Model();
        using var decoder = Some.Engine("simd", model);
        var group = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 2, ReplayTests.Options("discrete"), seed: 1)[0];
        using var batch = RolloutBatch.Collate([(group.Prompt, group.Rollouts[0], 1.0)], CPU, packed: true);
        Assert.Contains("Fuse", Assert.Throws<InvalidOperationException>(() => Replay.LogDensities(model, batch)).Message);
    }
}
