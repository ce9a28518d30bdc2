using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>KL(reference ‖ policy) at thoughts; against slow loops it stands in <see cref="ReplayScoresTests"/>.</summary>
public class AnchorTests
{
    private static SamplingOptions Options(StepLaw law) => Some.Soft(law, topK: 6, topP: 1, temperature: 1.3, length: 9) with
    {
        ThinkLength = 5,
    };

    private static List<(Prompt Prompt, Rollout Rollout, double Advantage)> Rollouts(Decoder model, StepLaw law)
    {
        using var decoder = new TorchDecoder(model);
        return [.. Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 5, Options(law), seed: 3)
            .SelectMany(g => g.Rollouts.Select(r => (g.Prompt, r, 1.0)))];
    }

    /// <summary>Anchors (N) and the gradient of their sum, weighed by step, by all parameters.</summary>
    private static (double[] Anchors, double[] Gradient) Run(
        Decoder model, Decoder reference, IReadOnlyList<(Prompt, Rollout, double)> rollouts, bool packed, bool? share = false)
    {
        using var scope = NewDisposeScope();
        foreach (var p in model.Parameters) p.grad?.zero_();
        using var batch = RolloutBatch.Collate(rollouts, CPU, share, packed);
        var anchors = Replay.Scores(model, batch, ScoreNeeds.Anchors, reference).Anchors!;
        anchors.mul(linspace(1, -0.5, anchors.shape[0]).to(anchors.dtype)).sum().backward();
        var gradient = model.Parameters.SelectMany(p => p.grad is { } g ? Some.Host(g) : new double[p.numel()]);
        return (Some.Host(anchors), [.. gradient]);
    }

    [Fact]
    public void Packed_shared_and_plain_batches_have_the_same_anchors_and_gradients()
    {
        using var wide = Some.Model(type: ScalarType.Float64);
        using var wideReference = Some.Model(seed: 2, type: ScalarType.Float64);
        using var model = Some.Model();
        using var reference = Some.Model(seed: 2);
        var rollouts = Rollouts(model, new GumbelWinner(1, 0.4));
        var (expected, gradient) = Run(wide, wideReference, rollouts, packed: false);
        var (shared, sharedGradient) = Run(wide, wideReference, rollouts, packed: false, share: true);
        Table.Near(1e-10, expected, shared, "shared");
        Table.Near(1e-10, gradient, sharedGradient, "shared, gradient");
        model.Fuse(half: false, workers: 2);
        reference.Fuse(half: false, workers: 2);
        var (packed, packedGradient) = Run(model, reference, rollouts, packed: true);
        Table.Near(1e-5 * (1 + expected.Max()), expected, packed, "packed");
        var size = Math.Sqrt(gradient.Sum(g => g * g));
        var error = Math.Sqrt(gradient.Zip(packedGradient, (a, b) => (a - b) * (a - b)).Sum());
        Assert.True(size > 0.1 && error <= 3e-5 * size, $"the gradient is {error / size:g3} of its length away");
        // Thoughts alone are anchored, each of them.
        var kinds = rollouts.SelectMany(r => r.Rollout.Steps).Where(s => s.Kind != StepKind.Forced).Select(s => s.Kind).ToArray();
        for (var n = 0; n < kinds.Length; n++) Assert.Equal(kinds[n] == StepKind.Soft, expected[n] > 0);
        Assert.True(kinds.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void At_the_reference_both_the_anchor_and_its_gradient_are_zero(bool fused)
    {
        using var model = Some.Model();
        using var reference = Some.Model();
        var rollouts = Rollouts(model, new GumbelWinner(1, 0.4));
        if (fused)
            foreach (var m in new[] { model, reference }) m.Fuse(half: false, workers: 2);
        foreach (var frozen in new[] { reference, model })
        {
            var (anchors, gradient) = Run(model, frozen, rollouts, packed: fused);
            Assert.All(anchors, x => Assert.Equal(0, x));
            Assert.All(gradient, x => Assert.Equal(0, x));
        }
    }

    [Fact]
    public void Nothing_flows_into_the_reference()
    {
        using var model = Some.Model();
        using var reference = Some.Model(seed: 2);
        var (_, gradient) = Run(model, reference, Rollouts(model, new GumbelSoftmax()), packed: false);
        Assert.Contains(gradient, x => x != 0);
        Assert.All(reference.Parameters, p => Assert.Null(p.grad));
    }

    /// <summary>So many tokens that the rows do not fit into one chunk of logits.</summary>
    [Fact]
    public void A_large_vocabulary_in_chunks_gives_what_whole_logits_give()
    {
        using var scope = NewDisposeScope();
        const int rows = 20, vocabulary = 1 << 20, width = 3; // 16 rows a chunk
        Assert.True(TokenLogP.Chunks(rows, vocabulary).Count() == 2);
        Tensor Numbers(int seed, params long[] shape)
        {
            using var generator = new torch.Generator((ulong)seed);
            return randn(shape, generator: generator);
        }
        Tensor hidden = Numbers(1, rows, width).requires_grad_(), head = Numbers(2, vocabulary, width).requires_grad_();
        Tensor other = Numbers(3, rows, width), otherHead = Numbers(4, vocabulary, width);
        var each = linspace(1, 2, rows);
        var found = TokenDivergence.Reverse(hidden, head, other, otherHead);
        found.mul(each).sum().backward();
        double[] byHidden = Some.Host(hidden.grad!), byHead = Some.Host(head.grad!);
        hidden.grad!.zero_();
        head.grad!.zero_();

        var logQ = nn.functional.linear(other, otherHead).log_softmax(1);
        var whole = logQ.exp().mul(logQ.sub(nn.functional.linear(hidden, head).log_softmax(1))).sum(1); // (N)
        whole.mul(each).sum().backward();
        Table.Near(1e-4, Some.Host(whole), found, "values");
        Table.Near(1e-4, Some.Host(hidden.grad!), byHidden, "by hidden states");
        Table.Near(1e-5, Some.Host(head.grad!), byHead, "by the head");
        Assert.All(Some.Host(found), x => Assert.True(x > 0.1));
    }
}
